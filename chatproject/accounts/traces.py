"""Whether rows that have to outlive an account name it."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import PROTECT, RESTRICT, ForeignObjectRel, QuerySet


def leaves_traces(user: Any) -> bool:
    """True if the admin's log tells of the user, or a row protects theirs. Asked before anything is deleted.

    Who was a member of staff once may have both. Django would delete the log's entries, and refuse to delete
    the account only after all of its conversations were gone.
    """
    # With the relations that have no name on the user's side.
    relations = [
        one for one in user._meta.get_fields(include_hidden=True) if isinstance(one, ForeignObjectRel)
    ]
    return any(
        QuerySet(relation.related_model).filter(**{relation.field.name: user}).exists()
        for relation in relations
        if relation.on_delete in (PROTECT, RESTRICT) or relation.related_model is LogEntry
    )
