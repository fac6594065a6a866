"""Opens streams, and checks every token of each: lost, doubled, reordered or foreign."""

import asyncio
import json
import re
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field
from http.cookiejar import CookieJar

from chat.protocol.sse_decoder import SseDecoder

LONGEST_EVENT = 1_000_000


@dataclass(slots=True)
class Tally:
    """What the streams of a round told."""

    tokens: int = 0
    finished: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A signed-in member: what the requests carry."""

    cookie: str
    token: str


def sign_in(port: int) -> Member:
    """Sign in as the measurement's member."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    login = f"http://127.0.0.1:{port}/accounts/login/"
    opener.open(login).read()
    form = {"username": "m", "password": "m", "csrfmiddlewaretoken": _cookie(jar, "csrftoken")}
    opener.open(login, urllib.parse.urlencode(form).encode()).read()
    return Member(cookie="; ".join(f"{one.name}={one.value}" for one in jar), token=_cookie(jar, "csrftoken"))


async def listen(
    port: int, path: str, body: dict[str, object], headers: dict[str, str], tally: Tally
) -> None:
    """Post, read the stream to its end, and check the numbered tokens in it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await _request(writer, path, body, headers)
        status, chunked = await _head(reader)
        if status != 200:
            tally.faults.append(f"status {status}")
            return
        decoder, check = SseDecoder(max_event_bytes=LONGEST_EVENT), TokenCheck()
        async for part in _parts(reader, chunked=chunked):
            for event in decoder.feed(part):
                check.hear(event.data)
        tally.tokens += check.count
        tally.finished += 1
        tally.faults += check.faults
    finally:
        writer.close()


async def ask(port: int, path: str, body: dict[str, object], headers: dict[str, str]) -> dict[str, str]:
    """Post and return the JSON of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await _request(writer, path, body, {**headers, "Connection": "close"})
        await _head(reader)
        answer = await reader.read()
        found = json.loads(answer[answer.index(b"{") : answer.rindex(b"}") + 1])
        return {str(key): str(value) for key, value in found.items()}
    finally:
        writer.close()


def headers_of(member: Member) -> dict[str, str]:
    """Return the headers of a member's request."""
    return {"Cookie": member.cookie, "X-CSRFToken": member.token, "Accept": "text/event-stream"}


async def open_conversations(port: int, member: Member, number: int) -> list[str]:
    """Make conversations and return the paths of their messages."""
    headers = {**headers_of(member), "Accept": "application/json"}
    made = [await ask(port, "/chat/api/conversations/", {}, headers) for _ in range(number)]
    return [f"/chat/api/conversations/{one['id']}/messages/" for one in made]


def turn(script: str) -> dict[str, object]:
    """Return the body of a turn."""
    return {"content": script, "client_message_id": uuid.uuid4().hex}


class TokenCheck:
    """Tokens of one stream are numbered from 1; whatever else comes is a fault."""

    _NUMBERED = re.compile(r"([0-9]+)")

    def __init__(self) -> None:
        self.count = 0
        self.faults: list[str] = []

    def hear(self, data: str | bytes) -> None:
        """Check the tokens of one event."""
        if data in ("[DONE]", b"[DONE]"):
            return
        event = json.loads(data)
        choices = event.get("choices")
        text = (
            event.get("content")
            if choices is None
            else (choices[0]["delta"].get("content") if choices else "")
        )
        if event.get("type") == "error":
            self.faults.append(f"error {event['code']}")
        for number in self._NUMBERED.findall(text or ""):
            self.count += 1
            if int(number) != self.count:
                self.faults.append(f"token {number} where {self.count} was due")


def _cookie(jar: CookieJar, name: str) -> str:
    return next(str(one.value) for one in jar if one.name == name)


async def _request(
    writer: asyncio.StreamWriter, path: str, body: dict[str, object], headers: dict[str, str]
) -> None:
    content = json.dumps(body).encode()
    fields = {
        "Host": "127.0.0.1",
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + content)
    await writer.drain()


async def _head(reader: asyncio.StreamReader) -> tuple[int, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    return int(head.split(b" ", 2)[1]), b"transfer-encoding: chunked" in head


async def _parts(reader: asyncio.StreamReader, *, chunked: bool):  # type: ignore[no-untyped-def]
    while chunked:
        length = int(await reader.readline(), 16)
        part = await reader.readexactly(length + 2)
        if not length:
            return
        yield part[:-2]
    while part := await reader.read(65536):
        yield part
