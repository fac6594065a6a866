"""A new version goes live behind nginx, one process after the other: no request fails, no answer is lost."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from chat.protocol.sse_decoder import SseDecoder
from tests.deploy.proxying import Nginx
from tests.serving import UvicornSite

pytestmark = pytest.mark.services

PATIENCE_SECONDS = 180.0
STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[list[UvicornSite]]:
    """Two processes with one database, as web-1 and web-2."""
    shared = {"HTTPS": "1", "BEHIND_PROXY": "1", "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}"}
    sites = []
    for name in ("web-1", "web-2"):
        (tmp_path / name).mkdir()
        sites.append(UvicornSite(tmp_path / name, shared))
    sites[0].prepare()
    for site in sites:
        site.start()
    yield sites
    for site in sites:
        site.stop()
        assert "Traceback" not in site.log()


@pytest.fixture
def nginx(sites: list[UvicornSite], tmp_path: Path) -> Iterator[Nginx]:
    (tmp_path / "nginx").mkdir()
    nginx = Nginx(tmp_path / "nginx", upstream_ports=(sites[0].port, sites[1].port))
    nginx.start()
    yield nginx
    nginx.stop()


@pytest.fixture
async def member(nginx: Nginx) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(
        base_url=nginx.url,
        verify=nginx.tls,
        timeout=PATIENCE_SECONDS,
        headers={"Origin": nginx.url},
        # A reload closes idle connections: a browser asks again by itself, this client does not.
        limits=httpx2.Limits(max_keepalive_connections=0),
    ) as client:
        await client.get("/accounts/login/")
        form = {"username": "demo", "password": "demo", "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        await client.post("/accounts/login/", data=form)
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        yield client


async def heard(member: httpx2.AsyncClient, events_url: str) -> list[dict[str, Any]]:
    """Follow a run to its end, and ask again from the position whenever the stream ends before it."""
    events: list[dict[str, Any]] = []
    position = "0"
    while not events or events[-1]["type"] not in {"done", "error"}:
        decoder = SseDecoder()
        async with member.stream(
            "GET", events_url, headers={**STREAM, "Last-Event-ID": position}
        ) as response:
            assert response.status_code == 200
            async for part in response.aiter_raw():
                for event in decoder.feed(part):
                    position = event.last_id.decode()
                    events.append(json.loads(event.data))
    return events


def text_of(events: list[dict[str, Any]]) -> str:
    text = ""
    for event in events:
        if event["type"] == "snapshot":
            text = event["content"]
        elif event["type"] == "token":
            text += event["content"]
    return text


async def test_members_notice_nothing_while_each_process_is_replaced(
    member: httpx2.AsyncClient, sites: list[UvicornSite], nginx: Nginx
) -> None:
    followers = []
    for _ in range(4):
        conversation = (await member.post("/chat/api/conversations/", json={})).json()["id"]
        sent = await member.post(
            f"/chat/api/conversations/{conversation}/messages/",
            json={"content": "/long 100\n/slow 30", "client_message_id": uuid4().hex},
        )
        followers.append(asyncio.create_task(heard(member, sent.json()["events_url"])))

    async def replace() -> None:
        for site in sites:
            await asyncio.to_thread(site.stop)
            await asyncio.to_thread(site.start)

    replacing = asyncio.create_task(replace())
    statuses = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not replacing.done():
            statuses.append((await member.get("/chat/api/conversations/")).status_code)
        await replacing
        answers = await asyncio.gather(*followers)

    assert set(statuses) == {200}, nginx.access_log()
    assert [answer[-1].get("status") for answer in answers] == ["completed"] * 4
    assert len({text_of(answer) for answer in answers}) == 1
