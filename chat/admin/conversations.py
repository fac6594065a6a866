"""Conversations in the admin: a list without texts, and a transcript to read."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin.filters import AssistantFilter
from chat.admin.reading import ReadingAdmin, as_uuid
from chat.admin.transcript import read_transcript
from chat.models import Conversation, Message, Run
from chat.search.finding import ids_found


@admin.register(Conversation)
class ConversationAdmin(ReadingAdmin):
    """Finds conversations by whose they are; the texts are one click away, and not in the list.

    Titles are texts too: they are made of the member's first words.
    """

    list_display = (
        "short_id",
        "owner",
        "assistant",
        "message_count",
        "last_status",
        "updated_at",
        "is_deleted",
    )
    # What has an index; sorting 100,000 rows for a page of 30 is nothing for a web request.
    sortable_by = ("short_id", "updated_at")
    list_filter = (AssistantFilter, "archived")
    search_help_text = _("id of the conversation, or name of its owner and perhaps words of theirs")
    change_form_template = "admin/chat/conversation/transcript.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With their owners, whom the list and the transcript name."""
        return super().get_queryset(request).select_related("owner")

    def complete(self, rows: Sequence[Any]) -> None:
        """Add how many messages and how it stands; in the list's own query, skipped pages would pay it."""
        last_run = Run.objects.filter(conversation=OuterRef("pk")).order_by("-created_at", "-id")
        counted = (
            Message.objects.filter(conversation=OuterRef("pk"))
            .order_by()
            .values("conversation")
            .annotate(count=Count("pk"))
        )
        found = Conversation.objects.filter(pk__in=[row.pk for row in rows]).annotate(
            message_count=Subquery(counted.values("count")[:1]),
            last_status=Subquery(last_run.values("status")[:1]),
        )
        facts = {pk: rest for pk, *rest in found.values_list("pk", "message_count", "last_status")}
        for row in rows:
            row.message_count, row.last_status = facts.get(row.pk, (None, None))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find conversations by exact id, or by exact name of the owner and words of theirs behind it.

        Never by words alone: a reviewer looks into what somebody said, and not who said something.
        """
        term = search_term.strip()
        if not term:
            return queryset, False
        if found := as_uuid(term):
            return queryset.filter(pk=found), False
        name, _space, words = term.partition(" ")
        field = get_user_model().USERNAME_FIELD
        users = get_user_model()._default_manager.filter(**{f"{field}__in": {term, name}})
        # Looked up first: a join would keep the planner from the index of the owner's conversations.
        owners = dict(users.values_list(field, "pk"))
        if term in owners:
            return queryset.filter(owner=owners[term]), False
        if name in owners:
            return queryset.filter(owner=owners[name], pk__in=ids_found(owners[name], words)), False
        return queryset.none(), False

    @admin.display(description=_("messages"))
    def message_count(self, conversation: Any) -> int:
        """How many messages the conversation has, on all branches."""
        return int(conversation.message_count or 0)

    @admin.display(description=_("last run"))
    def last_status(self, conversation: Any) -> str:
        """How the last run stands."""
        return str(Run.Status(conversation.last_status).label) if conversation.last_status else "-"

    @admin.display(description=_("deleted by the member"), boolean=True)
    def is_deleted(self, conversation: Any) -> bool:
        """True for one that its member does not see any more, until it is purged."""
        return conversation.deleted_at is not None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the transcript in the place of a form."""
        transcript = read_transcript(context["original"], request.GET.get("p"))
        return super().render_change_form(request, {**context, "transcript": transcript}, *args, **kwargs)

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Say how much would go; Django's own would list thousands of ids, and ask for a right to each."""
        conversations = list(objs)
        counts = {
            gettext("conversations"): len(conversations),
            gettext("messages"): Message.objects.filter(conversation__in=conversations).count(),
            gettext("runs"): Run.objects.filter(conversation__in=conversations).count(),
        }
        return [str(conversation) for conversation in conversations], counts, set(), []
