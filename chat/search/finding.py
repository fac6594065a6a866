"""What a member finds: places from the index, cut by the policy, with the texts that show why."""

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from chat.exceptions import InvalidInput
from chat.models import Conversation, Message
from chat.models.conversation import ConversationQuerySet
from chat.permissions import current_policy
from chat.search.backends import Place, Position, current_index
from chat.search.excerpts import Piece, excerpt_of, marked
from chat.search.words import MOST_TERMS, Wanted, wanted_from

HITS_SHOWN = 20
# Places that the member may not see, those of deleted conversations, are passed over: so many at most in
# one request, which then ends with fewer hits and a cursor.
PLACES_AT_A_TIME = 100
MOST_PLACES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something that was found: a message, or a conversation by its title."""

    conversation: Conversation
    message: Message | None
    title: Sequence[Piece]
    excerpt: Sequence[Piece]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of hits, titles first, then the newest; ``notice`` says what a member ought to know of it."""

    hits: Sequence[Hit]
    following: str | None = None
    notice: str = ""


def find(member: Any, typed: str, *, cursor: str | None = None) -> Found:
    """Return what the member's titles and messages have of the words. Raises InvalidInput for the cursor."""
    after = _decoded(cursor) if cursor else None
    if not typed.strip():
        return Found(hits=())
    wanted = wanted_from(typed)
    if wanted is None:
        return Found(hits=(), notice=_("Type letters or digits to search for."))
    notice = _("Only the first %d words were searched for.") % MOST_TERMS if wanted.is_cut else ""
    among = current_policy().conversations(member).listed()
    seen, following = _visible_places(member.pk, wanted, after, among=among, length=HITS_SHOWN)
    return Found(
        hits=_hits(member, seen, wanted),
        following=_encoded(following) if following else None,
        notice=notice,
    )


def find_titled(
    member: Any, typed: str, *, among: ConversationQuerySet, cursor: str | None, length: int
) -> tuple[Sequence[Conversation], str | None]:
    """Return those of these conversations whose titles have the words, and the cursor of the next ones.

    Raises InvalidInput for the cursor.
    """
    after = _decoded(cursor) if cursor else None
    wanted = wanted_from(typed)
    if wanted is None:
        return (), None
    seen, following = _visible_places(
        member.pk, wanted, after, among=among, length=length, is_for_titles=True
    )
    found = among.in_bulk([place.conversation_id for place in seen])
    titled = [found[place.conversation_id] for place in seen if place.conversation_id in found]
    return titled, _encoded(following) if following else None


def ids_found(owner_id: Any, typed: str) -> Collection[UUID]:
    """Return the conversations of one member that have the words, the newest of them, for reviewers."""
    wanted = wanted_from(typed)
    if wanted is None:
        return ()
    places = current_index().find(owner_id, wanted.terms, after=None, length=MOST_PLACES)
    return {place.conversation_id for place in places}


def _visible_places(
    owner_id: Any,
    wanted: Wanted,
    after: Position | None,
    *,
    among: ConversationQuerySet,
    length: int,
    is_for_titles: bool = False,
) -> tuple[Sequence[Place], Position | None]:
    """Return places in these conversations, and where to go on if there may be more."""
    visible: list[Place] = []
    for _turn in range(MOST_PLACES // PLACES_AT_A_TIME):
        places = current_index().find(owner_id, wanted.terms, after=after, length=PLACES_AT_A_TIME)
        named = {place.conversation_id for place in places}
        seen = set(among.filter(pk__in=named).values_list("pk", flat=True))
        for place in places:
            # Titles come first.
            if is_for_titles and place.message_id is not None:
                return visible, None
            if len(visible) == length:
                return visible, after
            if place.conversation_id in seen:
                visible.append(place)
            after = place.position
        if len(places) < PLACES_AT_A_TIME:
            return visible, None
    return visible, after


def _hits(member: Any, places: Sequence[Place], wanted: Wanted) -> tuple[Hit, ...]:
    policy = current_policy()
    conversations = policy.conversations(member).in_bulk({place.conversation_id for place in places})
    messages = policy.messages(member).in_bulk(
        [place.message_id for place in places if place.message_id is not None]
    )
    hits = []
    for place in places:
        conversation = conversations.get(place.conversation_id)
        message = messages.get(place.message_id) if place.message_id else None
        # Gone since it was found.
        if conversation is None or (message is None and place.message_id is not None):
            continue
        excerpt = excerpt_of(message.content, wanted) if message else ()
        title = marked(conversation.title, wanted)
        hits.append(Hit(conversation=conversation, message=message, title=title, excerpt=excerpt))
    return tuple(hits)


def _encoded(position: Position) -> str:
    text = f"{int(position.is_title)} {position.said_at.astimezone(UTC).isoformat()} {position.key}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(cursor: str) -> Position:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        is_title, moment, key = base64.b64decode(padded, altchars=b"-_", validate=True).decode().split(" ")
        # A time near the calendar's ends overflows here, and not in the database's adapter.
        said_at = datetime.fromisoformat(moment).astimezone(UTC)
        return Position(is_title=is_title == "1", said_at=said_at, key=UUID(int=int(key)).int)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("bad cursor", fields={"cursor": [_("This is not a cursor.")]}) from error
