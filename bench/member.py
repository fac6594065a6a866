"""A member of the demo site, as a browser would be one: session, CSRF token, conversations, turns."""

import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar

from bench.http_client import HOST, Post
from bench.load import ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Someone who is signed in."""

    port: int
    headers: Mapping[str, str]

    async def new_turns(self, script: str, *, number: int) -> list[Post]:
        """Make so many conversations; return the requests that put the script to each, as streams."""
        headers = {**self.headers, "Accept": "text/event-stream"}
        return [
            Post(
                port=self.port,
                path=f"/chat/api/conversations/{await self._new_conversation()}/messages/",
                body={"content": script, "client_message_id": uuid.uuid4().hex},
                headers=headers,
            )
            for _ in range(number)
        ]

    async def _new_conversation(self) -> object:
        post = Post(port=self.port, path="/chat/api/conversations/", body={}, headers=self.headers)
        return (await ask(post))["id"]


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
