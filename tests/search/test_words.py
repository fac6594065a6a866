"""What counts as a word, in texts and in what is looked for."""

import unicodedata

import pytest

from chat.search.excerpts import excerpt_of, marked
from chat.search.words import MOST_TERMS, fold, terms_in, wanted_from


def shown(text: str, typed: str) -> str:
    wanted = wanted_from(typed)
    assert wanted
    return "".join(f"[{piece}]" if is_marked else piece for piece, is_marked in excerpt_of(text, wanted))


@pytest.mark.parametrize(
    "text", ["Ångström ﬁ Ⅷ Ａ café", "서울에서", unicodedata.normalize("NFD", "서울 é"), "İß"]
)
def test_folding_leaves_every_character_in_its_place(text: str):
    assert len(fold(text)) == len(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Café, CAFÉ!", ["cafe", "cafe"]),
        ("snake_case it's a-b", ["snake", "case", "it", "s", "a", "b"]),
        ("東京都へ", ["東京", "京都", "都へ", "へ"]),
        ("GPT4로", ["gpt4로"]),
        ("! ? … \0", []),
    ],
)
def test_a_text_is_taken_apart_into_terms(text: str, terms: list[str]):
    assert list(terms_in(text)) == terms


@pytest.mark.parametrize("typed", ["", "   ", '"*()', "\0\0", "…!?-^:"])
def test_punctuation_alone_is_nothing_to_look_for(typed: str):
    assert wanted_from(typed) is None


def test_more_words_than_are_looked_for_are_cut():
    wanted = wanted_from(" ".join(f"word{number}" for number in range(5_000)))

    assert wanted
    assert len(wanted.terms) == MOST_TERMS
    assert wanted.is_cut


@pytest.mark.parametrize(
    ("text", "typed", "excerpt"),
    [
        ("We go to 서울에서 부산까지", "서울", "We go to [서울]에서 부산까지"),
        (unicodedata.normalize("NFD", "서울에서"), "서울", "[서울]에서"),
        ("Un café noir", "CAFE", "Un [café] noir"),
        ("東京都へ行く", "京都", "東[京都]へ行く"),
        ("the rest of the best", "best", "the rest of the [best]"),
        ("<mark>x</mark> **y** `z`", "mark y", "<[mark]>x</[mark]> [y] z"),
        ("# Head\n\n- item one\n- two", "item", "Head [item] one two"),
        ("no such thing", "other", "no such thing"),
    ],
)
def test_an_excerpt_marks_what_was_looked_for(text: str, typed: str, excerpt: str):
    assert shown(text, typed) == excerpt


def test_an_excerpt_of_a_long_text_shows_the_place():
    text = "before " * 500 + "needle " + "after " * 500

    found = shown(text, "needle")

    assert found.startswith("…before ")
    assert "[needle] after" in found
    assert found.endswith("…")
    assert len(found) < 250


def test_a_title_is_shown_whole():
    wanted = wanted_from("i")
    assert wanted

    # A lone Latin letter is a word, and no beginning of words.
    assert marked("it is i", wanted) == [("it is ", False), ("i", True)]
