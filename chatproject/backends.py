"""Accounts as Django keeps them, read with a statement that is written once."""

from typing import Any

from django.contrib.auth import backends, get_user_model
from django.core.exceptions import PermissionDenied

from chat.statements import Records, Slot

_MEMBER = Records(
    lambda: get_user_model()._default_manager.filter(pk=Slot("key", get_user_model()._meta.pk)).order_by()
)


class ModelBackend(backends.ModelBackend):
    """Every request asks who sent it: here that costs a third."""

    def authenticate(self, request: Any, **credentials: Any) -> Any:  # type: ignore[override]
        """Return who signs in. Raises PermissionDenied."""
        user = super().authenticate(request, **credentials)
        if user is None:
            # Django's own, which the settings name for the sessions that it began, would only hash once more.
            raise PermissionDenied
        return user

    def get_user(self, user_id: Any) -> Any:
        """Return who is signed in; nobody if they may not be any more."""
        return next((user for user in _MEMBER.found(key=user_id) if self.user_can_authenticate(user)), None)
