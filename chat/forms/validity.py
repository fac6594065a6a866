"""One way to fill in a form, for all doors."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django import forms

from chat.exceptions import InvalidInput

F = TypeVar("F", bound=forms.Form)


def valid(form_class: type[F], data: Mapping[str, Any]) -> F:
    """Return the form, filled in. Raises InvalidInput with the errors of each field."""
    form = form_class(data)
    if not form.is_valid():
        raise InvalidInput(
            f"{form_class.__name__} refused",
            fields={name: [str(error) for error in errors] for name, errors in form.errors.items()},
        )
    return form
