"""A TCP proxy between a site and what it needs, for a network that fails at a test's will."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from bench.processes import free_port

PIECE_BYTES = 64 * 1024
# What the thread is asked to do takes no time, on a machine that has some.
CHANGE_SECONDS = 60.0


class Proxy:
    """Listens on ``port`` and passes on to ``target_port``, in a thread of its own."""

    def __init__(self, target_port: int) -> None:
        self.port = free_port()
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        # Not asyncio's server: one that is closed while it accepts loses what it accepted (Python 3.11).
        self._listener: socket.socket | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._may_pass = asyncio.Event()
        self._may_pass.set()
        self._delay_seconds = 0.0

    def cut(self) -> None:
        """Break all connections and refuse new ones."""
        self._call(self._refuse)

    def freeze(self) -> None:
        """Keep and accept connections, but pass nothing."""
        self._call(self._hold)

    def delay(self, seconds: float) -> None:
        """Pass everything on later by so much in each direction."""
        self._delay_seconds = seconds

    def heal(self) -> None:
        """Be a good network again."""
        self._call(self._serve)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        self.heal()

    def stop(self) -> None:
        """Break all connections and end the thread."""
        self._call(self._refuse)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, change: Callable[[], object]) -> None:
        """Have the proxy's loop do something, and wait until it is done."""

        async def make() -> None:
            outcome = change()
            if asyncio.iscoroutine(outcome):
                await outcome

        asyncio.run_coroutine_threadsafe(make(), self._loop).result(timeout=CHANGE_SECONDS)

    def _serve(self) -> None:
        self._may_pass.set()
        self._delay_seconds = 0.0
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=100)
            self._listener.setblocking(False)
            self._loop.add_reader(self._listener, self._accept, self._listener)

    async def _refuse(self) -> None:
        if self._listener is not None:
            self._loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        await _cancel(self._connections)

    def _hold(self) -> None:
        self._may_pass.clear()

    def _accept(self, listener: socket.socket) -> None:
        try:
            here, _ = listener.accept()
        except OSError:
            # Whoever wanted to connect has gone.
            return
        here.setblocking(False)
        connection = self._loop.create_task(self._connect(here))
        self._connections.add(connection)

        def leave(_: object) -> None:
            # Here: a task that is cancelled before its first step has no other end.
            self._connections.discard(connection)
            here.close()

        connection.add_done_callback(leave)

    async def _connect(self, here: socket.socket) -> None:
        writers: list[asyncio.StreamWriter] = []
        try:
            with suppress(OSError):
                await self._may_pass.wait()
                from_here, to_here = await asyncio.open_connection(sock=here)
                writers.append(to_here)
                from_there, to_there = await asyncio.open_connection("127.0.0.1", self._target_port)
                writers.append(to_there)
                await self._pass_both(from_here, to_there, from_there, to_here)
        except asyncio.CancelledError:
            # The proxy's own end of the connection: nobody waits for this task but the proxy.
            return
        finally:
            for writer in writers:
                writer.transport.abort()

    async def _pass_both(
        self,
        from_here: asyncio.StreamReader,
        to_there: asyncio.StreamWriter,
        from_there: asyncio.StreamReader,
        to_here: asyncio.StreamWriter,
    ) -> None:
        ways = [
            asyncio.create_task(self._pass(from_here, to_there)),
            asyncio.create_task(self._pass(from_there, to_here)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # What arrives while a piece is on its way must not wait for it: each piece has its own time.
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=1000)

        async def collect() -> None:
            while piece := await reader.read(PIECE_BYTES):
                await pieces.put((loop.time() + self._delay_seconds, piece))
            await pieces.put((loop.time() + self._delay_seconds, b""))

        async with asyncio.TaskGroup() as group:
            collecting = group.create_task(collect())
            while True:
                due, piece = await pieces.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._may_pass.wait()
                if not piece:
                    break
                writer.write(piece)
                await writer.drain()
            collecting.cancel()


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)


@contextmanager
def running_proxy(target_port: int) -> Iterator[Proxy]:
    """Pass on to a port of this machine until the end of the block."""
    proxy = Proxy(target_port)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
