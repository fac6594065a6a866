"""Links to what a member shows: made, listed, revoked; and wishes that cannot be."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import AsyncClient
from django.urls import reverse

from chat.models import Conversation, SharedConversation
from chat.permissions import OwnerPolicy
from chat.sharing import links
from tests.browsing import signed_in
from tests.doors.sharing import JSON, SHARES, page_of, reader, said, share, visitor

__all__ = ["reader", "said", "visitor"]


class SilentPolicy(OwnerPolicy):
    """Members chat and share nothing."""

    def may_share(self, user: Any, conversation: Conversation) -> bool:
        """Nobody may."""
        return False


async def test_a_revoked_link_keeps_no_text_and_leaves_the_list(
    client: AsyncClient, said: Conversation
) -> None:
    made = await share(client, said)

    await client.delete(f"{SHARES}{made['id']}/")

    assert (await client.delete(f"{SHARES}{made['id']}/")).status_code == 404
    assert (await client.get(SHARES)).json()["results"] == []
    assert (await SharedConversation.objects.aget()).messages == []


async def test_the_table_alone_opens_no_link(client: AsyncClient, said: Conversation) -> None:
    made = await share(client, said)
    secret = made["url"].rstrip("/").rsplit("/", 1)[-1]

    row = await SharedConversation.objects.values().aget()

    assert len(secret) == 43
    assert secret not in str(row)


async def test_the_same_wish_twice_is_one_link_and_another_wish_another(
    client: AsyncClient, said: Conversation
) -> None:
    first = await share(client, said, expires_in_days=7)
    again = await share(client, said, expires_in_days=7)
    longer = await share(client, said, expires_in_days=30)

    assert first["url"] == again["url"]
    assert longer["url"] != first["url"]
    listed = (await client.get(SHARES)).json()["results"]
    assert [one["id"] for one in listed] == [longer["id"], first["id"]]


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"conversation": "nothing"}, "conversation"),
        ({"conversation": None}, "conversation"),
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": 366}, "expires_in_days"),
        ({"expires_in_days": "7"}, "expires_in_days"),
        ({"expires_in_days": True}, "expires_in_days"),
        ({"with_name": "yes"}, "with_name"),
    ],
)
async def test_a_wish_that_cannot_be_is_refused_with_a_sentence(
    client: AsyncClient, said: Conversation, wishes: dict[str, Any], field: str
) -> None:
    body = {"conversation": str(said.pk), **wishes}

    response = await client.post(SHARES, body, content_type=JSON)

    assert response.status_code == 400
    assert response.json()["error"]["fields"][field][0]
    assert not await SharedConversation.objects.aexists()


async def test_an_empty_or_growing_conversation_is_not_shared(
    client: AsyncClient, conversation: Conversation, say: Callable[..., Any]
) -> None:
    body = {"conversation": str(conversation.pk)}

    empty = await client.post(SHARES, body, content_type=JSON)
    await say("/stall after 1")
    growing = await client.post(SHARES, body, content_type=JSON)

    assert (empty.status_code, growing.status_code) == (400, 409)
    assert not await SharedConversation.objects.aexists()


async def test_a_temporary_conversation_is_neither_shared_nor_exported(
    client: AsyncClient, said: Conversation
) -> None:
    await Conversation.objects.filter(pk=said.pk).aupdate(temporary=True)

    response = await client.post(SHARES, {"conversation": str(said.pk)}, content_type=JSON)
    export = await client.get("/chat/api/export/")

    assert "temporary" in response.json()["error"]["fields"]["conversation"][0]
    assert b"conversations/" not in b"".join([part async for part in export.streaming_content])  # type: ignore[attr-defined]


async def test_a_conversation_that_is_too_long_is_not_shared(
    client: AsyncClient, said: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.sharing.snapshot.MOST_CHARACTERS", 10)

    response = await client.post(SHARES, {"conversation": str(said.pk)}, content_type=JSON)

    assert "too long" in response.json()["error"]["fields"]["conversation"][0]


async def test_links_are_counted(
    client: AsyncClient, said: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MOST_LINKS", 1)
    await share(client, said)

    response = await client.post(
        SHARES, {"conversation": str(said.pk), "expires_in_days": 1}, content_type=JSON
    )

    assert response.status_code == 400


async def test_others_neither_share_nor_list_nor_revoke(
    client: AsyncClient, said: Conversation, reader: Any
) -> None:
    made = await share(client, said)
    other = await signed_in(reader)

    assert (await other.post(SHARES, {"conversation": str(said.pk)}, content_type=JSON)).status_code == 404
    assert (await other.get(SHARES)).json()["results"] == []
    assert (await other.delete(f"{SHARES}{made['id']}/")).status_code == 404
    assert (await other.get(reverse("chat:conversation-share", args=[said.pk]))).status_code == 404
    assert (await client.get(f"{SHARES}?cursor=nonsense")).status_code == 400
    assert (await AsyncClient().get(SHARES)).status_code == 401
    assert await SharedConversation.objects.kept().acount() == 1


async def test_a_policy_may_forbid_sharing(
    client: AsyncClient, said: Conversation, configure: Callable[..., None]
) -> None:
    configure(POLICY=f"{__name__}.SilentPolicy")

    response = await client.post(SHARES, {"conversation": str(said.pk)}, content_type=JSON)

    assert response.status_code == 403


async def test_plain_forms_share_and_revoke(
    client: AsyncClient, visitor: AsyncClient, said: Conversation
) -> None:
    page = reverse("chat:conversation-share", args=[said.pk])

    made = (await client.post(page, {"expires_in_days": "7"})).content.decode()
    stored = await SharedConversation.objects.aget()
    url = f"/chat/shared/{links.secret_of(stored)}/"
    assert url in made
    assert (await visitor.get(url)).status_code == 200
    assert url in (await client.get("/chat/data/")).content.decode()

    for _ in range(2):
        revoked = await client.post(reverse("chat:share-revoke", args=[stored.pk]))
        assert revoked.status_code == 303

    assert (await visitor.get(url)).status_code == 404
    assert (await client.post(page, {"expires_in_days": "9999"})).status_code == 400
    assert (await client.get(reverse("chat:conversation-share", args=[uuid4()]))).status_code == 404


async def test_a_share_of_another_key_is_listed_without_its_link(
    client: AsyncClient, visitor: AsyncClient, said: Conversation, settings: Any
) -> None:
    url = (await share(client, said))["url"]
    hidden = await SharedConversation.objects.aget()
    settings.SECRET_KEY = "another"

    assert links.secret_of(hidden) == ""
    assert (await page_of(visitor, url)).status_code == 200
