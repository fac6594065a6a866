"""Runs in the admin."""

from django.contrib import admin

from chat.admin.reading import ReadingAdmin
from chat.models import Run


@admin.register(Run)
class RunAdmin(ReadingAdmin):
    """How runs went; no text of anybody."""

    list_display = (
        "id",
        "status",
        "model",
        "assistant",
        "error_code",
        "ttft_ms",
        "duration_ms",
        "created_at",
    )
    list_filter = ("status", "error_code")
    search_fields = ("=id", "=trace_id")
    search_help_text = "id or trace id"
    ordering = ("-created_at", "-id")
    exclude = ("lease_owner",)
