"""The document of the doctor names every check, and no other."""

import re

from tests.serving import ROOT

DOCUMENT = (ROOT / "docs/doctor.md").read_text(encoding="utf-8")


def test_every_check_is_documented_and_no_other() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "chat/doctor").glob("*.py"))
    made = set(re.findall(r'\b(?:ok|warning|problem|skipped|gaps)\(\s*"([a-z-]+)"', sources))
    made |= set(re.findall(r'^CHECK = "([a-z-]+)"', sources, re.MULTILINE))

    table = DOCUMENT.partition("## What it looks at")[2]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)) == made


def test_every_option_is_documented_and_no_other() -> None:
    command = (ROOT / "chat/management/commands/chat_doctor.py").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `(--[a-z]+)", DOCUMENT, re.MULTILINE)) == set(
        re.findall(r'add_argument\(\s*"(--[a-z]+)"', command)
    )
