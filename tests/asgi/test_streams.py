"""Streams that outlive their requests: chat/asgi/streams.py."""

import asyncio
import contextvars
from collections.abc import AsyncGenerator

import pytest

from chat.asgi.interface import Message, Scope, Send
from chat.asgi.streams import OutlivingStream
from chat.outliving import Parts, take_over_of
from tests.waiting import PATIENCE_SECONDS

language = contextvars.ContextVar("language", default="en")


class Client:
    """One end of a request: it hears what is sent, and may leave."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.has_ended = False
        self.has_left = asyncio.Event()
        self.stream = OutlivingStream(scope := {"type": "http"}, self.receive, self.send)
        self.scope: Scope = scope

    async def receive(self) -> Message:
        await self.has_left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.heard.append(message["body"])
            self.has_ended = not message["more_body"]


class Waiting:
    """Parts of which the second never comes."""

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()
        self.has_ended = asyncio.Event()

    async def all(self) -> AsyncGenerator[bytes, None]:
        try:
            yield b"one"
            self.has_begun.set()
            await asyncio.Event().wait()
        finally:
            self.has_ended.set()


async def answer(scope: Scope, send: Send, parts: Parts | None) -> None:
    """Do what Django does: send the head, the parts that the response still has, and the end."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    take_over = take_over_of(scope)
    assert take_over is not None
    if parts is not None:
        take_over(parts)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def test_what_was_handed_over_follows_the_head_and_has_the_only_end() -> None:
    async def parts() -> AsyncGenerator[bytes, None]:
        yield b"one"
        yield b"two"

    client = Client()
    await answer(client.scope, client.stream.send, parts())
    assert (client.heard, client.has_ended) == ([], False)

    await client.stream.go_on()

    assert (client.heard, client.has_ended) == ([b"one", b"two", b""], True)


async def test_a_response_that_hands_nothing_over_ends_as_it_always_did() -> None:
    client = Client()
    await answer(client.scope, client.stream.send, None)

    await client.stream.go_on()

    assert (client.heard, client.has_ended) == ([b""], True)


async def test_a_client_that_leaves_ends_the_stream_where_it_waits() -> None:
    client, parts = Client(), Waiting()
    await answer(client.scope, client.stream.send, parts.all())
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as tasks:
        tasks.create_task(client.stream.go_on())
        await parts.has_begun.wait()
        client.has_left.set()

    assert parts.has_ended.is_set()
    assert (client.heard, client.has_ended) == ([b"one"], False)


async def test_a_server_that_stops_ends_the_stream_too() -> None:
    client, parts = Client(), Waiting()
    await answer(client.scope, client.stream.send, parts.all())
    serving = asyncio.create_task(client.stream.go_on())
    await parts.has_begun.wait()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving

    assert parts.has_ended.is_set()


async def test_a_fault_in_the_stream_is_the_servers_to_report() -> None:
    async def parts() -> AsyncGenerator[bytes, None]:
        yield b"one"
        raise LookupError

    client = Client()
    await answer(client.scope, client.stream.send, parts())

    with pytest.raises(LookupError):
        await client.stream.go_on()

    assert (client.heard, client.has_ended) == ([b"one"], False)


async def test_parts_are_made_in_the_context_of_the_request() -> None:
    async def parts() -> AsyncGenerator[bytes, None]:
        yield language.get().encode()

    async def request() -> None:
        language.set("ko")
        await answer(client.scope, client.stream.send, parts())

    client = Client()
    await asyncio.create_task(request())
    await client.stream.go_on()

    assert client.heard[0] == b"ko"
