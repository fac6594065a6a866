"""Links to what a member shows: made, read by anybody, copied, revoked; and all that is not one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation, Message, SharedConversation
from chat.permissions import OwnerPolicy
from chat.sharing import links
from tests.runs.conftest import hear

JSON = "application/json"
SHARES = "/chat/api/shares/"


class SilentPolicy(OwnerPolicy):
    """Members chat and share nothing."""

    def may_share(self, user: Any, conversation: Conversation) -> bool:
        """Nobody may."""
        return False


@pytest.fixture
async def client(member: Any) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(member)
    return client


@pytest.fixture
async def reader() -> Any:
    return await get_user_model().objects.acreate(username="reader")


@pytest.fixture
def visitor() -> AsyncClient:
    return AsyncClient()


@pytest.fixture
async def said(say: Callable[..., Any]) -> Conversation:
    """A conversation with a question and its answer."""
    turn = await say("/repeat **bold** <script>alert(1)</script>")
    await hear(turn.run.pk)
    return await Conversation.objects.aget(pk=turn.run.conversation_id)


async def share(client: AsyncClient, conversation: Conversation, **wishes: Any) -> dict[str, Any]:
    body = {"conversation": str(conversation.pk), **wishes}
    response = await client.post(SHARES, body, content_type=JSON)
    assert response.status_code == 201, response.content
    made: dict[str, Any] = response.json()
    return made


async def page_of(client: AsyncClient, url: str) -> Any:
    return await client.get(url.removeprefix("http://testserver"))


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
    client: AsyncClient, visitor: AsyncClient, said: Conversation, member: Any, way: str
) -> None:
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
    guest = AsyncClient()
    await guest.aforce_login(reader)
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
    other = AsyncClient()
    await other.aforce_login(reader)

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
