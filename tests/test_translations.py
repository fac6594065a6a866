"""Every text that people see is there in every language that is shipped, with the same places to fill in."""

import re
from pathlib import Path

import pytest

from tests.catalogues import SOURCES, Entry, compiled, entries_of, marked_texts

CATALOGUES = sorted(path for folder in SOURCES for path in folder.glob("*/LC_MESSAGES/django.po"))
PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]|{\w+}|</?\w+>")
each_catalogue = pytest.mark.parametrize(
    "catalogue", CATALOGUES, ids=lambda path: path.relative_to(path.parents[4]).as_posix()
)


def places(text: str) -> list[str]:
    """Return what is filled in, and the tags; their order may differ."""
    return sorted(PLACES.findall(text))


def test_korean_is_shipped_for_the_app_and_the_demo_site() -> None:
    assert {path.parents[1].name for path in CATALOGUES} == {"ko"}
    assert len(CATALOGUES) == 2


@each_catalogue
def test_no_text_is_missing_and_none_is_left_over(catalogue: Path) -> None:
    """`make messages` collects them."""
    marked = marked_texts(SOURCES[catalogue.parents[2]])

    assert {entry.msgid for entry in entries_of(catalogue)} == marked


@each_catalogue
def test_every_text_is_translated(catalogue: Path) -> None:
    untranslated = [
        entry.msgid
        for entry in entries_of(catalogue)
        if entry.is_fuzzy or not entry.translations or not all(entry.translations.values())
    ]

    assert untranslated == []


@each_catalogue
def test_a_translation_has_the_same_places_to_fill_in(catalogue: Path) -> None:
    def differs(entry: Entry) -> bool:
        return any(
            places(text) != places(entry.plural or entry.msgid) for text in entry.translations.values()
        )

    assert [entry.msgid for entry in entries_of(catalogue) if differs(entry)] == []


@each_catalogue
def test_what_is_compiled_is_what_was_translated(catalogue: Path) -> None:
    catalog = compiled(catalogue)

    for entry in entries_of(catalogue):
        if entry.plural:
            assert catalog.ngettext(entry.msgid, entry.plural, 2) == entry.translations[0]
        else:
            assert catalog.gettext(entry.msgid) == entry.translations[0]
