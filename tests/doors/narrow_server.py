"""The production server with buffers so small that a reader who takes nothing is soon felt."""

import socket
import sys

from uvicorn import Server

from chatproject.serve import configuration, serve

SEND_BUFFER_BYTES = 4096


def main() -> None:
    """Serve as `make serve` does; with ``--one``, as one process that asks nothing of the kernel."""
    config = configuration()
    with config.bind_socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if "--one" in sys.argv:
            Server(config).run(sockets=[listener])
        else:
            serve(config, listener)


if __name__ == "__main__":
    main()
