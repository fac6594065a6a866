"""A member of the demo site, as a browser would be one: session, CSRF token, conversations, turns."""

import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar

from bench.http_client import HOST, Request, ask
from bench.streaming import EventStream, SocketStream


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Someone who is signed in."""

    port: int
    headers: Mapping[str, str]

    async def new_conversations(self, number: int) -> list[str]:
        """Make so many conversations and return their ids."""
        request = self.request("/chat/api/conversations/", {})
        return [str((await ask(request))["id"]) for _ in range(number)]

    def turn(self, conversation: str, content: str) -> EventStream:
        """Return the request that puts this to the conversation, its answer as a stream."""
        path = f"/chat/api/conversations/{conversation}/messages/"
        return EventStream(request=self.request(path, _turn(content), Accept="text/event-stream"))

    def turn_by_socket(self, conversation: str, content: str) -> SocketStream:
        """Return the same over the WebSocket door."""
        question = {"type": "send", **_turn(content)}
        path = f"/ws/chat/{conversation}/"
        return SocketStream(port=self.port, path=path, question=question, headers=self.headers)

    async def start_run(self, conversation: str, content: str) -> str:
        """Put this to the conversation and return where its answer can be followed."""
        path = f"/chat/api/conversations/{conversation}/messages/"
        return str((await ask(self.request(path, _turn(content))))["events_url"])

    def follower(self, events_url: str) -> EventStream:
        """Return a follower of a run."""
        return EventStream(request=self.request(events_url, None, Accept="text/event-stream"))

    def request(self, path: str, body: Mapping[str, object] | None, **headers: str) -> Request:
        """Return a request in the member's name."""
        return Request(port=self.port, path=path, body=body, headers={**self.headers, **headers})


def sign_in(port: int, *, name: str = "demo", password: str = "demo") -> Member:
    """Sign in with the site's form. Raises RuntimeError if it lets nobody in."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    address = f"http://{HOST}:{port}/accounts/login/"
    browser.open(address).close()
    form = {"username": name, "password": password, "csrfmiddlewaretoken": _cookies(jar)["csrftoken"]}
    browser.open(address, urllib.parse.urlencode(form).encode()).close()
    cookies = _cookies(jar)
    if "sessionid" not in cookies:
        raise RuntimeError(f"{name} cannot sign in")
    return Member(
        port=port,
        headers={
            "Cookie": "; ".join(f"{key}={value}" for key, value in cookies.items()),
            "X-CSRFToken": cookies["csrftoken"],
        },
    )


def _cookies(jar: CookieJar) -> dict[str, str]:
    return {cookie.name: cookie.value or "" for cookie in jar}


def _turn(content: str) -> dict[str, object]:
    return {"content": content, "client_message_id": uuid.uuid4().hex}
