"""A long answer with everything in it that Markdown has, told at a model's utmost speed."""

import asyncio
from collections.abc import AsyncGenerator, Iterator

from chat.providers.base import Chunk, FinishChunk, Prompt, Provider, TextChunk, UsageChunk

CHARACTERS = 200_000
CHARACTERS_PER_TOKEN = 4
TOKENS_PER_SECOND = 2_000
# Timers are not finer than this where the machine is busy.
TICK_SECONDS = 0.01

_SECTION = """\
## Section {number}: what is *measured*

The page takes **words** as they come[^{number}], with `code`,
[links](https://example.com/{number}) and $x_{number}^2$. {prose}

{items}

| Key | Value | Note |
|:----|------:|------|
{rows}

```python
{code}
```

> A quotation of section {number}, with **strong** words in it.

[^{number}]: The note of section {number}.

"""


class MarkdownProvider(Provider):
    """Answers every question with the same text."""

    model_name = "markdown"
    vendor = "bench"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        """Yield the answer, so many tokens with each tick as the clock asks for."""
        text = answer()
        loop = asyncio.get_running_loop()
        began = loop.time()
        position = 0
        while position < len(text):
            await asyncio.sleep(TICK_SECONDS)
            due = int((loop.time() - began) * TOKENS_PER_SECOND) * CHARACTERS_PER_TOKEN
            for start in range(position, min(due, len(text)), CHARACTERS_PER_TOKEN):
                yield TextChunk(text=text[start : start + CHARACTERS_PER_TOKEN])
            position = max(position, min(due, len(text)))
        yield FinishChunk(reason="stop")
        yield UsageChunk(input_tokens=1, output_tokens=len(text) // CHARACTERS_PER_TOKEN)


def answer(characters: int = CHARACTERS) -> str:
    """Return the text: sections with a paragraph, a list, a table, code, a quotation and a note each."""
    return "".join(_sections(characters))[:characters]


def _sections(characters: int) -> Iterator[str]:
    length = number = 0
    while length < characters:
        number += 1
        rows = range(1, 9 + number % 7)
        section = _SECTION.format(
            number=number,
            prose="Some more words, and 한국어도 함께, so that it is a paragraph. " * (2 + number % 4),
            items="\n".join(f"- Item {row} of **{number}** with a few words" for row in rows),
            rows="\n".join(f"| key {row} | {row * number} | a note on `{row}` |" for row in rows),
            code="\n".join(
                f"def function_{row}(value: int) -> int:\n    return value * {row}" for row in rows
            ),
        )
        length += len(section)
        yield section
