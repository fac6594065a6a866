"""The demo site's WebSocket addresses."""

import pytest

from chatproject.sockets import sockets
from tests.doors.speaking import PatientCommunicator


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/ws/chat/not-an-id/", "/ws/", "/"])
async def test_a_socket_at_an_unknown_address_is_refused(path: str) -> None:
    is_open, _ = await PatientCommunicator(sockets, path).connect()

    assert not is_open
