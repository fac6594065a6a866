"""How a member's prompts are stored: so many, each under a name of its own."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chat.conf import chat_settings
from chat.exceptions import InvalidInput
from chat.models import SavedPrompt
from chat.models.member import lock_member


@transaction.atomic
def record_prompt(owner: Any, *, name: str, text: str) -> SavedPrompt:
    """Store a new prompt. Raises InvalidInput for a name that is taken, and where there are too many."""
    most = chat_settings().MAX_SAVED_PROMPTS
    lock_member(owner)
    if SavedPrompt.objects.filter(owner=owner).count() >= most:
        raise InvalidInput(fields={"__all__": [_("You have %d saved prompts, and no more fit.") % most]})
    return _stored(SavedPrompt(owner=owner, name=name, text=text))


def record_change(prompt: SavedPrompt, *, name: str, text: str) -> SavedPrompt:
    """Store a prompt's new name and text. Raises InvalidInput for a name that is taken."""
    prompt.name, prompt.text = name, text
    return _stored(prompt)


def _stored(prompt: SavedPrompt) -> SavedPrompt:
    try:
        with transaction.atomic():
            prompt.save()
    except IntegrityError as error:
        taken = {"name": [_("You have a prompt of this name already.")]}
        raise InvalidInput("name taken", fields=taken) from error
    return prompt
