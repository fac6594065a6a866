"""Links in the admin: seen without texts, ended by whoever may."""

from typing import Any

import pytest

from chat.models import Conversation, SharedConversation
from tests.admin.conftest import client_of

SHARES = "/admin/chat/sharedconversation/"


@pytest.fixture
def share(conversation: Conversation) -> SharedConversation:
    return SharedConversation.objects.create(
        owner=conversation.owner,
        conversation=conversation,
        token_hash="0" * 64,
        title="a private title",
        author_name="a name",
        messages=[{"role": "user", "content": "a private text", "created_at": "", "model": ""}],
    )


def revoke(client: Any, share: SharedConversation) -> Any:
    wish = {"action": "revoke_selected", "_selected_action": [str(share.pk)]}
    return client.post(SHARES, wish, follow=True)


def test_links_are_listed_without_texts_and_secrets(share: SharedConversation):
    client = client_of("view_sharedconversation")

    pages = [client.get(path) for path in (SHARES, f"{SHARES}{share.pk}/change/", f"{SHARES}?state=readable")]

    for page in pages:
        assert page.status_code == 200
        assert "private" not in page.content.decode()
        assert "0" * 64 not in page.content.decode()
    assert client_of().get(SHARES).status_code == 403


def test_links_are_found_by_owner_and_ids(share: SharedConversation):
    client = client_of("view_sharedconversation")

    for term in (share.pk, share.conversation_id, share.owner.get_username()):
        assert str(share.pk)[:8] in client.get(SHARES, {"q": str(term)}).content.decode()
    assert str(share.pk)[:8] not in client.get(SHARES, {"q": "nobody"}).content.decode()
    assert str(share.pk)[:8] not in client.get(SHARES, {"state": "ended"}).content.decode()


def test_who_may_change_links_ends_them(share: SharedConversation):
    revoke(client_of("view_sharedconversation"), share)
    assert SharedConversation.objects.kept().exists()

    page = revoke(client_of("view_sharedconversation", "change_sharedconversation"), share)

    assert "1 link was revoked." in page.content.decode()
    share.refresh_from_db()
    assert share.revoked_at
    assert share.messages == []
