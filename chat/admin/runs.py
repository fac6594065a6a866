"""Runs in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chat.admin.filters import AssistantFilter, ErrorCodeFilter
from chat.admin.reading import ReadingAdmin, as_uuid
from chat.models import Conversation, Run


@admin.register(Run)
class RunAdmin(ReadingAdmin):
    """How runs went; no text of anybody."""

    list_display = (
        "short_id",
        "created_at",
        "status",
        "error_code",
        "model",
        "assistant",
        "first_token",
        "duration",
        "trace_id",
    )
    # What has an index, even with millions of rows.
    sortable_by = ("short_id", "created_at", "trace_id")
    list_filter = ("status", ErrorCodeFilter, AssistantFilter)
    search_help_text = _("id of the run or of its conversation, or trace id")
    exclude = ("lease_owner", "lease_expires_at", "fence", "is_logged")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find runs by exact ids."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = as_uuid(term)
        if found and Conversation.objects.filter(pk=found).exists():
            # Alone: by an index that has their order. With the other ids, all runs of a long one were sorted.
            return queryset.filter(conversation=found), False
        wanted = Q(trace_id=term)
        return queryset.filter(wanted | Q(pk=found) if found else wanted), False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A run goes with its conversation: without it, nobody could tell how its message came to be."""
        return False

    @admin.display(description=_("first token"))
    def first_token(self, run: Run) -> str:
        """How long the member waited for it."""
        return _milliseconds(run.ttft_ms)

    @admin.display(description=_("duration"))
    def duration(self, run: Run) -> str:
        """How long the whole answer took."""
        return _milliseconds(run.duration_ms)


def _milliseconds(time: int | None) -> str:
    return "-" if time is None else f"{time} ms"
