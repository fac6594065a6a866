"""What an assistant is, and what it tells the model."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import formats, translation

# One text, or a text for each language.
Translatable = str | Mapping[str, str]
FALLBACK_LANGUAGE = "en"
MOST_NAME_CHARACTERS = 150
VARIABLES = frozenset({"date", "user_name", "questions"})
VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of an interview, and what a good answer shows."""

    id: str
    question: str
    points: Sequence[str]
    follow_up: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """A persona from a YAML file; ``version`` names the file and its content."""

    key: str
    names: Translatable
    descriptions: Translatable
    system_prompt: str
    version: str
    model: str = ""
    parameters: Mapping[str, float | int] = field(default_factory=dict)
    starter_questions: Sequence[Translatable] = ()
    questions: Sequence[Question] = ()

    @property
    def name(self) -> str:
        """The name in the current language."""
        return translated(self.names)

    @property
    def description(self) -> str:
        """What the assistant is good for, in the current language."""
        return translated(self.descriptions)

    @property
    def starters(self) -> Sequence[str]:
        """Questions to begin with, in the current language."""
        return [translated(starter) for starter in self.starter_questions]


def translated(text: Translatable) -> str:
    """Return the text in the current language, else in English, else in the first that there is."""
    if isinstance(text, str):
        return text
    language = translation.get_language() or FALLBACK_LANGUAGE
    for wanted in (language, language.split("-")[0], FALLBACK_LANGUAGE):
        if wanted in text:
            return text[wanted]
    return next(iter(text.values()))


def render_system_prompt(assistant: Assistant, *, user_name: str, now: datetime) -> str:
    """Return the instructions with their variables filled in.

    One pass: a member's name that looks like a variable stays what it is. It is one line of bounded
    length, so that it cannot pose as an instruction of its own.
    """
    values = {
        "date": formats.date_format(now, "Y-m-d"),
        "user_name": " ".join(user_name.split())[:MOST_NAME_CHARACTERS],
        "questions": _as_text(assistant.questions),
    }
    return VARIABLE.sub(lambda found: values[found.group(1)], assistant.system_prompt).strip()


def _as_text(questions: Sequence[Question]) -> str:
    blocks = []
    for number, question in enumerate(questions, start=1):
        lines = [f"{number}. {question.question}"]
        lines += [f"   - a good answer shows: {point}" for point in question.points]
        if question.follow_up:
            lines.append(f"   - follow up with: {question.follow_up}")
        blocks.append("\n".join(lines))
    return "\n".join(blocks)
