"""deploy/nginx.conf, run by a real nginx before the site: streams flow, limits hold, lies are dropped."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from websockets.asyncio.client import connect

from bench.processes import free_port
from chat.conf import ChatSettings
from chat.protocol.sse_decoder import SseDecoder
from tests.deploy.proxying import CONFIGURATION, Nginx
from tests.serving import UvicornSite
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.services

STREAM = {"Accept": "text/event-stream", "Accept-Encoding": "gzip, br"}
StartNginx = Callable[..., Nginx]


@pytest.fixture(scope="module")
def start_nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartNginx]:
    started = []

    def start(*ports: int, replaced: Mapping[str, str] | None = None) -> Nginx:
        first, second = ports
        folder = tmp_path_factory.mktemp("nginx")
        nginx = Nginx(folder, upstream_ports=(first, second), replaced=replaced)
        started.append(nginx)
        nginx.start()
        return nginx

    yield start
    for nginx in started:
        nginx.stop()
        assert "[emerg]" not in nginx.log()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UvicornSite]:
    with UvicornSite(tmp_path_factory.mktemp("site"), {"HTTPS": "1", "BEHIND_PROXY": "1"}).running() as site:
        yield site


@pytest.fixture(scope="module")
def nginx(start_nginx: StartNginx, site: UvicornSite) -> Nginx:
    """Two processes behind it, of which one is being replaced: nobody listens there."""
    return start_nginx(free_port(), site.port)


@pytest.fixture
async def member(nginx: Nginx) -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(nginx) as client:
        yield client


@asynccontextmanager
async def signed_in(nginx: Nginx) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(
        base_url=nginx.url, verify=nginx.tls, timeout=PATIENCE_SECONDS, headers={"Origin": nginx.url}
    ) as client:
        await client.get("/accounts/login/")
        form = {"username": "demo", "password": "demo", "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        answer = await client.post("/accounts/login/", data=form)
        assert answer.status_code == 302
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        yield client


async def messages_path(member: httpx2.AsyncClient) -> str:
    conversation = (await member.post("/chat/api/conversations/", json={})).json()["id"]
    return f"/chat/api/conversations/{conversation}/messages/"


def turn(content: str) -> dict[str, str]:
    return {"content": content, "client_message_id": uuid4().hex}


async def events_of(response: httpx2.Response) -> AsyncIterator[dict[str, Any]]:
    decoder = SseDecoder()
    async for part in response.aiter_raw():
        for event in decoder.feed(part):
            yield json.loads(event.data)


async def test_every_word_arrives_while_the_model_is_silent_after_it(member: httpx2.AsyncClient) -> None:
    said = turn("/long 9\n/stall after 5")
    text = ""

    async with member.stream("POST", await messages_path(member), json=said, headers=STREAM) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers.get("content-encoding", "identity") == "identity"
        async for event in events_of(response):
            text += event.get("content", "")
            # A proxy that buffers keeps it back until the answer ends, and that is here.
            if event["type"] == "token" and text.endswith("word5 "):
                await member.post(f"/chat/api/runs/{response.headers['x-chat-run']}/cancel/", json={})

    assert (text, event["status"]) == ("word1 word2 word3 word4 word5 ", "cancelled")


async def test_a_reload_of_nginx_leaves_open_streams_alone(member: httpx2.AsyncClient, nginx: Nginx) -> None:
    said = turn("/long 40\n/slow 25")
    is_reloaded = False

    async with member.stream("POST", await messages_path(member), json=said, headers=STREAM) as response:
        async for event in events_of(response):
            if event["type"] == "token" and not is_reloaded:
                is_reloaded = True
                nginx.reload()

    assert (event["type"], event["status"]) == ("done", "completed")


async def test_a_websocket_is_passed_on(member: httpx2.AsyncClient, nginx: Nginx) -> None:
    conversation = (await messages_path(member)).split("/")[-3]
    address = f"{nginx.url.replace('https', 'wss', 1)}/ws/chat/{conversation}/"
    cookies = {"Cookie": f"sessionid={member.cookies['sessionid']}"}

    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        connect(address, ssl=nginx.tls, origin=nginx.url, additional_headers=cookies) as connection,  # type: ignore[arg-type]
    ):
        await connection.send(json.dumps({"type": "send", **turn("/long 5")}))
        frames = [json.loads(await connection.recv())]
        while frames[-1]["type"] != "done":
            frames.append(json.loads(await connection.recv()))

    assert (frames[0]["type"], frames[-1]["status"]) == ("accepted", "completed")


def test_browsers_are_offered_http_2(nginx: Nginx) -> None:
    tls = ssl.create_default_context(cafile=nginx.certificate)
    tls.set_alpn_protocols(["h2", "http/1.1"])

    with (
        socket.create_connection(("127.0.0.1", nginx.port)) as plain,
        tls.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        assert connection.selected_alpn_protocol() == "h2"


async def test_pages_are_compressed(member: httpx2.AsyncClient) -> None:
    page = await member.get("/chat/", headers={"Accept-Encoding": "gzip"})

    assert (page.status_code, page.headers["content-encoding"]) == (200, "gzip")


async def test_a_body_too_large_never_reaches_the_site(
    member: httpx2.AsyncClient, nginx: Nginx, site: UvicornSite
) -> None:
    path = await messages_path(member)

    answers = [await member.post(path, content=b"x" * length) for length in (1024 * 1024, 1024 * 1024 + 1)]

    assert [answer.status_code for answer in answers] == [413, 413]
    # The first is within nginx's limit, and above the site's own.
    assert ["json" in answer.headers["content-type"] for answer in answers] == [True, False]
    assert ChatSettings().MAX_BODY_BYTES < 1024 * 1024


async def test_plain_http_leads_to_https_whatever_the_client_claims(nginx: Nginx, site: UvicornSite) -> None:
    claim = {"X-Forwarded-Proto": "https"}
    async with httpx2.AsyncClient(timeout=PATIENCE_SECONDS) as client:
        answer = await client.get(f"{nginx.plain_url}/chat/?q=1", headers=claim)

    assert (answer.status_code, answer.headers["location"]) == (308, "https://127.0.0.1/chat/?q=1")


async def test_what_members_search_for_is_in_no_log(member: httpx2.AsyncClient, nginx: Nginx) -> None:
    answer = await member.get("/chat/api/conversations/", params={"q": "canary"})

    assert answer.status_code == 200
    await wait_until(lambda: "GET /chat/api/conversations/" in nginx.access_log())
    # The first process that it asked refused: nginx would say so, with the whole request.
    assert "canary" not in nginx.access_log() + nginx.log()


async def test_a_file_passes_where_files_are_taken(member: httpx2.AsyncClient) -> None:
    answer = await member.post("/chat/api/import/", content=b"x" * 5_000_000)

    assert answer.status_code == 400
    assert "Nothing was imported." in answer.text


async def test_no_key_to_what_is_shared_or_to_an_account_is_in_a_log(
    member: httpx2.AsyncClient, nginx: Nginx
) -> None:
    for path in ("/chat/shared/canary/", "/chat/shared/canary/copy/", "/accounts/reset/canary/canary-key/"):
        await member.get(path)

    await wait_until(lambda: "GET /accounts/reset/-" in nginx.access_log())
    assert "GET /chat/shared/-" in nginx.access_log()
    assert "canary" not in nginx.access_log() + nginx.log()


async def test_an_address_has_so_many_streams_and_no_more(start_nginx: StartNginx, site: UvicornSite) -> None:
    nginx = start_nginx(
        site.port, free_port(), replaced={"limit_conn addresses 200": "limit_conn addresses 2"}
    )
    async with signed_in(nginx) as member:
        sent = (await member.post(await messages_path(member), json=turn("/stall after 1"))).json()
        async with AsyncExitStack() as streams:
            for _ in range(2):
                await streams.enter_async_context(member.stream("GET", sent["events_url"], headers=STREAM))
            refused = await member.get(sent["events_url"], headers=STREAM)
        stopped = await member.post(sent["run"]["cancel_url"], json={})

    assert (refused.status_code, stopped.status_code) == (429, 202)


class Recorder(BaseHTTPRequestHandler):
    """Answers with the headers that it was asked with."""

    def do_GET(self) -> None:
        body = json.dumps(dict(self.headers.items())).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def recorder_port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


async def test_what_a_client_says_of_itself_does_not_get_through(
    start_nginx: StartNginx, recorder_port: int
) -> None:
    nginx = start_nginx(recorder_port, recorder_port)
    forged = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "1",
        "X-Real-IP": "203.0.113.9",
        "Forwarded": "for=203.0.113.9",
        "Daphne-Root-Path": "/evil",
        "Upgrade": "h2c",
        "Connection": "Upgrade",
    }

    async with httpx2.AsyncClient(verify=nginx.tls, timeout=PATIENCE_SECONDS) as client:
        answer = await client.get(nginx.url, headers=forged)

    told = {name.lower(): value for name, value in answer.json().items()}
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "https"
    assert told["host"] == f"127.0.0.1:{nginx.port}"
    assert told["connection"] == "close"
    dropped = {
        "x-forwarded-host",
        "x-forwarded-port",
        "x-real-ip",
        "forwarded",
        "daphne-root-path",
        "upgrade",
    }
    assert not dropped & told.keys()


def test_a_silent_stream_is_not_cut_between_two_heartbeats() -> None:
    assert "proxy_read_timeout 60s;" in CONFIGURATION.read_text()
    assert ChatSettings().HEARTBEAT_SECONDS * 2 < 60
