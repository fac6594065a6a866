"""The doors of the demo site under a real server, with real cookies and real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any, cast
from uuid import uuid4

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chat.protocol.sse_decoder import SseDecoder
from tests.doors.visiting_member import cookies_of, signed_in
from tests.serving import UvicornSite
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UvicornSite]:
    with UvicornSite(tmp_path_factory.mktemp("site")).running() as site:
        yield site
    assert "Traceback" not in site.log()


@pytest.fixture
async def member(site: UvicornSite) -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(site) as client:
        yield client


@pytest.fixture
async def conversation_id(member: httpx2.AsyncClient) -> str:
    return str((await member.post("/chat/api/conversations/", json={})).json()["id"])


def turn(content: str) -> dict[str, str]:
    return {"content": content, "client_message_id": uuid4().hex}


async def events_of(response: httpx2.Response) -> AsyncIterator[dict[str, Any]]:
    decoder = SseDecoder()
    async for part in response.aiter_raw():
        for event in decoder.feed(part):
            yield json.loads(event.data)


async def heard_until(response: httpx2.Response, kind: str) -> list[dict[str, Any]]:
    """Read events up to the first of that type; the stream stays open."""
    heard = []
    async with asyncio.timeout(PATIENCE_SECONDS), aclosing(cast("Any", events_of(response))) as events:
        async for event in events:
            heard.append(event)
            if event["type"] == kind:
                break
    return heard


async def test_an_answer_arrives_while_it_is_being_written_and_a_stop_ends_it(
    member: httpx2.AsyncClient, conversation_id: str
) -> None:
    path = f"/chat/api/conversations/{conversation_id}/messages/"
    headers = {"Accept": "text/event-stream"}

    async with asyncio.timeout(PATIENCE_SECONDS):
        async with member.stream("POST", path, json=turn("/stall after 2"), headers=headers) as response:
            assert response.headers["content-encoding"] == "identity"
            events = []
            is_stopping = False
            async for event in events_of(response):
                events.append(event)
                if event["type"] == "token" and not is_stopping:
                    is_stopping = True
                    await member.post(f"/chat/api/runs/{response.headers['x-chat-run']}/cancel/", json={})

    assert (events[-1]["type"], events[-1]["status"]) == ("done", "cancelled")


async def test_who_leaves_ends_no_run_and_can_come_back(
    member: httpx2.AsyncClient, conversation_id: str
) -> None:
    path = f"/chat/api/conversations/{conversation_id}/messages/"
    headers = {"Accept": "text/event-stream"}
    async with member.stream("POST", path, json=turn("/long 60"), headers=headers) as response:
        run_id = response.headers["x-chat-run"]
        before = await heard_until(response, "token")

    after = {"Last-Event-ID": str(len(before))}
    async with member.stream("GET", f"/chat/api/runs/{run_id}/events/", headers=after) as response:
        rest = await heard_until(response, "done")

    stored = (await member.get(path)).json()["results"][0]
    told = "".join(event["content"] for event in [*before, *rest] if event["type"] == "token")
    assert stored["status"] == rest[-1]["status"] == "completed"
    assert stored["content"] == told
    gone = await member.get(f"/chat/api/runs/{run_id}/events/", headers={"Last-Event-ID": "9999"})
    assert gone.status_code == 204


async def test_a_write_without_the_token_is_refused(member: httpx2.AsyncClient) -> None:
    for wrong in ("", "x" * 32, "y" * 64):
        answer = await member.post("/chat/api/conversations/", json={}, headers={"X-CSRFToken": wrong})
        assert answer.status_code == 403


async def test_a_body_over_the_limit_is_refused(member: httpx2.AsyncClient, conversation_id: str) -> None:
    path = f"/chat/api/conversations/{conversation_id}/messages/"

    answer = await member.post(path, json=turn("x" * 600_000))

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


def socket(site: UvicornSite, path: str, *, cookies: str = "", origin: str | None = None) -> connect:
    address = f"{site.url.replace('http', 'ws', 1)}{path}"
    headers = {"Cookie": cookies} if cookies else {}
    return connect(
        address,
        origin=cast("Any", origin or site.url),
        additional_headers=headers,
        open_timeout=PATIENCE_SECONDS,
    )


async def frames_until(connection: ClientConnection, kind: str) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not frames or frames[-1]["type"] != kind:
            frames.append(json.loads(await connection.recv()))
    return frames


async def test_a_socket_sends_listens_and_stops(
    site: UvicornSite, member: httpx2.AsyncClient, conversation_id: str
) -> None:
    async with socket(site, f"/ws/chat/{conversation_id}/", cookies=cookies_of(member)) as connection:
        await connection.send(json.dumps({"type": "send", **turn("/stall after 2")}))
        heard = await frames_until(connection, "token")
        await connection.send(json.dumps({"type": "cancel", "run": heard[0]["run"]}))
        heard += await frames_until(connection, "done")

    assert heard[0]["type"] == "accepted"
    assert heard[-1]["status"] == "cancelled"
    told = [frame for frame in heard if "seq" in frame]
    assert [frame["seq"] for frame in told] == list(range(1, len(told) + 1))
    assert {frame["run"] for frame in told} == {heard[0]["run"]}


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1:{port}", "http://127.0.0.1"])
async def test_a_socket_of_a_foreign_page_is_refused_at_the_handshake(
    site: UvicornSite, member: httpx2.AsyncClient, conversation_id: str, origin: str
) -> None:
    origin = origin.format(port=site.port)

    with pytest.raises(InvalidStatus) as refused:
        async with socket(site, f"/ws/chat/{conversation_id}/", cookies=cookies_of(member), origin=origin):
            pass

    assert refused.value.response.status_code == 403


async def test_a_socket_says_why_it_closes(
    site: UvicornSite, member: httpx2.AsyncClient, conversation_id: str
) -> None:
    attempts = {
        4401: socket(site, f"/ws/chat/{conversation_id}/"),
        4404: socket(site, f"/ws/chat/{uuid4()}/", cookies=cookies_of(member)),
    }

    for code, attempt in attempts.items():
        async with attempt as connection:
            with pytest.raises(ConnectionClosed) as closed:
                await connection.recv()
            assert closed.value.rcvd
            assert closed.value.rcvd.code == code
