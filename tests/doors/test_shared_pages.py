"""What whoever has a link sees, and may take along; and what is no link any more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from chat.models import Attachment, Conversation, Message, SharedConversation
from tests.browsing import signed_in
from tests.doors.sharing import JSON, SHARES, page_of, reader, said, share, visitor
from tests.runs.conftest import hear

__all__ = ["reader", "said", "visitor"]


async def test_an_answer_that_was_copied_here_still_says_which_model_wrote_it(
    client: AsyncClient, visitor: AsyncClient, said: Conversation
) -> None:
    answer = await said.messages.select_related("run").aget(role="assistant")
    branched = await client.post(reverse("chat:branch", args=[answer.pk]), {}, content_type=JSON)
    copy = await Conversation.objects.aget(pk=branched.json()["id"])
    await copy.messages.filter(role="assistant").aupdate(model="teller-9")

    made = await share(client, copy)
    shared = await page_of(visitor, made["url"])

    assert "teller-9" in shared.content.decode()


async def test_whoever_has_the_link_reads_what_was_shared(
    client: AsyncClient, visitor: AsyncClient, said: Conversation
) -> None:
    made = await share(client, said)

    response = await page_of(visitor, made["url"])

    page = response.content.decode()
    assert response.status_code == 200
    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert "member" not in page
    assert str(said.pk) not in page
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cache-Control"] == "no-store"
    assert "/accounts/login/?next=/chat/shared/" in page


async def test_what_is_said_later_is_not_in_it(
    client: AsyncClient, visitor: AsyncClient, said: Conversation, say: Callable[..., Any]
) -> None:
    made = await share(client, said)
    turn = await say("a secret of tomorrow")
    await hear(turn.run.pk)
    await Conversation.objects.filter(pk=said.pk).aupdate(title="another title")

    page = (await page_of(visitor, made["url"])).content.decode()

    assert "secret of tomorrow" not in page
    assert "another title" not in page


async def test_a_member_is_named_only_where_they_want_it(
    client: AsyncClient, visitor: AsyncClient, said: Conversation
) -> None:
    made = await share(client, said, with_name=True)

    assert "<bdi>member</bdi>" in (await page_of(visitor, made["url"])).content.decode()


@pytest.mark.parametrize("way", ["revoked", "expired", "deleted", "deactivated"])
async def test_a_link_that_has_ended_looks_like_one_that_was_guessed(
    client: AsyncClient, said: Conversation, member: Any, reader: Any, way: str
) -> None:
    visitor = AsyncClient()
    made = await share(client, said)
    guessed = await visitor.get(reverse("chat:shared", args=["x" * 43]))

    if way == "revoked":
        assert (await client.delete(f"{SHARES}{made['id']}/")).status_code == 204
    elif way == "expired":
        await SharedConversation.objects.aupdate(expires_at=timezone.now() - timedelta(seconds=1))
    elif way == "deleted":
        await client.delete(f"/chat/api/conversations/{said.pk}/")
    else:
        await get_user_model().objects.filter(pk=member.pk).aupdate(is_active=False)
    response = await page_of(visitor, made["url"])

    assert response.status_code == guessed.status_code == 404
    assert response.headers["X-Robots-Tag"] == guessed.headers["X-Robots-Tag"]
    assert response.content.count(b"<") == guessed.content.count(b"<")
    assert b"bold" not in response.content
    guest = await signed_in(reader)
    copying = await guest.post(f"{made['url'].removeprefix('http://testserver')}copy/", {"click": "a"})
    assert copying.status_code == 404
    assert not await Conversation.objects.filter(owner=reader).aexists()


@pytest.mark.parametrize(
    "token", ["x", "%00", "%0d%0aSet-Cookie:x", "..%2f..", "%f0%9f%99%82", "'%20OR%201=1", "x" * 8_000]
)
async def test_whatever_is_guessed_is_no_link(client: AsyncClient, said: Conversation, token: str) -> None:
    await share(client, said)

    for path in (f"/chat/shared/{token}/", f"/chat/shared/{token}/?page=-1"):
        response = await client.get(path)
        assert response.status_code == 404
        assert "bold" not in response.content.decode()
        assert "Set-Cookie" not in str(response.headers.get("Location"))


async def test_files_are_neither_shown_nor_copied(
    client: AsyncClient, visitor: AsyncClient, said: Conversation, reader: Any, member: Any
) -> None:
    file = await Attachment.objects.acreate(
        owner=member, name="plan.txt", media_type="text/plain", size_bytes=1, stored_name="x/secret"
    )
    await file.messages.aset([one async for one in said.messages.filter(role="user")])
    path = (await share(client, said))["url"].removeprefix("http://testserver")
    guest = await signed_in(reader)

    page = (await visitor.get(path)).content.decode()
    await guest.post(f"{path}copy/", {"click": "a"})

    assert not any(told in page for told in ("plan.txt", str(file.pk), "secret", "api/attachments"))
    copied = await Conversation.objects.aget(owner=reader)
    assert not await Attachment.objects.filter(messages__conversation=copied).aexists()
    assert (await guest.get(f"/chat/api/attachments/{file.pk}/")).status_code == 404


async def test_views_are_counted_coarsely_and_never_the_owners(
    client: AsyncClient, visitor: AsyncClient, said: Conversation
) -> None:
    made = await share(client, said)
    await page_of(client, made["url"])
    for _ in range(3):
        await page_of(visitor, made["url"])

    assert (await client.get(SHARES)).json()["results"][0]["views"] == 1


async def test_a_reader_goes_on_in_a_copy_of_their_own(
    client: AsyncClient, said: Conversation, reader: Any
) -> None:
    made = await share(client, said)
    guest = await signed_in(reader)
    copy_path = made["url"].removeprefix("http://testserver") + "copy/"

    first = await guest.post(copy_path, {"click": "a"})
    again = await guest.post(copy_path, {"click": "a"})

    assert first.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]
    copied = await Conversation.objects.aget(owner=reader)
    theirs = [text async for text in copied.messages.order_by("created_at").values_list("content", flat=True)]
    ours = [text async for text in said.messages.order_by("created_at").values_list("content", flat=True)]
    assert theirs == ours
    assert copied.active_leaf_id is not None
    assert (await guest.get(first.headers["Location"])).status_code == 200


async def test_a_visitor_who_wants_a_copy_signs_in_and_comes_back(
    client: AsyncClient, visitor: AsyncClient, said: Conversation
) -> None:
    path = (await share(client, said))["url"].removeprefix("http://testserver")

    response = await visitor.post(f"{path}copy/")

    assert response.headers["Location"] == f"/accounts/login/?next={path}"
    assert (await visitor.get(f"{path}copy/")).status_code == 405


async def test_a_long_share_is_read_page_by_page(
    client: AsyncClient, visitor: AsyncClient, said: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.sharing.snapshot.PAGE_MESSAGES", 1)
    url = (await share(client, said))["url"]

    first = (await page_of(visitor, url)).content.decode()
    last = (await page_of(visitor, f"{url}?page=99999")).content.decode()
    odd = await page_of(visitor, f"{url}?page=²")

    assert "1 / 2" in first
    assert "2 / 2" in last
    assert odd.status_code == 200


async def test_system_messages_are_never_shown(
    client: AsyncClient, visitor: AsyncClient, member: Any
) -> None:
    told = await Conversation.objects.acreate(owner=member, assistant="general")
    rule = await Message.objects.acreate(conversation=told, role="system", content="hidden rule")
    question = await Message.objects.acreate(conversation=told, role="user", content="hello", parent=rule)
    await Conversation.objects.filter(pk=told.pk).aupdate(active_leaf=question)

    page = (await page_of(visitor, (await share(client, told))["url"])).content.decode()

    assert "hello" in page
    assert "hidden rule" not in page
