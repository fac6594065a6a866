"""The app's ASGI wrapper: one line around a site's application.

Without it everything works, at a thread for each open stream: asgiref gives every request an executor of
its own (300 streams made 302 threads). With it all requests share a few.
"""

import asyncio
import itertools
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

from asgiref.sync import ThreadSensitiveContext

from chat.conf import chat_settings
from chat.database import close_lanes, shares_threads
from chat.runs.dispatch import close_dispatcher, current_dispatcher

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# Each holds one thread and at most one database connection.
REQUEST_THREADS = 4


class ChatASGI:
    """Wraps a site's ASGI application: ``application = ChatASGI(get_asgi_application())``.

    It lets requests share a few threads, starts recovery with the process, and ends the process's runs
    in order when the server shuts down.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        executors = [
            ThreadPoolExecutor(1, thread_name_prefix=f"chat-requests-{number}")
            for number in range(REQUEST_THREADS)
        ]
        self._executors = itertools.cycle(executors)
        self._is_started = False
        self._draining: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        self._start()
        shares_threads.set(True)
        async with ThreadSensitiveContext(executor=next(self._executors)):
            await self._application(scope, receive, send)

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
