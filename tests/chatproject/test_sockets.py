"""The demo site's WebSocket addresses."""

import pytest
from channels.testing import WebsocketCommunicator

from chatproject.sockets import sockets


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/ws/chat/not-an-id/", "/ws/", "/"])
async def test_a_socket_at_an_unknown_address_is_refused(path: str) -> None:
    is_open, _ = await WebsocketCommunicator(sockets, path).connect()

    assert not is_open
