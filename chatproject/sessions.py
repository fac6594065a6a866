"""Sessions in the database, as Django keeps them, read with a statement that is written once."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from chat.statements import Selection, Slot

_UNEXPIRED = Selection(
    lambda: Session.objects.filter(
        session_key=Slot("key", CharField()), expire_date__gt=Slot("now", DateTimeField())
    ).values_list("session_data")
)


class SessionStore(db.SessionStore):
    """Every request reads one: here that costs a fifth."""

    def __init__(self, session_key: str | None = None) -> None:
        """Take a key that can be one; a cookie may hold anything, also a NUL, which PostgreSQL refuses."""
        is_key = session_key is not None and session_key.isascii() and session_key.isalnum()
        super().__init__(session_key if is_key else None)

    def load(self) -> dict[str, Any]:
        """Return what the session holds; nothing, and no key, if there is none any more."""
        for (data,) in _UNEXPIRED.rows(key=self.session_key, now=timezone.now()):
            return self.decode(data)
        self._session_key = None
        return {}
