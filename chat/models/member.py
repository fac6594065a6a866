"""The site's users, whom the app calls members: their rows are there to be locked."""

from typing import Any

from django.contrib.auth import get_user_model

from chat.statements import Selection, Slot


def member_slot() -> Slot:
    """Return the place of a member's key in a statement."""
    return Slot("member", get_user_model()._meta.pk)


_LOCKED = Selection(
    lambda: (
        get_user_model()
        ._default_manager.select_for_update(no_key=True)
        .filter(pk=member_slot())
        .order_by()
        .values_list("pk")
    )
)


def lock_member(user: Any) -> None:
    """Let transactions that count what one member has happen one after another. Needs a transaction.

    SQLite has no row locks, and needs none: it has one writer at a time.
    """
    _LOCKED.rows(member=user.pk)
