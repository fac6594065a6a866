"""A scripted OpenAI-compatible server for tests and benchmarks: the real wire, over real sockets.

``python -m bench.upstream --port 0`` prints its base URL, and serves ``POST /v1/chat/completions``. The
first line of the last user message, or else the model's name, is the script of the answer, such as
``tokens count=100 rate=20``; without one the answer is ``tokens``. Who gives the beginning of an answer
and asks to go on with it gets the script of the question before. All scripts are in
``bench/upstream_scripts.py`` and ``bench/upstream_story.py``. ``GET /_log`` returns what was asked and how
it ended (``?script=`` of one script), ``DELETE /_log`` forgets it.

Plain asyncio, so that it costs little beside what is measured.
"""

import argparse
import asyncio
import json
import ssl
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Self, cast
from urllib.parse import parse_qs

from bench import upstream_story  # noqa: F401 - it adds its script to the others
from bench.upstream_answers import Answer, RequestRecord
from bench.upstream_scripts import BEHAVIOURS

DEFAULT_SCRIPT = "tokens"
# Enough for a benchmark's last phase; the log must not become what is measured.
MAX_RECORDS = 10_000


class ScriptedUpstream:
    """The server, for as long as the context lasts; ``requests`` is its log, oldest first."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._attempts: Counter[str] = Counter()
        self._received = 0
        self._has_news = asyncio.Event()
        self.connections: set[Connection] = set()
        self.requests: deque[RequestRecord] = deque(maxlen=MAX_RECORDS)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self), self._host, self._port, ssl=self._tls
        )
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self._server.close()
        for connection in list(self.connections):
            connection.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def base_url(self) -> str:
        """Where a client finds it."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{self._host}:{self._server.sockets[0].getsockname()[1]}/v1"

    async def wait_until(self, holds: Callable[[Self], bool]) -> None:
        """Wait until this holds for the server's requests and connections."""
        while not holds(self):
            self._has_news.clear()
            await self._has_news.wait()

    def announce(self) -> None:
        """Let those who wait look again."""
        self._has_news.set()

    async def serve_forever(self) -> None:
        """Serve until cancelled."""
        await self._server.serve_forever()

    def record(self, method: str, path: str, headers: dict[str, str], body: dict[str, Any]) -> RequestRecord:
        """Log a request and find its script."""
        self._received += 1
        script = _script_of(body)
        self._attempts[script] += 1
        record = RequestRecord(
            id=self._received,
            method=method,
            path=path,
            headers=headers,
            body=body,
            script=script,
            attempt=self._attempts[script],
        )
        self.requests.append(record)
        self.announce()
        return record

    def forget(self) -> None:
        """Empty the log."""
        self.requests.clear()
        self._attempts.clear()

    def start(self, answering: asyncio.Task[None]) -> None:
        """Own a task until it has ended."""
        self._tasks.add(answering)
        answering.add_done_callback(self._tasks.discard)


class Connection(asyncio.Protocol):
    """One client's connection: one request after another."""

    transport: asyncio.Transport

    def __init__(self, upstream: ScriptedUpstream) -> None:
        self._upstream = upstream
        self._received = b""
        self._answer: Answer | None = None
        self._answering: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._upstream.connections.add(self)
        self._upstream.announce()

    def data_received(self, data: bytes) -> None:
        if not self._received and not data[:1].isalpha():
            # A TLS greeting, for one.
            self.transport.close()
            return
        self._received += data
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        request_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(rest) >= length:
            self._received = rest[length:]
            self._begin(request_line, headers, rest[:length])

    def eof_received(self) -> None:
        self._note_end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._upstream.connections.discard(self)
        self._note_end()
        self._upstream.announce()
        if self._answering is not None:
            self._answering.cancel()

    def pause_writing(self) -> None:
        if self._answer is not None:
            self._answer.pause_writing()

    def resume_writing(self) -> None:
        if self._answer is not None:
            self._answer.resume_writing()

    def _begin(self, request_line: str, headers: dict[str, str], body: bytes) -> None:
        method, path, _ = request_line.split(" ")
        address, _, query = path.partition("?")
        if address == "/_log":
            self._serve_log(method, parse_qs(query).get("script", []))
            return
        record = self._upstream.record(method, path, headers, json.loads(body or b"{}"))
        name, arguments = _parsed(record.script)
        self._answer = Answer(record, self.transport, arguments)
        if path != "/v1/chat/completions":
            name, self._answer.arguments = "status", {"code": "404"}
        self._answering = asyncio.get_running_loop().create_task(self._run(self._answer, name))
        self._upstream.start(self._answering)

    async def _run(self, answer: Answer, name: str) -> None:
        with suppress(ConnectionResetError):
            await BEHAVIOURS[name](answer)
            answer.record.is_complete = True
            answer.record.ended.set()

    def _note_end(self) -> None:
        if self._answer is not None and not self._answer.record.ended.is_set():
            self._answer.record.closed_at = time.monotonic()
            self._answer.record.ended.set()

    def _serve_log(self, method: str, scripts: Sequence[str]) -> None:
        if method == "DELETE":
            self._upstream.forget()
        records = [record for record in self._upstream.requests if not scripts or record.script in scripts]
        body = json.dumps([record.as_json() for record in records]).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self.transport.write(head % len(body) + body)


def _script_of(body: dict[str, Any]) -> str:
    messages = body.get("messages", [])
    asked = [message.get("content") for message in messages if message.get("role") == "user"]
    goes_on = len(messages) > 1 and messages[-2].get("role") == "assistant"
    for text in (*reversed(asked[-2:] if goes_on else asked[-1:]), body.get("model")):
        first_line = str(text).strip().partition("\n")[0]
        if first_line.partition(" ")[0] in BEHAVIOURS:
            return first_line
    return DEFAULT_SCRIPT


def _parsed(script: str) -> tuple[str, dict[str, str]]:
    name, *arguments = script.split()
    return name, {key: value for key, _, value in (argument.partition("=") for argument in arguments)}


async def _serve(port: int) -> None:
    async with ScriptedUpstream(port=port) as upstream:
        print(upstream.base_url, flush=True)
        await upstream.serve_forever()


def main() -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A scripted OpenAI-compatible server.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    try:
        asyncio.run(_serve(parser.parse_args().port))
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
