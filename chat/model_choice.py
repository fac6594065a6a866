"""A model that a site offers to its members: one entry of ``CHAT["MODELS"]``."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

LONGEST_MODEL_NAME = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """What members choose from, and what the app has to know of it."""

    name: str
    # What members read; empty means the name.
    label: str = ""
    # It can look at images.
    vision: bool = False
    # What a prompt to it may take; 0 is the setting PROMPT_TOKEN_BUDGET.
    prompt_token_budget: int = 0

    @property
    def shown(self) -> str:
        """What members read."""
        return self.label or self.name


def read_model_choices(value: Any) -> tuple[ModelChoice, ...]:
    """Return the entries. Raises TypeError or ValueError that say what is wrong."""
    if isinstance(value, (str, Mapping)):
        raise TypeError("must be a list of dicts with a name")
    choices = tuple(_choice(entry) for entry in value)
    names = [choice.name for choice in choices]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"names {twice[0]!r} twice")
    return choices


def _choice(entry: Any) -> ModelChoice:
    if not isinstance(entry, Mapping):
        raise TypeError("must be a list of dicts with a name")
    kinds = {one.name: one.type for one in fields(ModelChoice)}
    for key, value in entry.items():
        if key not in kinds:
            raise ValueError(f"has an unknown key {key!r}; known are {', '.join(kinds)}")
        if type(value) is not kinds[key]:
            raise TypeError(f"needs another type for {key!r} than {type(value).__name__}")
    name = entry.get("name", "")
    if not name.strip() or len(name) > LONGEST_MODEL_NAME:
        raise ValueError(f"needs a name of at most {LONGEST_MODEL_NAME} characters in each entry")
    if entry.get("prompt_token_budget", 0) < 0:
        raise ValueError(f"has a negative prompt_token_budget for {name!r}")
    return ModelChoice(**entry)
