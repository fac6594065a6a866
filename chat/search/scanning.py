"""Search where the database has no index that we know: it reads the member's texts, and is slow with many."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from chat.models import Conversation, Message
from chat.search.backends import Place, Position, SearchIndex


class NoIndex(SearchIndex):
    """Finds texts that have the terms anywhere, in words as they were written."""

    has_entries = False

    def find(
        self, owner_id: Any, terms: Sequence[str], *, after: Position | None, length: int
    ) -> Sequence[Place]:
        """Return the next places."""
        titled = Q(*(Q(title__icontains=term) for term in terms))
        said = Q(*(Q(content__icontains=term) for term in terms))
        titles = Conversation.objects.filter(titled, owner=owner_id).order_by("-created_at", "-id")
        messages = Message.objects.filter(said, conversation__owner=owner_id).order_by("-created_at", "-id")
        places: list[Place] = []
        if after is None or after.is_title:
            named = titles.filter(_before(after)).values_list("created_at", "pk", "pk")[:length]
            places = [_place(*row, is_title=True) for row in named]
            after = None
        left = length - len(places)
        heard = messages.filter(_before(after)).values_list("created_at", "conversation", "pk")[:left]
        return [*places, *(_place(*row, is_title=False) for row in heard)]


def _before(after: Position | None) -> Q:
    if after is None:
        return Q()
    earlier = Q(created_at__lt=after.said_at)
    return earlier | Q(created_at=after.said_at, pk__lt=UUID(int=after.key))


def _place(said_at: datetime, conversation_id: UUID, pk: UUID, *, is_title: bool) -> Place:
    return Place(
        position=Position(is_title=is_title, said_at=said_at, key=pk.int),
        conversation_id=conversation_id,
        message_id=None if is_title else pk,
    )
