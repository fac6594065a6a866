"""The statements of every turn until its first token, in the order in which they are asked."""

from functools import cache

from django.db.models import CharField, DateTimeField, DurationField, Exists, OuterRef, UUIDField
from django.db.models.functions import Now

from chat.models import Attachment, Conversation, Message, Run
from chat.models.conversation import ConversationChange
from chat.models.run import later_by
from chat.statements import Change, Selection, Slot

# A page of the walk from the newest message to the oldest.
MESSAGES_PER_READ = 64

_CONVERSATION = Slot("conversation", UUIDField())

EARLIER_CLICK = Selection(
    lambda: (
        Message.objects.filter(conversation=_CONVERSATION, client_message_id=Slot("click", CharField()))
        .order_by()
        .values_list("pk")
    )
)

ACTIVE_RUN = Selection(
    lambda: Run.objects.active().filter(conversation=_CONVERSATION).order_by().values_list("pk")
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

# One that nobody had before: the fence and the attempt of whoever takes it are known.
CLAIM_NEW_RUN = Change(
    lambda: Run.objects.filter(
        pk=Slot("run", UUIDField()),
        status=Run.Status.QUEUED,
        fence=0,
        attempt=0,
        cancel_requested_at__isnull=True,
    ),
    status=Run.Status.RUNNING,
    lease_owner=Slot("owner", UUIDField()),
    lease_expires_at=later_by(Slot("lease", DurationField())),
    fence=1,
    attempt=1,
    started_at=Slot("started_at", DateTimeField()),
    model=Slot("model", CharField()),
)


@cache
def messages_before(skipped: int) -> Selection:
    """A page of a conversation, newest first: id, parent, role, text, and whether there are files."""
    page = slice(skipped, skipped + MESSAGES_PER_READ)
    has_files = Exists(Attachment.messages.through._default_manager.filter(message=OuterRef("pk")))
    older = Message.objects.filter(conversation=_CONVERSATION).order_by("-created_at", "-id")
    return Selection(lambda: older.values_list("id", "parent_id", "role", "content", has_files)[page])
