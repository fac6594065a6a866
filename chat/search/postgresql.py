"""Search in PostgreSQL: a GIN index over the terms as a text-search vector."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from chat.search.backends import Place, Position, SearchIndex
from chat.search.entries import read_places
from chat.search.scopes import scoped
from chat.search.words import is_beginning

# The expression of the index, as migration 0009 made it. The terms are folded already, which is all that the
# configuration 'simple' would do to them; its parser would take some of them apart.
VECTOR = "array_to_tsvector(string_to_array(terms, ' '))"

# Read apart: for the sake of LIMIT the planner would else walk through everything in order of time.
_SOURCE = f"""
    WITH matching AS MATERIALIZED (
        SELECT id, conversation_id, message_id, said_at FROM chat_searchentry WHERE {VECTOR} @@ %s::tsquery
    )
    SELECT * FROM matching
"""  # noqa: S608


class PostgreSQLIndex(SearchIndex):
    """Finds by one look into the index; what it costs depends on how much of the member's matches."""

    @transaction.atomic
    def find(
        self, owner_id: Any, terms: Sequence[str], *, after: Position | None, length: int
    ) -> Sequence[Place]:
        """Return the next places."""
        # A term has letters and digits only: nothing in it ends the quotes.
        parts = zip(terms, scoped(owner_id, terms), strict=True)
        query = " & ".join(f"'{inside}':*" if is_beginning(term) else f"'{inside}'" for term, inside in parts)
        with connection.cursor() as cursor:
            # How often a beginning of a word is there nobody can guess; a guess of "often" would read it all.
            cursor.execute("SET LOCAL enable_seqscan = off")
        return read_places(_SOURCE, "true", [query], after=after, length=length)
