"""The echo provider does what its directives say, and shows Markdown otherwise."""

import time

import pytest

from chat.exceptions import RUN_ERRORS
from chat.providers.base import FinishChunk
from chat.providers.echo import EchoProvider
from tests.providers.asking import ask, opened, prompt_of

echo = EchoProvider(delay_seconds=0)


async def test_a_question_is_quoted_in_a_sample_of_markdown() -> None:
    heard = await ask(echo, "What is {this}?\nAnd that?")

    assert "> What is {this}? And that?\n" in heard.text
    for mark in ("# ", "1. ", "| 한국어", "```python", "**sample**", "]("):
        assert mark in heard.text


async def test_the_same_question_gets_the_same_answer() -> None:
    assert (await ask(echo, "Hello")).chunks == (await ask(echo, "Hello")).chunks


async def test_text_to_repeat_may_have_lines_and_directives() -> None:
    assert (await ask(echo, "/repeat one\n/long 3\n\n  two ")).text == "one\n/long 3\n\n  two "


@pytest.mark.parametrize("code", sorted(RUN_ERRORS))
async def test_every_error_can_be_asked_for(code: str) -> None:
    heard = await ask(echo, f"/long 9\n/fail {code} after 2")

    assert heard.text == "word1 word2 "
    assert type(heard.error) is RUN_ERRORS[code]


@pytest.mark.parametrize("text", ["/fail unheard_of", "/long", "say /long 3", "/stall now"])
async def test_what_is_no_directive_is_a_question(text: str) -> None:
    assert "The echo provider" in (await ask(echo, text)).text


async def test_the_pace_can_be_asked_for() -> None:
    started_at = time.monotonic()

    await ask(echo, "/long 5\n/slow 20")

    assert time.monotonic() - started_at >= 0.1


async def test_the_limit_of_the_prompt_is_kept() -> None:
    async with opened(echo, prompt_of("/long 9", max_output_tokens=4)) as chunks:
        heard = [chunk async for chunk in chunks]

    assert heard[4] == FinishChunk(reason="length")
