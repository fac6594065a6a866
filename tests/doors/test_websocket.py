"""What only the WebSocket has: origins, close codes, frames of any kind."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from pytest_django import Settings

from chat.models import Conversation, Run
from chat.origins import is_allowed_origin
from tests.doors.speaking import socket
from tests.waiting import wait_until

HOST = (b"host", b"chat.example:8000")


@pytest.mark.parametrize(
    ("origin", "is_secure", "allowed"),
    [
        (b"http://chat.example:8000", False, True),
        (b"https://chat.example:8000", True, True),
        (b"https://chat.example:8000", False, False),
        (b"http://chat.example:8001", False, False),
        (b"http://chat.example", False, False),
        (b"http://evil.example:8000", False, False),
        (b"http://chat.example.evil.example:8000", False, False),
        (b"http://evil@chat.example:8000", False, False),
        (b"https://trusted.example", False, True),
        (b"https://trusted.example:444", False, False),
        (b"http://trusted.example", False, False),
        (b"https://a.wild.example", False, True),
        (b"https://wild.example.evil.example", False, False),
        (b"null", False, False),
        (b"", False, False),
        (b"http://[", False, False),
        (b"file://", False, False),
    ],
)
def test_only_our_own_and_trusted_pages_may_connect(origin: bytes, is_secure: bool, allowed: bool) -> None:
    trusted = ["https://trusted.example", "https://*.wild.example"]

    assert is_allowed_origin([HOST, (b"origin", origin)], is_secure=is_secure, trusted=trusted) is allowed


def test_a_page_without_an_origin_may_not_connect() -> None:
    assert not is_allowed_origin([HOST], is_secure=False, trusted=[])


async def test_a_foreign_page_is_refused_at_the_handshake(member: Any, conversation: Conversation) -> None:
    connected, _ = await socket(conversation.pk, member, origin=b"http://evil.example").connect()

    assert not connected


async def closed_with(communicator: Any) -> int:
    connected, _ = await communicator.connect()
    assert connected
    message = await communicator.receive_output()
    assert message["type"] == "websocket.close"
    return int(message["code"])


async def test_who_is_not_signed_in_hears_4401(conversation: Conversation) -> None:
    assert await closed_with(socket(conversation.pk, AnonymousUser())) == 4401
    assert await closed_with(socket(conversation.pk, None)) == 4401


async def test_who_may_not_see_it_hears_4404(conversation: Conversation) -> None:
    stranger = await get_user_model().objects.acreate(username="stranger")

    assert await closed_with(socket(conversation.pk, stranger)) == 4404
    assert await closed_with(socket(uuid4(), stranger)) == 4404


async def test_frames_that_were_under_way_when_the_socket_was_closed_do_nothing(
    member: Any, conversation: Conversation
) -> None:
    stranger = await get_user_model().objects.acreate(username="stranger")
    communicator = socket(conversation.pk, stranger)
    await closed_with(communicator)

    await communicator.send_to(text_data='{"type": "follow"}')
    await communicator.disconnect()

    assert communicator.output_queue.empty()


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        "[]",
        "5",
        '""',
        "{}",
        '{"type": "dance"}',
        '{"type": ["send"]}',
        '{"type": "follow", "run": 5}',
        '{"type": "cancel"}',
        '{"type": "regenerate", "message": "x"}',
        "[" * 100_000,
    ],
)
async def test_a_frame_that_is_not_understood_is_refused_and_the_socket_stays_open(
    member: Any, conversation: Conversation, frame: str
) -> None:
    communicator = socket(conversation.pk, member)
    await communicator.connect()

    await communicator.send_to(text_data=frame)
    refused = json.loads(await communicator.receive_from())
    await communicator.send_to(text_data='{"type": "follow"}')
    still_there = json.loads(await communicator.receive_from())

    assert refused["type"] == "refused"
    assert refused["code"] == "invalid"
    assert still_there["code"] == "not_found"
    await communicator.disconnect()


async def test_a_binary_frame_is_refused(member: Any, conversation: Conversation) -> None:
    communicator = socket(conversation.pk, member)
    await communicator.connect()

    await communicator.send_to(bytes_data=b"\x00\xff")

    assert json.loads(await communicator.receive_from())["code"] == "invalid"
    await communicator.disconnect()


async def test_a_flood_of_frames_is_held_off(member: Any, conversation: Conversation) -> None:
    communicator = socket(conversation.pk, member)
    await communicator.connect()
    codes = set()

    for _ in range(100):
        await communicator.send_to(text_data="{}")
        codes.add(json.loads(await communicator.receive_from())["code"])

    assert codes == {"invalid", "rate_limited"}
    await communicator.disconnect()


async def test_leaving_ends_no_run_and_leaves_no_task(
    member: Any, conversation: Conversation, say: Callable[..., Any]
) -> None:
    turn = await say("/stall")
    before = asyncio.all_tasks()
    communicator = socket(conversation.pk, member)
    await communicator.connect()
    await communicator.send_to(text_data=json.dumps({"type": "follow", "run": str(turn.run.pk)}))
    assert json.loads(await communicator.receive_from())["type"] == "start"

    await communicator.disconnect()

    await wait_until(lambda: not asyncio.all_tasks() - before)
    assert await Run.objects.active().aexists()


async def test_a_turn_belongs_to_the_trace_of_the_handshake(member: Any, conversation: Conversation) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    place = f"00-{trace_id}-b7ad6b7169203331-01".encode()
    communicator = socket(conversation.pk, member, traceparent=place)
    await communicator.connect()

    await communicator.send_to(
        text_data=json.dumps({"type": "send", "content": "Hello", "client_message_id": "click"})
    )

    run = UUID(json.loads(await communicator.receive_from())["run"])
    assert (await Run.objects.aget(pk=run)).trace_id == trace_id
    await communicator.disconnect()


async def test_an_idle_socket_is_kept_alive(
    member: Any, conversation: Conversation, configure: Callable[..., None], settings: Settings
) -> None:
    configure(HEARTBEAT_SECONDS=0.05)
    communicator = socket(conversation.pk, member)
    await communicator.connect()

    assert json.loads(await communicator.receive_from())["type"] == "keep-alive"
    await communicator.disconnect()


async def test_a_frame_over_the_limit_is_refused_and_the_socket_stays_open(
    member: Any, conversation: Conversation
) -> None:
    communicator = socket(conversation.pk, member)
    await communicator.connect()

    # Below the limit in characters, above it in bytes.
    await communicator.send_to(text_data='{"type": "' + "말" * 200_000 + '"}')
    refused = json.loads(await communicator.receive_from())
    await communicator.send_to(text_data='{"type": "follow"}')
    still_there = json.loads(await communicator.receive_from())

    assert (refused["type"], refused["code"]) == ("refused", "body_too_large")
    assert still_there["code"] == "not_found"
    await communicator.disconnect()


async def test_a_socket_over_which_nothing_happens_is_closed_with_4408(
    member: Any, conversation: Conversation, configure: Callable[..., None]
) -> None:
    configure(HEARTBEAT_SECONDS=0.05, SOCKET_IDLE_SECONDS=0.3)
    communicator = socket(conversation.pk, member)
    await communicator.connect()

    while (message := await communicator.receive_output())["type"] == "websocket.send":
        assert json.loads(message["text"])["type"] == "keep-alive"

    assert (message["type"], message["code"]) == ("websocket.close", 4408)


async def test_a_socket_that_tells_a_run_is_not_idle(
    member: Any, conversation: Conversation, configure: Callable[..., None], say: Callable[..., Any]
) -> None:
    configure(HEARTBEAT_SECONDS=0.05, SOCKET_IDLE_SECONDS=0.1)
    turn = await say("/stall")
    communicator = socket(conversation.pk, member)
    await communicator.connect()
    await communicator.send_to(text_data=json.dumps({"type": "follow", "run": str(turn.run.pk)}))

    said = [json.loads(await communicator.receive_from())["type"] for _ in range(20)]

    assert said.count("keep-alive") > 10
    await communicator.disconnect()
