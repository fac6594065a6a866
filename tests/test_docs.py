"""What can be looked up in the documents is there, and is true."""

import json
import re
from collections.abc import Iterator
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import pytest

from chat.conf import BackendSetting, ChatSettings
from chat.exceptions import RUN_ERRORS, ChatError, RunError
from chat.protocol.events import Done, Error, Fact, Snapshot, Sources, Start, Step, Title, Token
from chat.providers.echo import EchoProvider
from chat.providers.openai import OpenAIProvider

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FACTS: list[type[Fact]] = [Start, Sources, Step, Token, Snapshot, Title, Done, Error]
each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix()
)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows(name: str) -> dict[str, str]:
    """Return a document's table rows by what their first cell names in code."""
    return rows_of(read(name))


def rows_of(text: str) -> dict[str, str]:
    return dict(re.findall(r"^\| `([^`]+)`(?:, `[^`]+`)* \|(.*)$", text, re.MULTILINE))


def settings_of_the_app() -> str:
    """Return the part above the demo site's variables, some of which have the same names."""
    return read("docs/settings.md").partition("A backend is")[0]


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)


def named_in(source: str, pattern: str) -> set[str]:
    found = {name for path in ROOT.glob(source) for name in re.findall(pattern, path.read_text("utf-8"))}
    assert found
    return found


@pytest.mark.parametrize("setting", fields(ChatSettings), ids=lambda setting: str(setting.name))
def test_every_setting_is_documented_with_its_default(setting: Field[Any]) -> None:
    default = getattr(ChatSettings(), setting.name)
    if isinstance(default, BackendSetting):
        default = default.BACKEND

    _, shown, meaning = rows_of(settings_of_the_app())[setting.name].split(" | ")

    assert shown == f"`{default}`"
    assert meaning


def test_no_setting_is_documented_that_does_not_exist() -> None:
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", settings_of_the_app(), re.MULTILINE)) == {
        setting.name for setting in fields(ChatSettings)
    }


@pytest.mark.parametrize("provider", [OpenAIProvider, EchoProvider])
def test_every_option_of_a_provider_is_documented(provider: type[Any]) -> None:
    _, _, section = read("docs/settings.md").partition(f"### `{provider.__module__}.{provider.__name__}`")
    section = section.partition("\n#")[0]

    for name in provider.__init__.__kwdefaults__:
        assert f"`{name}`" in section


def test_every_variable_of_the_demo_site_is_documented() -> None:
    used = named_in("chatproject/settings.py", r'env\.\w+\(\s*"(\w+)"')

    assert used <= rows("docs/settings.md").keys()


def test_every_check_is_documented_and_no_other() -> None:
    assert named_in("chat/checks.py", r'id="(chat\.[EW][0-9]{3})"') == rows("docs/checks.md").keys()


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: str(fact.type))
def test_every_event_is_documented_with_its_fields(fact: type[Fact]) -> None:
    row = rows("docs/protocol.md")[fact.type]

    for field in fields(fact):
        assert f"`{field.name}`" in row


@pytest.mark.parametrize("error", RUN_ERRORS.values(), ids=lambda error: str(error.code))
def test_every_code_of_a_run_is_documented(error: type[RunError]) -> None:
    retryable, meaning = rows("docs/protocol.md")[error.code].split(" | ")

    assert retryable.strip() == ("yes" if error.retryable else "no")
    assert meaning


def test_every_code_of_a_refusal_is_documented_with_its_status() -> None:
    def tree(error: type[ChatError]) -> Iterator[type[ChatError]]:
        yield error
        for child in error.__subclasses__():
            yield from tree(child)

    # What stands above others in the tree is not raised by itself.
    refusals = {(error.http_status, error.code) for error in tree(ChatError) if error.http_status != 500}
    refusals -= {(409, "conflict")}
    shown = re.findall(r"^\| (\d{3}) \| `(\w+)`", read("docs/protocol.md"), re.MULTILINE)

    assert {(int(status), code) for status, code in shown} == refusals


def test_every_address_is_documented() -> None:
    shown = read("docs/protocol.md")
    for address in named_in("chat/urls.py", r'path\("(api/[^"]*)"'):
        assert re.sub(r"<uuid:\w+>", "<id>", address) in shown
    for address in named_in("chat/routing.py", r'path\("([^"]+)"'):
        assert address.replace("<uuid:", "<") in shown


def test_every_frame_of_the_websocket_is_documented() -> None:
    consumer = "chat/consumers.py"
    for name in named_in(consumer, r'case "(\w+)":') | named_in(consumer, r'"type": "([\w-]+)"'):
        assert f'"type": "{name}"' in read("docs/protocol.md")


def test_every_signal_is_documented() -> None:
    signals = named_in("chat/signals.py", r"(?m)^(\w+) = Signal\(")

    assert {f"chat.signals.{name}" for name in signals} <= rows("docs/extending.md").keys()


def test_every_block_is_documented() -> None:
    used = named_in("chat/templates/chat/*.html", r"{% block (\w+) %}")

    table = read("docs/embedding.md").partition("| block | holds |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == used


def test_every_custom_property_that_is_documented_exists() -> None:
    shown = set(re.findall(r"--chat-[\w-]+", read("docs/embedding.md")))

    assert shown <= named_in("chat/static/chat/css/tokens.css", r"(--chat-[\w-]+):")


@each_document
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|mailto:)([^)#]+)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


@each_document
def test_every_example_can_be_read_by_a_machine(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for example in blocks("python", text):
        indent = len(example) - len(example.lstrip())
        compile(re.sub(rf"(?m)^ {{{indent}}}", "", example), str(document), "exec")
    for example in blocks("json", text):
        json.loads(example)


@each_document
def test_every_command_that_is_named_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    code = "\n".join([*blocks("sh", text), *re.findall(r"`(make [^`]+)`", text)])

    assert set(re.findall(r"\bmake ([a-z-]+)", code)) <= named_in("Makefile", r"(?m)^([a-z-]+):")


@each_document
def test_every_file_that_is_named_exists(document: Path) -> None:
    homes = [ROOT, ROOT / "chat", ROOT / "chat" / "templates"]
    named = r"`((?:chat|chatproject|tests|bench|docs|scripts|static|runs|protocol|views)/[\w./-]+)`"

    for name in re.findall(named, document.read_text(encoding="utf-8")):
        assert any((home / name).exists() for home in homes), name
