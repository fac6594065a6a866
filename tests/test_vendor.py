"""Vendored files are what vendor.json says, and nothing else is there."""

import hashlib
import json
from pathlib import Path

import pytest

VENDOR = Path(__file__).parent.parent / "chat" / "static" / "chat" / "vendor"
FILES = json.loads((VENDOR / "vendor.json").read_text())["files"]


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: str(entry["file"]))
def test_a_vendored_file_is_unchanged(entry: dict[str, str]) -> None:
    content = (VENDOR / entry["file"]).read_bytes()

    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    # Django's hashed static files fail on maps that are not there.
    assert b"sourceMappingURL" not in content
    assert entry["licence"] in {"MIT", "BSD-3-Clause"}


def test_every_vendored_file_is_accounted_for() -> None:
    found = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*.js")}

    assert found == {entry["file"] for entry in FILES}
