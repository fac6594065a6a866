"""A member of a site that runs as a real process."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx2

from tests.serving import Site
from tests.waiting import PATIENCE_SECONDS


@asynccontextmanager
async def signed_in(site: Site) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client that signed in by the form, and sends the token that Django gave it."""
    async with httpx2.AsyncClient(base_url=site.url, timeout=PATIENCE_SECONDS) as client:
        await client.get("/accounts/login/")
        form = {"username": "demo", "password": "demo", "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        answer = await client.post("/accounts/login/", data=form)
        assert answer.status_code == 302
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
        yield client


async def begun_turn(member: httpx2.AsyncClient, content: str) -> tuple[str, str]:
    """Say something in a new conversation; return its id and the address of the run's events."""
    conversation_id = (await member.post("/chat/api/conversations/", json={})).json()["id"]
    path = f"/chat/api/conversations/{conversation_id}/messages/"
    turn = {"content": content, "client_message_id": uuid4().hex}
    return str(conversation_id), str((await member.post(path, json=turn)).json()["events_url"])


def cookies_of(member: httpx2.AsyncClient) -> str:
    """Return the header that says who it is."""
    return f"sessionid={member.cookies['sessionid']}"


def narrow_connection(port: int, *, host: str = "127.0.0.1") -> socket.socket:
    """Return a connected socket that takes next to nothing unless it is read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((host, port))
    return connection


def events_request(path: str, cookies: str, host: str) -> bytes:
    """Return a request for a run's events as a browser would send it."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\nAccept: text/event-stream\r\n\r\n"
    ).encode()
