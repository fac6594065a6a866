"""What members do with conversations, one or several, and with their saved prompts."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chat.forms.fields import (
    ClickField,
    PlainTextField,
    StrictBooleanField,
    StrictCountField,
    StrictUUIDField,
)
from chat.models.saved_prompt import NAME_CHARACTERS, TEXT_CHARACTERS
from chat.runs.listing import Action

# Conversations that are changed by one request.
MOST_AT_ONCE = 100
LONGEST_SHARE_DAYS = 365


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
        is_given = self.data.get("title") is not None
        if is_given and not any(one.isprintable() and not one.isspace() for one in title):
            raise ValidationError(_("A title needs at least one letter, digit or sign."), code="required")
        return title

    def changes(self) -> dict[str, Any]:
        """Return the fields to set."""
        given = {name: self.cleaned_data[name] for name in self.fields if self.data.get(name) is not None}
        return {**given, "title_is_own": True} if "title" in given else given


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


class ShareForm(forms.Form):
    """A conversation to show to whoever has a link; without days the link does not expire."""

    conversation = StrictUUIDField()
    expires_in_days = StrictCountField(least=1, most=LONGEST_SHARE_DAYS, required=False)
    with_name = StrictBooleanField(required=False)


class SavedPromptForm(forms.Form):
    """A text that a member keeps, and its name."""

    name = PlainTextField(max_length=NAME_CHARACTERS)
    text = PlainTextField(max_length=TEXT_CHARACTERS)

    def clean_name(self) -> str:
        """A name is one line."""
        return " ".join(self.cleaned_data["name"].split())
