"""What a file is, whatever it is called; and what it may not be."""

import unicodedata

import pytest
from pytest_django import Settings

from chat.attachments import pdf as pdf_reading
from chat.attachments.names import LONGEST_NAME, clean_name
from chat.attachments.recognition import Recognised, recognise
from chat.exceptions import InvalidInput
from tests.attachments.files import gif, jpeg, pdf, png, webp

HANGUL = "이름,점수\n김철수,90\n"


def refusal_of(content: bytes, name: str = "file.png") -> str:
    with pytest.raises(InvalidInput) as refused:
        recognise(content, name)
    return refused.value.fields["file"][0]


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (png(), "image/png"),
        (jpeg(), "image/jpeg"),
        (gif(), "image/gif"),
        (webp(b"VP8 "), "image/webp"),
        (webp(b"VP8L"), "image/webp"),
        (webp(b"VP8X"), "image/webp"),
    ],
)
def test_an_image_is_known_by_its_content(content: bytes, media_type: str) -> None:
    found = recognise(content, "notes.txt")

    assert (found.media_type, found.width, found.height, found.text) == (media_type, 3, 2, "")


@pytest.mark.parametrize("content", [png(), jpeg(), gif(), webp(b"VP8 "), webp(b"VP8X")])
def test_an_image_that_was_cut_is_refused(content: bytes) -> None:
    whole = content.removesuffix(b"trailer of a phone")

    assert "damaged" in refusal_of(whole[:-2])


@pytest.mark.parametrize("bomb", [png(50_000, 50_000), jpeg(60_000, 60_000), webp(b"VP8X", 16_000, 16_000)])
def test_an_image_that_would_fill_a_memory_is_refused_without_being_decoded(bomb: bytes) -> None:
    assert "megapixels" in refusal_of(bomb)


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
def test_an_image_without_a_size_is_refused(size: tuple[int, int]) -> None:
    assert "damaged" in refusal_of(png(*size))


@pytest.mark.parametrize(
    "content",
    [
        HANGUL.encode(),
        HANGUL.encode("utf-8-sig"),
        HANGUL.encode("utf-16"),
        HANGUL.encode("cp949"),
        HANGUL.replace("\n", "\r\n").encode(),
    ],
    ids=["utf-8", "with a mark", "utf-16", "korean windows", "windows line breaks"],
)
def test_a_text_is_read_in_the_encodings_that_people_use(content: bytes) -> None:
    found = recognise(content, "점수.csv")

    assert (found.media_type, found.text) == ("text/csv", HANGUL)


def test_a_western_text_is_not_taken_for_korean() -> None:
    assert recognise("für Käufer".encode("cp1252"), "a.txt").text == "für Käufer"


@pytest.mark.parametrize("markup", [b"<svg onload=alert(1)>", b"<!doctype html><script>alert(1)</script>"])
def test_html_and_svg_are_texts_whatever_they_are_called(markup: bytes) -> None:
    assert recognise(markup, "picture.svg").media_type == "text/plain"


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04\x14\0\0\0", b"\x7fELF\x02\x01\x01\0", b"MZ\x90\0\x03", b"\x00\x01\x02", b"text\x07bell"],
)
def test_what_is_neither_image_nor_text_is_refused(content: bytes) -> None:
    assert "cannot be read here" in refusal_of(content, "photo.png")


@pytest.mark.parametrize("content", [b"", b" \n\t", b"\0\0\0"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    assert "is empty" in refusal_of(content)


def test_a_long_text_is_cut_and_says_so(settings: Settings) -> None:
    settings.CHAT = {"MAX_ATTACHMENT_CHARACTERS": 10}

    found = recognise(b"word " * 10, "a.md")

    assert found == Recognised(name="a.md", media_type="text/markdown", text="word word ", text_is_cut=True)


def test_a_pdf_is_read_as_text() -> None:
    found = recognise(pdf(), "paper")

    assert (found.media_type, found.text, found.text_is_cut) == (
        "application/pdf",
        "Hello from a page",
        False,
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pdf(password="secret"), "protected with a password"),
        (b"%PDF-1.7\n" + b"\x00\xff" * 50, "damaged"),
        (pdf()[:200], "damaged"),
        (pdf(" "), "no text"),
    ],
    ids=["encrypted", "garbage", "cut", "without text"],
)
def test_a_pdf_that_cannot_be_read_is_refused(content: bytes, reason: str) -> None:
    assert reason in refusal_of(content, "paper.pdf")


def test_a_pdf_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_reading, "TIMEOUT_SECONDS", 0)

    assert "damaged" in refusal_of(pdf(), "paper.pdf")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\plan.txt", "plan.txt"),
        ("a\x00b\r\nc\x1b.txt", "a b c .txt"),
        ("photo\u202egnp.exe", "photo gnp.exe"),
        (unicodedata.normalize("NFD", "한국어.md"), "한국어.md"),
        ("  .hidden. ", "hidden"),
        ("..", "file"),
        ("", "file"),
    ],
)
def test_a_name_has_no_folders_and_no_hidden_signs(given: str, shown: str) -> None:
    assert clean_name(given) == shown


def test_a_long_name_keeps_its_ending() -> None:
    name = clean_name("x" * 500 + ".pdf")

    assert len(name) == LONGEST_NAME
    assert name.endswith("….pdf")
