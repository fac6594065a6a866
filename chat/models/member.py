"""The site's users, whom the app calls members: their rows are there to be locked."""

from typing import Any

from django.contrib.auth import get_user_model


def lock_member(user: Any) -> None:
    """Let transactions that count what one member has happen one after another. Needs a transaction.

    SQLite has no row locks, and needs none: it has one writer at a time.
    """
    get_user_model()._default_manager.select_for_update(no_key=True).get(pk=user.pk)
