"""Files may be larger than messages, at their own address alone, and wait on disk."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from chat.asgi.bodies import PART_BYTES, Body
from chat.asgi.uploads import FORM_BYTES, bounds_of
from chat.exceptions import BodyTooLarge

UPLOAD = "/any/prefix/api/attachments/"


@pytest.fixture(autouse=True)
def limits(settings: Settings) -> None:
    settings.CHAT = {
        "MAX_BODY_BYTES": 1000,
        "BODY_TIMEOUT_SECONDS": 1,
        "MAX_ATTACHMENT_BYTES": 5 * PART_BYTES,
        "UPLOAD_TIMEOUT_SECONDS": 9,
    }


def request_to(path: str, method: str = "POST") -> dict[str, Any]:
    return {"type": "http", "path": path, "method": method, "headers": []}


def arriving(content: bytes, part_bytes: int = 3000) -> Callable[[], Any]:
    """Return what a server gives an application: the content in parts, then nothing more."""
    parts = [content[at : at + part_bytes] for at in range(0, len(content), part_bytes)]

    async def receive() -> dict[str, Any]:
        if not parts:
            return {"type": "http.disconnect"}
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    return receive


@pytest.mark.parametrize(
    ("path", "method", "most_bytes", "most_seconds"),
    [
        (UPLOAD, "POST", 5 * PART_BYTES + FORM_BYTES, 9),
        (UPLOAD, "GET", 1000, 1),
        (f"{UPLOAD}9f1c/", "POST", 1000, 1),
        ("/any/prefix/api/conversations/", "POST", 1000, 1),
    ],
)
def test_only_an_upload_may_be_larger_and_slower(
    path: str, method: str, most_bytes: int, most_seconds: int
) -> None:
    bounds = bounds_of(request_to(path, method))

    assert (bounds.most_bytes, bounds.most_seconds) == (most_bytes, most_seconds)


async def test_a_file_reaches_the_application_whole_and_in_parts() -> None:
    content = bytes(range(256)) * (3 * PART_BYTES // 256) + b"end"
    body = Body(request_to(UPLOAD), arriving(content))

    assert await body.arrives()
    received = [await body.receive()]
    while received[-1]["more_body"]:
        received.append(await body.receive())

    assert b"".join(message["body"] for message in received) == content
    assert max(len(message["body"]) for message in received) == PART_BYTES
    assert (await body.receive())["type"] == "http.disconnect"


async def test_an_empty_body_reaches_the_application() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    body = Body(request_to(UPLOAD), receive)

    assert await body.arrives()
    assert await body.receive() == {"type": "http.request", "body": b"", "more_body": False}


async def test_a_file_beyond_the_limit_is_refused_while_it_arrives() -> None:
    body = Body(request_to(UPLOAD), arriving(b"x" * (7 * PART_BYTES)))

    with pytest.raises(BodyTooLarge):
        await body.arrives()
    body.close()
