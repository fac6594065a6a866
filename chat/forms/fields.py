"""Fields that take what they say, and make it of nothing else."""

import re
from copy import copy
from typing import Any, Self
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from chat.conf import chat_settings
from chat.model_choice import LONGEST_MODEL_NAME

_SURROGATE = re.compile("[\ud800-\udfff]")


class UndrawnField(forms.Field):
    """A field of a form that is only filled in: what draws it is the same for all copies of it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Each form copies its fields: half of what filling one in costs.
        copied = copy(self)
        copied.validators = self.validators[:]
        return copied


class PlainTextField(UndrawnField, forms.CharField):
    """A text as it was written. NUL and lone surrogates, which no database takes, are refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> str:
        """Refuse what is no text: Django would make one of anything."""
        if value is not None and not isinstance(value, str):
            raise ValidationError(_("This must be a text."), code="wrong_type")
        text: str = super().to_python(value) or ""
        if _SURROGATE.search(text):
            raise ValidationError(_("This holds characters that are not allowed."), code="surrogates")
        return text

    def clean(self, value: Any) -> str:
        """Treat a text of nothing but spaces as empty."""
        text: str = super().clean(value)
        if self.required and not text.strip():
            raise ValidationError(self.error_messages["required"], code="required")
        return text


class StrictUUIDField(UndrawnField, forms.UUIDField):
    """An id; not made of other types."""

    def to_python(self, value: Any) -> Any:
        """Refuse what is neither a text nor an id."""
        if value is not None and not isinstance(value, (str, UUID)):
            raise ValidationError(_("This must be an id."), code="wrong_type")
        return super().to_python(value)


class StrictBooleanField(UndrawnField):
    """True or false, or left out."""

    def to_python(self, value: Any) -> bool | None:
        """Refuse what merely looks true."""
        if value is not None and not isinstance(value, bool):
            raise ValidationError(_("This must be true or false."), code="wrong_type")
        return value


class ClickField(PlainTextField):
    """The id that a client made for a click."""

    def __init__(self, **options: Any) -> None:
        is_id = RegexValidator(r"\A[A-Za-z0-9_-]+\Z", _("This is not an id."))
        super().__init__(max_length=64, validators=[is_id], **options)


class ModelField(PlainTextField):
    """A model's name; empty is the default one, and none at all what the conversation has."""

    def __init__(self) -> None:
        super().__init__(required=False, max_length=LONGEST_MODEL_NAME, empty_value=None)

    def clean(self, value: Any) -> Any:
        """Tell an empty name from none."""
        return "" if value == "" else super().clean(value)


class StrictUUIDListField(UndrawnField):
    """The ids of a message's files, each once."""

    def to_python(self, value: Any) -> tuple[UUID, ...]:
        """Refuse what is no list of ids, and more than the limit."""
        if value is None or value == "":
            return ()
        if not isinstance(value, list):
            raise ValidationError(_("This must be a list of ids."), code="wrong_type")
        most = chat_settings().MAX_ATTACHMENTS
        if len(value) > most:
            raise ValidationError(_("A message takes at most %d files.") % most, code="too_many")
        one = StrictUUIDField()
        return tuple(dict.fromkeys(one.clean(item) for item in value))


class StrictCountField(UndrawnField):
    """A whole number within bounds; not made of other types."""

    def __init__(self, *, most: int, least: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.least = least
        self.most = most

    def to_python(self, value: Any) -> int | None:
        """Refuse what is no number, and what no page can have seen."""
        if value is None or (type(value) is int and self.least <= value <= self.most):
            return value
        raise ValidationError(_("This must be a number within reason."), code="wrong_type")
