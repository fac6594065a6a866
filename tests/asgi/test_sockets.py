"""What a socket hears when the site cannot look its member up."""

from collections.abc import AsyncIterator

import pytest
from django.db import OperationalError

from chat.asgi import ChatASGI
from chat.asgi.interface import Message, Receive, Scope, Send
from chat.database import close_lanes
from chat.runs.dispatch import close_dispatcher


@pytest.fixture(autouse=True)
async def ended(transactional_db: None) -> AsyncIterator[None]:
    yield
    await close_dispatcher()
    close_lanes()


async def test_a_socket_is_told_to_come_back_while_the_database_is_away() -> None:
    said: list[Message] = []

    async def without_database(scope: Scope, receive: Receive, send: Send) -> None:
        raise OperationalError

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        said.append(message)

    await ChatASGI(without_database)({"type": "websocket", "path": "/ws/"}, receive, send)

    assert said == [{"type": "websocket.close", "code": 1013}]
