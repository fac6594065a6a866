"""What can be looked up in the documents is there, and is true."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from chat.conf import BackendSetting, ChatSettings
from chat.exceptions import RUN_ERRORS, ChatError
from chat.protocol import events

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
EVENT_TYPES = ["start", "sources", "step", "token", "snapshot", "title", "done", "error"]


def read(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("field", fields(ChatSettings), ids=lambda field: str(field.name))
def test_every_setting_is_documented_with_its_default(field: object) -> None:
    name = field.name  # type: ignore[attr-defined]
    default = getattr(ChatSettings(), name)
    if isinstance(default, BackendSetting):
        default = default.BACKEND
    elif hasattr(default, "items"):
        default = dict(default)
    shown = default if isinstance(default, str) else repr(default)

    assert f"| `{name}` | `{shown}` |" in read("docs/settings.md")


def test_every_check_is_documented() -> None:
    used = set(re.findall(r"chat\.[EW][0-9]{3}", read("chat/checks.py")))

    assert used
    assert used == set(re.findall(r"`(chat\.[EW][0-9]{3})` \|", read("docs/settings.md")))


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_event_is_documented_with_its_fields(name: str) -> None:
    fact = getattr(events, name.capitalize())
    row = next(line for line in read("docs/protocol.md").splitlines() if line.startswith(f"| `{name}` |"))

    for field in fields(fact):
        assert f"`{field.name}`" in row


@pytest.mark.parametrize("code", RUN_ERRORS)
def test_every_code_of_a_run_is_documented(code: str) -> None:
    assert f"| `{code}` |" in read("docs/protocol.md")


def test_every_code_of_a_refusal_is_documented() -> None:
    def tree(error: type[ChatError]) -> list[type[ChatError]]:
        return [error, *(deeper for child in error.__subclasses__() for deeper in tree(child))]

    shown = read("docs/protocol.md")
    refusals = {error for error in tree(ChatError) if 400 <= error.http_status < 500}
    for error in refusals - {one for one in refusals if one.code == "conflict"}:
        assert f"`{error.code}`" in shown


def test_every_signal_is_documented() -> None:
    for name in re.findall(r"^(\w+) = Signal\(", read("chat/signals.py"), re.MULTILINE):
        assert f"`chat.signals.{name}`" in read("docs/extending.md")


def test_every_block_is_documented() -> None:
    blocks = set(re.findall(r"{% block (\w+) %}", read("chat/templates/chat/base.html")))

    assert blocks == set(re.findall(r"^\| `(\w+)` \|", read("docs/embedding.md"), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_the_commands_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))

    assert set(re.findall(r"make ([a-z-]+)", read("README.md"))) <= targets
