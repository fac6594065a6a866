"""Texts to translate: those that the sources mark, and those that a .po file has."""

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).parent.parent
# Where a catalogue's texts come from: its folder, and the folders of Python files and of templates.
SOURCES = {
    ROOT / "chat/locale": ("chat",),
    ROOT / "locale": ("chatproject", "templates"),
}
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}

_LITERAL = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_MARKED = re.compile(rf"\b(?:_|n?gettext)\(\s*{_LITERAL}")
_LINE = re.compile(r'^(msgid_plural|msgid|msgstr|msgctxt)(?:\[(\d)\])? (".*")$')


@dataclass(slots=True, kw_only=True)
class Entry:
    """A text and its translations, one for each plural form of the language."""

    msgid: str = ""
    plural: str = ""
    translations: dict[int, str] = field(default_factory=dict)
    is_fuzzy: bool = False


def marked_texts(folders: tuple[str, ...]) -> set[str]:
    """Return what the sources below the folders mark for translation."""
    found: set[str] = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            found |= set(_marked_in_python(path.read_text(encoding="utf-8")))
        for path in [*(ROOT / folder).rglob("*.html"), *(ROOT / folder).rglob("*.txt")]:
            code = templatize(path.read_text(encoding="utf-8"))
            found |= {ast.literal_eval(literal) for literal in _MARKED.findall(code)}
    return {text for text in found if text}


def _marked_in_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in MARKS:
            continue
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def entries_of(path: Path) -> list[Entry]:
    """Return the entries of a .po file, without its header."""
    entries, entry, part = [Entry()], Entry(), ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#, ") and "fuzzy" in line:
            entry.is_fuzzy = True
        elif match := _LINE.match(line):
            part = match[1] if match[1] != "msgstr" else f"msgstr{match[2] or 0}"
            _extend(entry, part, ast.literal_eval(match[3]))
        elif line.startswith('"'):
            _extend(entry, part, ast.literal_eval(line))
        elif not line.strip():
            entries.append(entry)
            entry = Entry()
    return [one for one in [*entries, entry] if one.msgid]


def _extend(entry: Entry, part: str, text: str) -> None:
    if part == "msgid":
        entry.msgid += text
    elif part == "msgid_plural":
        entry.plural += text
    elif part.startswith("msgstr"):
        number = int(part.removeprefix("msgstr"))
        entry.translations[number] = entry.translations.get(number, "") + text


def compiled(path: Path) -> gettext.GNUTranslations:
    """Return the .mo file beside a .po file."""
    with path.with_suffix(".mo").open("rb") as file:
        return gettext.GNUTranslations(file)
