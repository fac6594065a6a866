"""What the wrapper does for a site's application: shared threads, limits, and the end of the runs.

Without it everything works, at a thread for each open stream: asgiref gives every request an executor of
its own (300 streams made 302 threads). With it all requests share a few.
"""

import asyncio
import itertools
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import FrameType

from asgiref.sync import ThreadSensitiveContext

from chat.asgi.addresses import OwnAddresses
from chat.asgi.bodies import Body
from chat.asgi.deadline import write_deadline
from chat.asgi.interface import Application, Receive, Scope, Send
from chat.asgi.streams import OutlivingStream
from chat.conf import chat_settings
from chat.database import TRANSIENT_ERRORS, close_lanes, shares_threads
from chat.exceptions import BodyTooLarge, BodyTooSlow
from chat.runs.dispatch import close_dispatcher, current_dispatcher

# Each holds one thread and at most one database connection.
REQUEST_THREADS = 4
# RFC 6455's registry of close codes.
TRY_AGAIN_LATER = 1013

logger = logging.getLogger("chat.asgi")


class ChatASGI:
    """Wraps a site's ASGI application: ``application = ChatASGI(get_asgi_application())``.

    It lets requests share a few threads, bounds what the app's own addresses are sent and how long their
    readers may take, starts recovery with the process, and ends the process's runs in order when the
    server shuts down.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        executors = [
            ThreadPoolExecutor(1, thread_name_prefix=f"chat-requests-{number}")
            for number in range(REQUEST_THREADS)
        ]
        self._executors = itertools.cycle(executors)
        self._own = OwnAddresses()
        self._is_started = False
        self._draining: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        self._start()
        if scope["type"] == "websocket":
            await self._answer_socket(scope, receive, send)
        elif scope["type"] == "http" and self._own.has(scope):
            await self._answer_within_limits(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _answer_within_limits(self, scope: Scope, receive: Receive, send: Send) -> None:
        with closing(Body(scope, receive)) as body:
            try:
                if not await body.arrives():
                    return
            except (BodyTooLarge, BodyTooSlow) as error:
                await body.refuse(error, send)
                return
            connection = write_deadline().watch("http", body.receive, send)
            stream = OutlivingStream(scope, connection.receive, connection.send)
            async with self._shared_thread():
                await self._application(scope, connection.receive, stream.send)
                await stream.go_on()

    async def _answer_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, receive, send)
        except TRANSIENT_ERRORS as error:
            # Sessions and members are looked up before any consumer is asked.
            logger.warning("database away, socket closed (%s)", type(error).__name__)
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._shared_thread():
            await self._application(scope, receive, send)

    def _shared_thread(self) -> ThreadSensitiveContext:
        shares_threads.set(True)
        return ThreadSensitiveContext(executor=next(self._executors))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._start()
                self._drain_on_sigterm()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._draining is not None:
                    # Runs that nobody follows here have the same grace as those of open streams.
                    await self._draining
                await close_dispatcher()
                close_lanes()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _start(self) -> None:
        # Daphne sends no lifespan: the first request starts what looks after abandoned runs.
        if not self._is_started:
            self._is_started = True
            current_dispatcher()

    def _drain_on_sigterm(self) -> None:
        """End the runs as soon as the server is told to stop: it waits for open streams before it says so."""
        loop = asyncio.get_running_loop()
        server_handler = signal.getsignal(signal.SIGTERM)
        dispatcher = current_dispatcher()

        def begin() -> None:
            grace_seconds = chat_settings().SHUTDOWN_GRACE_SECONDS
            self._draining = loop.create_task(dispatcher.drain(grace_seconds=grace_seconds))

        def drain(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(begin)
            if callable(server_handler):
                server_handler(number, frame)

        try:
            signal.signal(signal.SIGTERM, drain)
        except ValueError:
            # Not the main thread: whoever embeds the server there stops it otherwise.
            return
