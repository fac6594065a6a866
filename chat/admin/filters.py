"""Filters that know their choices: Django's own read them out of all rows."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chat.assistants import load_assistants
from chat.exceptions import RUN_ERRORS


class AssistantFilter(admin.SimpleListFilter):
    """By the assistants that there are now."""

    title = _("assistant")
    parameter_name = "assistant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Return keys and names."""
        return [(key, assistant.name) for key, assistant in load_assistants().items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the chosen assistant."""
        return queryset.filter(assistant=self.value()) if self.value() else queryset


class ErrorCodeFilter(admin.SimpleListFilter):
    """By what may end a run."""

    title = _("error code")
    parameter_name = "error_code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Return the codes, as they are on the wire."""
        return [(code, code) for code in sorted(RUN_ERRORS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the runs that ended with the chosen code."""
        return queryset.filter(error_code=self.value()) if self.value() else queryset
