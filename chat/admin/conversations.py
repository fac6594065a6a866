"""Conversations in the admin: a list without texts, and a transcript to read."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from chat.admin.reading import ReadingAdmin
from chat.models import Conversation, Message, Run
from chat.views.representations import run_of

MESSAGES_PER_PAGE = 100


@admin.register(Conversation)
class ConversationAdmin(ReadingAdmin):
    """Finds conversations by whose they are; the texts are one click away, and not in the list."""

    list_display = ("id", "owner", "assistant", "message_count", "last_status", "updated_at")
    list_select_related = ("owner",)
    list_filter = ("assistant", "archived")
    search_fields = ("=id", "=owner__username")
    search_help_text = _("id of the conversation, or name of its owner")
    ordering = ("-updated_at", "-id")
    change_form_template = "admin/chat/conversation/transcript.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Add what the list shows of each conversation."""
        last_run = Run.objects.filter(conversation=OuterRef("pk")).order_by("-created_at", "-id")
        counted = (
            Message.objects.filter(conversation=OuterRef("pk"))
            .order_by()
            .values("conversation")
            .annotate(count=Count("pk"))
        )
        rows: QuerySet[Conversation] = super().get_queryset(request)
        return rows.annotate(
            message_count=Subquery(counted.values("count")[:1]),
            last_status=Subquery(last_run.values("status")[:1]),
        )

    @admin.display(description=_("messages"))
    def message_count(self, conversation: Any) -> int:
        """How many messages the conversation has, on all branches."""
        return int(conversation.message_count or 0)

    @admin.display(description=_("last run"))
    def last_status(self, conversation: Any) -> str:
        """How the last run stands."""
        return str(Run.Status(conversation.last_status).label) if conversation.last_status else "-"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the transcript: all branches, oldest first, a hundred messages at a time."""
        context = {**(extra_context or {}), **_transcript(request, object_id)}
        return super().change_view(request, object_id, form_url, context)


def _transcript(request: HttpRequest, object_id: str) -> dict[str, Any]:
    try:
        conversation_id = UUID(object_id)
    except ValueError:
        return {}
    messages = Message.objects.filter(conversation=conversation_id).oldest_first()
    paginator = Paginator(messages.select_related("run__usage"), MESSAGES_PER_PAGE)
    page = paginator.get_page(request.GET.get("p"))
    leaf = Conversation.objects.filter(pk=conversation_id).values_list("active_leaf", flat=True).first()
    entries = [
        {
            "message": message,
            "run": run_of(message),
            "usage": getattr(run_of(message), "usage", None),
            "is_shown_leaf": message.pk == leaf,
        }
        for message in page.object_list
    ]
    return {"entries": entries, "transcript_page": page}
