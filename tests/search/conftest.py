"""Members with things said."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from chat.models import Conversation, Message
from chat.search.indexing import index_messages, index_title

FIRST = datetime(2026, 1, 1, tzinfo=UTC)

Remember = Callable[..., list[Message]]


@pytest.fixture
def member(db: None) -> Any:
    return get_user_model().objects.create(username="member")


@pytest.fixture
def stranger(db: None) -> Any:
    return get_user_model().objects.create(username="stranger")


@pytest.fixture
def remember(member: Any) -> Remember:
    """Store a conversation with texts, a minute apart: ``remember("title", "text", "text")``."""
    moments = iter(FIRST + timedelta(minutes=minute) for minute in range(10_000))

    def store(title: str, *texts: str, owner: Any = None, **changes: Any) -> list[Message]:
        conversation = Conversation.objects.create(
            owner=owner or member, assistant="general", title=title, created_at=next(moments), **changes
        )
        messages = [
            Message(conversation=conversation, role="user", content=text, created_at=next(moments))
            for text in texts
        ]
        Message.objects.bulk_create(messages)
        index_title(conversation)
        index_messages(conversation, messages)
        return messages

    return store
