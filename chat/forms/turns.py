"""What begins and follows an answer: turns, other answers, runs."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware

from chat.conf import chat_settings
from chat.forms.fields import (
    ClickField,
    ModelField,
    PlainTextField,
    StrictCountField,
    StrictUUIDField,
    StrictUUIDListField,
)
from chat.protocol.sse import MAX_SEQ, position_from
from chat.runs.queueing import NewAnswer
from chat.runs.turns import NewTurn

# A page says what it likes: what is absurd must not spoil the averages.
MOST_REPORTED_MS = 3_600_000
MOST_REPORTED = 10_000


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
        content = self.fields["content"]
        content.validators.append(MaxLengthValidator(chat_settings().MAX_MESSAGE_CHARACTERS))
        # A file may speak for itself.
        content.required = not self.data.get("attachments")

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


class ReportForm(forms.Form):
    """How an answer came to a page; without a wait where it had begun before."""

    ttft_ms = StrictCountField(most=MOST_REPORTED_MS, required=False)
    stalls = StrictCountField(most=MOST_REPORTED)
    reconnects = StrictCountField(most=MOST_REPORTED)

    def changes(self) -> dict[str, int | None]:
        """Return the run's fields to set."""
        return {f"client_{name}": self.cleaned_data[name] for name in self.fields}
