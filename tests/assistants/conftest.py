"""A folder of assistants that a test fills, and that the settings name."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

WriteFile = Callable[[str, str | bytes], Path]
PERSONA = "name: Guide\nsystem_prompt: You guide.\n"


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    folder = tmp_path / "assistants"
    (folder / "questions").mkdir(parents=True)
    settings.CHAT = {**settings.CHAT, "ASSISTANT_DIRS": [folder]}
    return folder


@pytest.fixture
def write(folder: Path) -> WriteFile:
    """Write a file into the folder of assistants."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file
