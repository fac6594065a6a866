"""A storage of the test's own, in which uploads can be looked at."""

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture
def storage(settings: Settings, tmp_path: Path) -> Path:
    """Keep files in a folder of the test, and have a model that can look at images."""
    settings.STORAGES = {
        **settings.STORAGES,
        "files": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }
    settings.CHAT = {**settings.CHAT, "ATTACHMENT_STORAGE": "files", "VISION": True}
    return tmp_path


def kept_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
