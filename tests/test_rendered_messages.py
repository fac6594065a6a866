"""What was rendered is kept for who asks again, as long as there is room."""

import pytest
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from chat.markdown.rendered import Asked, RenderedMessages
from chat.templatetags.chat_markdown import chat_markdown


def asked_for(text: str) -> Asked:
    return Asked(text=text, prefix="", language="en")


@pytest.fixture
def rendered() -> RenderedMessages:
    """Has room for ten messages of forty characters as HTML, and as many as Markdown."""
    kept = RenderedMessages(most_characters=800)
    for number in range(10):
        kept.keep(asked_for(f"{number:040}"), html_of(number))
    return kept


def html_of(number: int) -> SafeString:
    return mark_safe(f"{number:040}")


def test_what_was_kept_is_given_again(rendered: RenderedMessages) -> None:
    assert rendered.get(asked_for(f"{3:040}")) == html_of(3)
    assert rendered.get(asked_for("something else")) is None


def test_what_nobody_asks_for_makes_room(rendered: RenderedMessages) -> None:
    rendered.get(asked_for(f"{0:040}"))
    rendered.keep(asked_for(f"{10:040}"), html_of(10))

    assert rendered.get(asked_for(f"{0:040}")) == html_of(0)
    assert rendered.get(asked_for(f"{1:040}")) is None


def test_one_long_message_drives_out_no_others(rendered: RenderedMessages) -> None:
    rendered.keep(asked_for("x" * 700), html_of(11))

    assert rendered.get(asked_for("x" * 700)) is None
    assert rendered.get(asked_for(f"{0:040}")) == html_of(0)


def test_the_words_around_a_message_are_in_the_reader_s_language() -> None:
    text = "```python\nprint()\n```"
    with translation.override("en"):
        english = chat_markdown(text, "a")
    with translation.override("ko"):
        korean = chat_markdown(text, "a")

    assert ("Copy" in english, "Copy" in korean) == (True, False)
    assert chat_markdown("[^1] note\n\n[^1]: here", "a") != chat_markdown("[^1] note\n\n[^1]: here", "b")
