"""Finds the assistants' files and reads each once."""

import hashlib
import re
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
# Goes into addresses and into columns of 64 characters.
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


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
    """Return the folder's persona files, in order. Raises AssistantError if one would be overlooked."""
    if not folder.is_dir():
        raise AssistantError(f"{folder} is not a folder")
    for path in sorted(folder.glob("*.yml")):
        raise AssistantError(f"{path.name}: the name must end in .yaml")
    return sorted(folder.glob("*.yaml"))


def load_file(path: Path) -> Assistant:
    """Read one persona and the questions that it names. Raises AssistantError."""
    if not KEY.fullmatch(path.stem):
        raise AssistantError(
            f"{path.name}: the name must be of at most 64 letters (a to z), digits, hyphens and underscores"
        )
    content = _read(path, path.name)
    digest = hashlib.sha256(content)

    def read_questions(name: str) -> bytes:
        folder = (path.parent / "questions").resolve()
        # A NUL is no path at all.
        if "\0" in name or folder not in (folder / name).resolve().parents:
            raise AssistantError(f"{path.name}: questions must be a file in the folder questions beside it")
        questions = _read(folder / name, f"questions/{name}")
        digest.update(questions)
        return questions

    fields = read_persona(path.name, content, read_questions)
    return Assistant(key=path.stem, version=f"{path.name}@{digest.hexdigest()[:12]}", **fields)


def _read(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise AssistantError(f"{name}: cannot be read ({error.strerror})") from error
    if len(content) > MOST_BYTES:
        raise AssistantError(f"{name}: is larger than {MOST_BYTES} bytes")
    return content


@receiver(setting_changed)
def _forget_assistants(*, setting: str, **_kwargs: object) -> None:
    if setting == "CHAT":
        load_assistants.cache_clear()
