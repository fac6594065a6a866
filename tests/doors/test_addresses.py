"""Every address of the app: visitors, strangers and forged requests get nowhere."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.test import AsyncClient, AsyncRequestFactory
from django.urls import URLPattern, reverse

from chat.models import Conversation, Message, Run, SharedConversation
from chat.sharing.links import NewLink, make_link
from chat.urls import urlpatterns
from chat.views.feed import feed

JSON = "application/json"
METHODS = ("GET", "POST", "PATCH", "DELETE")
KINDS = ("conversation", "message", "run", "attachment", "prompt", "share")
IDS: dict[str, Any] = {**{kind: uuid4() for kind in KINDS}, "token": "guessed", "state": "empty"}
# Open to whoever has the link.
PUBLIC = {"shared", "shared-copy"}
# Forms that lead on to a list, also where there was nothing to do: a second press is no error.
LEADS_ON = {"share-revoke": 303}


def pattern_name(pattern: URLPattern) -> str:
    return str(pattern.name)


def address(pattern: URLPattern, ids: dict[str, Any]) -> str:
    names = {name: ids[name] for name in pattern.pattern.converters}
    return reverse(f"chat:{pattern.name}", kwargs=names)


@pytest.mark.parametrize("pattern", urlpatterns, ids=pattern_name)
async def test_who_is_not_signed_in_gets_nowhere(pattern: URLPattern, transactional_db: None) -> None:
    path = address(pattern, IDS)

    for method in METHODS:
        response = await AsyncClient().generic(method, path, b"{}", content_type=JSON)
        if pattern.name in PUBLIC:
            assert response.status_code in (404, 405)
        elif "/api/" in path:
            assert response.status_code in (401, 405)
        else:
            assert response.status_code == 405 or response.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("pattern", [one for one in urlpatterns if one.pattern.converters], ids=pattern_name)
async def test_what_is_foreign_looks_like_what_is_missing(pattern: URLPattern, client: AsyncClient) -> None:
    stranger = await get_user_model().objects.acreate(username="stranger")
    theirs = await Conversation.objects.acreate(owner=stranger, assistant="general", title="Secret")
    question = await Message.objects.acreate(conversation=theirs, role="user", content="Secret")
    message = await Message.objects.acreate(conversation=theirs, role="assistant", parent=question)
    run = await Run.objects.acreate(conversation=theirs, message=message, assistant="general")
    share = await make_link(stranger, NewLink(conversation=theirs, messages=[]))
    # What else has an id is tried beside its own door.
    ids_of_theirs = {"conversation": theirs.pk, "message": message.pk, "run": run.pk, "share": share.pk}
    foreign = {**IDS, **ids_of_theirs}
    body = b'{"content": "x", "client_message_id": "1", "rating": 1, "title": "x"}'

    for method in METHODS:
        answers = [
            await client.generic(method, address(pattern, ids), body, content_type=JSON)
            for ids in (foreign, IDS)
        ]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].status_code in (404, 405, LEADS_ON.get(str(pattern.name)))
        if "/api/" in address(pattern, IDS):
            assert answers[0].content == answers[1].content
        assert b"Secret" not in answers[0].content
    assert await Conversation.objects.filter(pk=theirs.pk, title="Secret").aexists()
    assert await SharedConversation.objects.kept().filter(pk=share.pk).aexists()


@pytest.mark.parametrize("name", ["conversations", "conversation-item", "assistants", "feed"])
async def test_what_can_be_read_has_a_head(name: str, client: AsyncClient, member: Any) -> None:
    conversation = await Conversation.objects.acreate(owner=member, assistant="general")
    pattern = next(one for one in urlpatterns if one.name == name)
    path = address(pattern, {**IDS, "conversation": conversation.pk})

    head, visitors = await client.head(path), await AsyncClient().head(path)

    assert (head.status_code, visitors.status_code) == (200, 401)
    assert head.headers["Content-Type"] == (await client.get(path)).headers["Content-Type"]


async def test_the_head_of_a_stream_has_an_end(member: Any) -> None:
    async def signed_in() -> Any:
        return member

    request: Any = AsyncRequestFactory().head(reverse("chat:feed"))
    request.session = SessionStore()
    request.auser = signed_in

    response: Any = await feed(request)

    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert [part async for part in response] == []


@pytest.mark.parametrize("pattern", urlpatterns, ids=pattern_name)
async def test_every_write_needs_the_token(pattern: URLPattern, member: Any) -> None:
    client = AsyncClient(enforce_csrf_checks=True)
    await client.aforce_login(member)

    for method in ("POST", "PATCH", "DELETE"):
        response = await client.generic(method, address(pattern, IDS), b"{}", content_type=JSON)
        assert response.status_code == 403
