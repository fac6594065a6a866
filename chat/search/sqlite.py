"""Search in SQLite: an FTS5 table beside the entries, which triggers keep up to date.

Migration 0009 makes both.
"""

from collections.abc import Sequence
from typing import Any

from chat.search.backends import Place, Position, SearchIndex
from chat.search.entries import read_places
from chat.search.scopes import scoped
from chat.search.words import is_beginning

_SOURCE = "SELECT id, conversation_id, message_id, said_at FROM chat_searchentry"
_MATCHES = "id IN (SELECT rowid FROM chat_search_terms WHERE chat_search_terms MATCH %s)"


class SQLiteIndex(SearchIndex):
    """Finds by one look into the index; what it costs depends on how much of the member's matches."""

    def find(
        self, owner_id: Any, terms: Sequence[str], *, after: Position | None, length: int
    ) -> Sequence[Place]:
        """Return the next places."""
        # A term has letters and digits only: nothing in it ends the quotes, or is an operator.
        parts = zip(terms, scoped(owner_id, terms), strict=True)
        query = " AND ".join(
            f'"{inside}"*' if is_beginning(term) else f'"{inside}"' for term, inside in parts
        )
        return read_places(_SOURCE, _MATCHES, [query], after=after, length=length)
