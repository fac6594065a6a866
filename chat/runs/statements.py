"""The statements of every turn until its first token, in the order in which they are asked."""

from functools import cache
from typing import TYPE_CHECKING

from django.db.models import CharField, DateTimeField, DurationField, Exists, OuterRef, Subquery, UUIDField
from django.db.models.functions import Now

from chat.models import Attachment, Conversation, Message, Run
from chat.models.conversation import ConversationChange
from chat.models.member import member_slot
from chat.models.run import later_by
from chat.permissions import OwnerPolicy
from chat.statements import Insertion, Records, Selection, Slot

if TYPE_CHECKING:
    from chat.models.conversation import ConversationQuerySet

# A page of the walk from the newest message to the oldest.
MESSAGES_PER_READ = 64

_CONVERSATION = Slot("conversation", UUIDField())

# The policy that members have unless the site has another one.
OWN_CONVERSATION = Records(
    lambda: locked(OwnerPolicy().conversations(member_slot()).filter(pk=_CONVERSATION))
)

# The message of an earlier request of the same click, and the answer that is being written.
BEFORE_A_TURN = Selection(
    lambda: (
        Conversation.objects.filter(pk=_CONVERSATION)
        .order_by()
        .values_list(
            Subquery(
                Message.objects.filter(
                    conversation=_CONVERSATION, client_message_id=Slot("click", CharField())
                )
                .order_by()
                .values("pk")
            ),
            Subquery(Run.objects.active().filter(conversation=_CONVERSATION).order_by().values("pk")),
        )
    )
)

# Who speaks has seen what was said before.
SHOW_ANSWER = ConversationChange(
    lambda: Conversation.objects.filter(pk=_CONVERSATION),
    active_leaf=Slot("answer", UUIDField()),
    updated_at=Slot("said_at", DateTimeField()),
    title=Slot("title", CharField()),
    assistant=Slot("assistant", CharField()),
    model=Slot("model", CharField()),
    seen_at=Now(),
)

# By the database's clock: hosts' clocks differ.
CLAIMED_RUN = Insertion(lease_expires_at=later_by(Slot("lease", DurationField())))


@cache
def active_runs(most: int) -> Selection:
    """The keys of a member's runs that have not ended, so many of them at most."""
    return Selection(
        lambda: (
            Run.objects.active().filter(conversation__owner=member_slot()).order_by().values_list("pk")[:most]
        )
    )


@cache
def recent_turns(most: int) -> Selection:
    """When a member's newest runs in a span of time were made, newest first."""
    # The upper bound leaves out what a host with a clock that is ahead has stored.
    after, until = Slot("after", DateTimeField()), Slot("until", DateTimeField())
    return Selection(
        lambda: (
            Run.objects.filter(conversation__owner=member_slot(), created_at__gt=after, created_at__lte=until)
            .order_by("-created_at")
            .values_list("created_at")[:most]
        )
    )


@cache
def messages_before(skipped: int) -> Selection:
    """A page of a conversation, newest first: id, parent, role, text, and whether there are files."""
    page = slice(skipped, skipped + MESSAGES_PER_READ)
    has_files = Exists(Attachment.messages.through._default_manager.filter(message=OuterRef("pk")))
    older = Message.objects.filter(conversation=_CONVERSATION).order_by("-created_at", "-id")
    return Selection(lambda: older.values_list("id", "parent_id", "role", "content", has_files)[page])


def locked(conversations: "ConversationQuerySet") -> "ConversationQuerySet":
    """Lock one that is found by its key; it comes with the end of its path."""
    # No order, which would be a part of the statement.
    return conversations.select_for_update(of=("self",)).select_related("active_leaf").order_by()
