"""Terms of one member: each begins with a scope, so that a search reads nobody else's part of the index.

Without it a frequent word would cost every member what all members wrote.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

# PostgreSQL takes a megabyte for the terms of one text, with two bytes more for each.
MOST_BYTES = 600_000


def scope_of(owner_id: Any) -> str:
    """Return what the member's terms begin with. Two members may share one: it is no guard, only a filter."""
    return blake2b(str(owner_id).encode(), digest_size=4).hexdigest()


def scoped(owner_id: Any, terms: Iterable[str]) -> Sequence[str]:
    """Return the different terms with the scope, as many as the index takes."""
    scope = scope_of(owner_id)
    found: list[str] = []
    size = 0
    for term in dict.fromkeys(terms):
        size += len(scope) + len(term.encode()) + 3
        if size > MOST_BYTES:
            break
        found.append(scope + term)
    return found
