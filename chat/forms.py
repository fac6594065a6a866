"""What people may send: one validation for JSON, HTML forms and the WebSocket."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext_lazy as _

from chat.conf import chat_settings
from chat.exceptions import InvalidInput
from chat.model_choice import LONGEST_MODEL_NAME
from chat.models import Feedback
from chat.models.saved_prompt import NAME_CHARACTERS, TEXT_CHARACTERS
from chat.protocol.sse import MAX_SEQ, position_from
from chat.runs.listing import Action
from chat.runs.queueing import NewAnswer
from chat.runs.turns import NewTurn

F = TypeVar("F", bound=forms.Form)

# Conversations that are changed by one request.
MOST_AT_ONCE = 100

COMMENT_CHARACTERS = 2_000
# A page says what it likes: what is absurd must not spoil the averages.
MOST_REPORTED_MS = 3_600_000
MOST_REPORTED = 10_000
LONGEST_SHARE_DAYS = 365
_SURROGATE = re.compile("[\ud800-\udfff]")


class PlainTextField(forms.CharField):
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


class StrictUUIDField(forms.UUIDField):
    """An id; not made of other types."""

    def to_python(self, value: Any) -> Any:
        """Refuse what is neither a text nor an id."""
        if value is not None and not isinstance(value, (str, UUID)):
            raise ValidationError(_("This must be an id."), code="wrong_type")
        return super().to_python(value)


class StrictBooleanField(forms.Field):
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


class StrictUUIDListField(forms.Field):
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


class TurnForm(forms.Form):
    """A member's message."""

    content = PlainTextField()
    client_message_id = ClickField()
    parent = StrictUUIDField(required=False)
    assistant = PlainTextField(required=False, max_length=64)
    model = ModelField()
    attachments = StrictUUIDListField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        longest = chat_settings().MAX_MESSAGE_CHARACTERS
        # A file may speak for itself.
        self.fields["content"] = PlainTextField(max_length=longest, required=not self.data.get("attachments"))

    def turn(self) -> NewTurn:
        """Return what was sent. Call it on a valid form."""
        return NewTurn(
            content=self.cleaned_data["content"],
            client_message_id=self.cleaned_data["client_message_id"],
            parent_id=self.cleaned_data["parent"],
            # None was said; left out, or a form's empty field, means the end of the shown path.
            is_first="parent" in self.data and self.data["parent"] is None,
            assistant=self.cleaned_data["assistant"],
            model=self.cleaned_data["model"],
            attachments=self.cleaned_data["attachments"],
        )


class SeveralForm(forms.Form):
    """What to do to several conversations at once."""

    ids = forms.Field()
    action = forms.ChoiceField(choices=[(action.value, action.value) for action in Action])

    def clean_ids(self) -> list[UUID]:
        """Some ids, each once."""
        ids = self.cleaned_data["ids"]
        if not isinstance(ids, list):
            raise ValidationError(_("This must be a list of ids."), code="wrong_type")
        if len(ids) > MOST_AT_ONCE:
            raise ValidationError(_("Choose at most %d conversations.") % MOST_AT_ONCE, code="too_many")
        one = StrictUUIDField()
        return list(dict.fromkeys(one.clean(item) for item in ids))

    def clean_action(self) -> Action:
        """Return the action itself."""
        return Action(self.cleaned_data["action"])


class NewConversationForm(forms.Form):
    """A conversation, before anything is said in it."""

    assistant = PlainTextField(required=False, max_length=64)
    temporary = StrictBooleanField(required=False)
    client_id = ClickField(required=False)


class ConversationForm(forms.Form):
    """Changes to a conversation; what is left out stays."""

    title = PlainTextField(required=False, max_length=200)
    pinned = StrictBooleanField(required=False)
    archived = StrictBooleanField(required=False)

    def clean_title(self) -> str:
        """A title that is given must say something."""
        title: str = " ".join(self.cleaned_data["title"].split())
        if "title" in self.data and not title:
            raise ValidationError(self.fields["title"].error_messages["required"], code="required")
        return title

    def changes(self) -> dict[str, Any]:
        """Return the fields to set."""
        given = {name: self.cleaned_data[name] for name in self.fields if self.data.get(name) is not None}
        return {**given, "title_is_own": True} if "title" in given else given


class ContinueForm(forms.Form):
    """The rest of an answer that was cut."""

    client_message_id = ClickField(required=False)

    def answer(self) -> NewAnswer:
        """Return what was asked for. Call it on a valid form."""
        return NewAnswer(**self.cleaned_data)


class RegenerateForm(ContinueForm):
    """Another answer, perhaps of another assistant or model."""

    assistant = PlainTextField(required=False, max_length=64)
    model = ModelField()


class MessageForm(forms.Form):
    """Which message is meant, over the WebSocket."""

    message = StrictUUIDField()


class SelectForm(forms.Form):
    """Which of its siblings to show: the message itself, the one before it or the one after it."""

    step = forms.Field(required=False)

    def clean_step(self) -> int:
        """One of -1, 0 and 1; 0 if left out."""
        step = self.cleaned_data["step"]
        if step is None:
            return 0
        if type(step) is not int or step not in (-1, 0, 1):
            raise ValidationError(_("This must be -1, 0 or 1."), code="wrong_type")
        return step


class BranchForm(forms.Form):
    """A new conversation that begins as another one did."""

    client_id = ClickField(required=False)


class SavedPromptForm(forms.Form):
    """A text that a member keeps, and its name."""

    name = PlainTextField(max_length=NAME_CHARACTERS)
    text = PlainTextField(max_length=TEXT_CHARACTERS)

    def clean_name(self) -> str:
        """A name is one line."""
        return " ".join(self.cleaned_data["name"].split())


class CancelForm(forms.Form):
    """Which run to stop, over the WebSocket."""

    run = StrictUUIDField()


class FollowForm(forms.Form):
    """Which run to follow, and from where; without a run the one that answers now."""

    run = StrictUUIDField(required=False)
    after = forms.Field(required=False)

    def clean_after(self) -> int:
        """What is no position counts as none, as over HTTP."""
        after = self.cleaned_data["after"]
        return after if type(after) is int and 0 <= after <= MAX_SEQ else 0


class FeedForm(forms.Form):
    """What a tab shows and has: of a conversation, a run up to a position; of all others, until when."""

    conversation = StrictUUIDField(required=False)
    run = StrictUUIDField(required=False)
    after = forms.CharField(required=False)
    since = forms.CharField(required=False, max_length=64)

    def clean_after(self) -> int:
        """What is no position counts as none."""
        return position_from(self.cleaned_data["after"])

    def clean_since(self) -> datetime | None:
        """What is no time with a zone counts as none."""
        try:
            since = parse_datetime(self.cleaned_data["since"])
        except ValueError:
            return None
        return since if since is not None and is_aware(since) else None


class FeedbackForm(forms.Form):
    """A member's thumb; no rating takes it back."""

    rating = forms.Field(required=False)
    reasons = forms.Field(required=False)
    comment = PlainTextField(required=False, max_length=COMMENT_CHARACTERS)

    def clean_rating(self) -> int | None:
        """One of 1, -1 and null."""
        rating = self.cleaned_data["rating"]
        if isinstance(rating, bool) or rating not in (1, -1, None):
            raise ValidationError(_("This must be 1, -1 or null."), code="wrong_type")
        return None if rating is None else int(rating)

    def clean_reasons(self) -> list[str]:
        """Reasons that go with the rating, each once."""
        reasons = self.cleaned_data["reasons"] or []
        fitting = Feedback.REASONS.get(self.cleaned_data.get("rating") or 0, ())
        if not isinstance(reasons, list) or any(one not in fitting for one in reasons):
            raise ValidationError(_("These are not reasons for this rating."), code="wrong_type")
        return [reason.value for reason in fitting if reason in reasons]


class StrictCountField(forms.Field):
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


class ShareForm(forms.Form):
    """A conversation to show to whoever has a link; without days the link does not expire."""

    conversation = StrictUUIDField()
    expires_in_days = StrictCountField(least=1, most=LONGEST_SHARE_DAYS, required=False)
    with_name = StrictBooleanField(required=False)


class ReportForm(forms.Form):
    """How an answer came to a page; without a wait where it had begun before."""

    ttft_ms = StrictCountField(most=MOST_REPORTED_MS, required=False)
    stalls = StrictCountField(most=MOST_REPORTED)
    reconnects = StrictCountField(most=MOST_REPORTED)

    def changes(self) -> dict[str, int | None]:
        """Return the run's fields to set."""
        return {f"client_{name}": self.cleaned_data[name] for name in self.fields}


def valid(form_class: type[F], data: Mapping[str, Any]) -> F:
    """Return the form, filled in. Raises InvalidInput with the errors of each field."""
    form = form_class(data)
    if not form.is_valid():
        raise InvalidInput(
            f"{form_class.__name__} refused",
            fields={name: [str(error) for error in errors] for name, errors in form.errors.items()},
        )
    return form
