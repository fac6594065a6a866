"""The production server: uvicorn in WORKERS processes, with limits that no command line of it has.

``python -m chatproject.serve``; scripts/serve.sh prepares what it needs. SIGTERM ends it in order, SIGHUP
replaces one process after another.
"""

import multiprocessing
import os
import signal
import socket
from types import FrameType

from django.conf import settings as site
from django.utils.log import configure_logging
from uvicorn import Config
from uvicorn.supervisors import Multiprocess

from chat.conf import chat_settings
from chatproject.metrics_directory import metrics_directory
from chatproject.pushing import PushingHttp, PushingSocket

# What comes after the runs' grace: their last commits, and closing connections.
SHUTDOWN_MARGIN_SECONDS = 5
# A process imports the site before it can serve, several at once on a busy machine.
STARTING_SECONDS = 30
# Data that a peer acknowledges, or takes, no byte of for so long ends its connection. With the heartbeat
# each 15 s this notices a vanished peer within 40 s.
UNTAKEN_SECONDS = 25
# Connections that say nothing at all, such as those kept open for a next request behind a silent proxy.
PROBE_AFTER_SECONDS, PROBE_EACH_SECONDS, PROBES = 20, 5, 3
SUPERVISOR_CHECK_SECONDS = 1


def main() -> None:
    """Serve until SIGTERM."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    configure_logging(site.LOGGING_CONFIG, site.LOGGING)
    config = configuration()
    with metrics_directory(), config.bind_socket() as listener:
        serve(config, listener)


def serve(config: Config, listener: socket.socket) -> None:
    """Serve on a socket that is bound, until SIGTERM."""
    end_dead_connections(listener)
    processes = Multiprocess(config, sockets=[listener])
    _end_also_during_a_restart(processes)
    processes.run()


def configuration() -> Config:
    """Return uvicorn's configuration, from the environment and the app's settings."""
    settings = chat_settings()
    proxies = os.environ.get("FORWARDED_ALLOW_IPS", "")
    return Config(
        "chatproject.asgi:application",
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(os.environ.get("PORT", "8000")),
        workers=int(os.environ.get("WORKERS", "2")),
        http=PushingHttp,
        ws=PushingSocket,
        lifespan="on",
        timeout_graceful_shutdown=int(settings.SHUTDOWN_GRACE_SECONDS) + SHUTDOWN_MARGIN_SECONDS,
        timeout_worker_healthcheck=STARTING_SECONDS,
        # uvicorn would trust whoever connects from this machine.
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        callback_notify=end_without_supervisor,
        timeout_notify=SUPERVISOR_CHECK_SECONDS,
        # The app refuses a frame over its limit in words; only what is far above it closes the socket.
        ws_max_size=2 * settings.MAX_BODY_BYTES,
        # A compressed frame of 1 kB may hold a megabyte.
        ws_per_message_deflate=False,
        access_log=False,
        server_header=False,
        # The site's own LOGGING formats these lines too.
        log_config=None,
    )


def end_dead_connections(listener: socket.socket) -> None:
    """Have the kernel end connections whose peer takes nothing or vanished; accepted sockets inherit it.

    A server that closes such a connection waits for its buffer to be taken first, without end.
    """
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_USER_TIMEOUT", UNTAKEN_SECONDS * 1000),
        ("TCP_KEEPIDLE", PROBE_AFTER_SECONDS),
        ("TCP_KEEPINTVL", PROBE_EACH_SECONDS),
        ("TCP_KEEPCNT", PROBES),
    ):
        # Other systems than Linux have not all of them.
        if hasattr(socket, option):
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


async def end_without_supervisor() -> None:
    """End this worker in order if who supervised it was killed: its workers would keep the port."""
    supervisor = multiprocessing.parent_process()
    if supervisor and os.getppid() != supervisor.pid:
        os.kill(os.getpid(), signal.SIGTERM)


def _end_also_during_a_restart(processes: Multiprocess) -> None:
    # uvicorn looks at its signals only between two restarts of all processes.
    def end(number: int, frame: FrameType | None) -> None:
        processes.should_exit.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


if __name__ == "__main__":
    main()
