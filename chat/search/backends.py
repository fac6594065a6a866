"""The port that a database's index fills, and which of them this site has."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.module_loading import import_string

_BY_VENDOR = {
    "postgresql": "chat.search.postgresql.PostgreSQLIndex",
    "sqlite": "chat.search.sqlite.SQLiteIndex",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a place stands in the order of all that was found: titles first, then the newest."""

    is_title: bool
    said_at: datetime
    key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was found: a message, or the title of the conversation."""

    position: Position
    conversation_id: UUID
    message_id: UUID | None


class SearchIndex(ABC):
    """Finds the entries that have all of some terms, each as the beginning of a word."""

    @abstractmethod
    def find(
        self, owner_id: Any, terms: Sequence[str], *, after: Position | None, length: int
    ) -> Sequence[Place]:
        """Return the next places after a position, at most ``length``; fewer only where there are no more."""

    @property
    def has_entries(self) -> bool:
        """True if it looks in SearchEntry, which has to be kept up to date then."""
        return True


@cache
def index_of(vendor: str) -> SearchIndex:
    """Return the index that a database of this vendor has."""
    path = _BY_VENDOR.get(vendor, "chat.search.scanning.NoIndex")
    found: SearchIndex = import_string(path)()
    return found


def current_index() -> SearchIndex:
    """Return the index of the site's database."""
    return index_of(connection.vendor)
