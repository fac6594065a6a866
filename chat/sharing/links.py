"""Links to snapshots: made, found again by their secret, and counted."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from chat.exceptions import ConversationNotFound, InvalidInput
from chat.models import Conversation, SharedConversation
from chat.models.run import from_now
from chat.permissions import current_policy
from chat.sharing.snapshot import SharedMessage, as_rows

MOST_LINKS = 200
# The same wish twice in this time is one press of a button that was heard twice.
SAME_CLICK_SECONDS = 10
COUNTED_EVERY_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """What a member shares, and how; no days mean that it does not expire."""

    conversation: Conversation
    messages: list[SharedMessage]
    expires_in_days: int | None = None
    author_name: str = ""


def secret_of(share: SharedConversation) -> str:
    """Return the secret of a share's link; empty if the site's key has changed since.

    It is made of the share's id and the site's key and stored nowhere, so its owner can be shown it again
    and the table alone opens nothing.
    """
    token = _token(share.pk)
    return token if _hash(token) == share.token_hash else ""


async def make_link(owner: Any, new: NewLink) -> SharedConversation:
    """Store a share; the same wish a moment later gives the same one.

    Raises ConversationNotFound, InvalidInput.
    """
    return await sync_to_async(_record_link)(owner, new)


async def find_shared(token: str) -> SharedConversation | None:
    """Return the share whose link has this secret, if it may still be read."""
    # By its hash: how long it takes tells nothing about the secrets that exist.
    shares = SharedConversation.objects.readable().select_related("owner")
    found = await shares.filter(token_hash=_hash(token)).afirst()
    if found is None or not current_policy().may_chat(found.owner):
        return None
    # What its owner has deleted, for as long as that can be undone, is shown to nobody.
    own = current_policy().conversations(found.owner).filter(pk=found.conversation_id)
    return found if await own.aexists() else None


async def count_view(share: SharedConversation) -> None:
    """Count that somebody looked, once a minute at most: enough to know, too little to watch anybody."""
    quiet = Q(counted_at__isnull=True) | Q(counted_at__lt=from_now(-COUNTED_EVERY_SECONDS))
    await SharedConversation.objects.filter(quiet, pk=share.pk).aupdate(
        views=F("views") + 1, counted_at=Now()
    )


@transaction.atomic
def _record_link(owner: Any, new: NewLink) -> SharedConversation:
    # Locked, so that two presses at the same moment see each other.
    found = Conversation.objects.select_for_update(of=("self",)).filter(pk=new.conversation.pk)
    if found.first() is None:
        raise ConversationNotFound
    share_id = uuid4()
    wanted = SharedConversation(
        pk=share_id,
        owner=owner,
        conversation=new.conversation,
        token_hash=_hash(_token(share_id)),
        title=new.conversation.title,
        author_name=new.author_name,
        messages=as_rows(new.messages),
        expires_at=timezone.now() + timedelta(days=new.expires_in_days) if new.expires_in_days else None,
    )
    readable = SharedConversation.objects.readable().filter(owner=owner)
    recent = readable.filter(
        conversation=new.conversation, created_at__gt=timezone.now() - timedelta(seconds=SAME_CLICK_SECONDS)
    ).first()
    if recent is not None and _shows_the_same(recent, wanted):
        return recent
    if readable.count() >= MOST_LINKS:
        sentence = _("You have as many links as there may be. Revoke one that nobody needs any more.")
        raise InvalidInput(sentence, fields={"__all__": [sentence]})
    wanted.save(force_insert=True)
    return wanted


def _shows_the_same(recent: SharedConversation, wanted: SharedConversation) -> bool:
    return (
        recent.messages == wanted.messages
        and (recent.title, recent.author_name) == (wanted.title, wanted.author_name)
        and _days(recent) == _days(wanted)
    )


def _days(share: SharedConversation) -> int | None:
    return round((share.expires_at - share.created_at) / timedelta(days=1)) if share.expires_at else None


def _token(share_id: UUID) -> str:
    digest = salted_hmac("chat.sharing.links", share_id.hex, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
