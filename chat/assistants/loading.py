"""Finds the assistants' files and reads each once."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.core.signals import setting_changed
from django.dispatch import receiver

from chat.assistants.persona import Assistant
from chat.assistants.validation import read_persona
from chat.conf import chat_settings
from chat.exceptions import AssistantError

SHIPPED = Path(__file__).parent / "default"
# A persona is a page of text; whatever is larger is not one.
MOST_BYTES = 256 * 1024


def get_assistant(key: str) -> Assistant:
    """Return the assistant with this key. Raises AssistantError if there is none."""
    assistant = load_assistants().get(key)
    if assistant is None:
        raise AssistantError(f"there is no assistant called {key!r}")
    return assistant


@cache
def load_assistants() -> Mapping[str, Assistant]:
    """Return all assistants by key, the default one first. Raises AssistantError."""
    found: dict[str, Assistant] = {}
    for folder in (SHIPPED, *map(Path, chat_settings().ASSISTANT_DIRS)):
        for path in persona_files(folder):
            found[path.stem] = load_file(path)
    default = chat_settings().DEFAULT_ASSISTANT
    if default not in found:
        raise AssistantError(f"CHAT['DEFAULT_ASSISTANT'] names {default!r}, and there is no such file")
    return {default: found.pop(default), **found}


def persona_files(folder: Path) -> list[Path]:
    """Return the folder's persona files, in order. Raises AssistantError if it is no folder."""
    if not folder.is_dir():
        raise AssistantError(f"{folder} is not a folder")
    return sorted(folder.glob("*.yaml"))


def load_file(path: Path) -> Assistant:
    """Read one persona and the questions that it names. Raises AssistantError."""
    content = _read(path)
    digest = hashlib.sha256(content)

    def read_questions(name: str) -> bytes:
        beside = path.parent / "questions" / name
        if beside.parent.resolve() not in beside.resolve().parents:
            raise AssistantError(f"{path.name}: questions must be a file in the folder questions beside it")
        questions = _read(beside)
        digest.update(questions)
        return questions

    fields = read_persona(path.name, content, read_questions)
    return Assistant(key=path.stem, version=f"{path.name}@{digest.hexdigest()[:12]}", **fields)


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AssistantError(f"{path.name}: cannot be read ({error.strerror})") from error
    if len(content) > MOST_BYTES:
        raise AssistantError(f"{path.name}: is larger than {MOST_BYTES} bytes")
    return content


@receiver(setting_changed)
def _forget_assistants(*, setting: str, **_kwargs: object) -> None:
    if setting == "CHAT":
        load_assistants.cache_clear()
