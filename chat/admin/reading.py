"""What all admin pages of the app have in common: they are for reading, and quick with millions of rows."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

# Counting two million rows took 292 ms, counting to here 5 ms.
MOST_COUNTED = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than anybody pages."""

    @cached_property
    def count(self) -> int:
        """The number of rows, at most MOST_COUNTED."""
        return min(self._counted, MOST_COUNTED)

    @property
    def has_more(self) -> bool:
        """True if there are more rows than were counted."""
        return self._counted > MOST_COUNTED

    @cached_property
    def _counted(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by().values("pk")[: MOST_COUNTED + 1].count()


class BoundedChangeList(ChangeList):
    """Says how many rows a search found, beside its field, only where that is known."""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Return what is filtered by. Raises IncorrectLookupParameters for a NUL: PostgreSQL takes none."""
        filters: dict[str, Any] = super().get_filters_params(params)
        if any("\0" in text for texts in filters.values() for text in texts):
            raise IncorrectLookupParameters
        return filters

    def get_results(self, request: HttpRequest) -> None:
        """Read the rows of the page."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        cast("ReadingAdmin", self.model_admin).complete(self.result_list)
        is_narrowed = self.query or self.has_active_filters
        if not is_narrowed or cast("BoundedPaginator", self.paginator).has_more:
            # Where both counts agree, Django shows neither.
            self.full_result_count = self.result_count


class ReadingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shows records; nothing can be added or changed."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 30
    # Shows the search field; what it finds is get_search_results' business.
    search_fields = ("id",)

    class Media:
        """What the lists and the transcript look like."""

        css = {"all": ("chat/css/admin.css",)}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return what makes the list."""
        return BoundedChangeList

    def complete(self, rows: Sequence[Any]) -> None:
        """Add to the rows of a page what the list shows besides their own fields."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes what was not said."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes what was said."""
        return False

    @admin.display(description=_("id"), ordering="pk")
    def short_id(self, record: Any) -> str:
        """As much of the id as tells the rows of a page apart."""
        return str(record.pk)[:8]


def as_uuid(text: str) -> UUID | None:
    """Return the uuid that is written there, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
