"""The provider that needs no model: offline and deterministic, for the demo and the tests.

Asked anything, it answers with a sample of Markdown. Lines of the member's last message that are one of
these directives script the answer instead; they may be combined, a line each::

    /long 500               500 numbered words
    /slow 50                50 ms before each word
    /stall after 3          after 3 words (3 if left out), silence until the stream is closed
    /fail CODE after 3      after 3 words (0 if left out), the run error of that code, such as rate_limited
    /empty                  an answer without text
    /reasoning TEXT         says TEXT to itself first, word by word
    /step NAME              then takes a step of that name; may come several times
    /sources 3              names 3 sources before the first word
    /repeat TEXT            TEXT; takes all that follows, further lines too

A line that is none of them is not special. Asked for a title, where its option ``titles`` is set, it names
the question's first words.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

from chat.exceptions import RUN_ERRORS
from chat.protocol.events import Source, Step
from chat.providers.base import (
    Chunk,
    FinishChunk,
    Prompt,
    PromptMessage,
    Provider,
    ReasoningChunk,
    SourcesChunk,
    StepChunk,
    TextChunk,
    UsageChunk,
)

# A pleasant pace to read at: 40 words a second.
DELAY_SECONDS = 0.025
QUOTED_CHARACTERS = 200

_DIRECTIVE = re.compile(
    r"/long (?P<long>[0-9]{1,6})"
    r"|/slow (?P<slow>[0-9]{1,6})"
    r"|(?P<stall>/stall)(?: after (?P<stall_after>[0-9]{1,6}))?"
    rf"|/fail (?P<fail>{'|'.join(RUN_ERRORS)})(?: after (?P<fail_after>[0-9]{{1,6}}))?"
    r"|(?P<empty>/empty)"
    r"|/reasoning (?P<reasoning>.{1,4000})"
    r"|/step (?P<step>.{1,80})"
    r"|/sources (?P<sources>[0-9]{1,2})"
)
_REPEAT = re.compile(r"^/repeat ", re.MULTILINE)
_WORD = re.compile(r"\s*\S+\s*")

_SAMPLE = """\
# The echo provider

No model is connected, so this answer is a **sample**. You said:

> {question}
{received}
## What the page can show

1. Text that is *emphasised*, **strong** or `code`
2. Links, such as [the Django project](https://www.djangoproject.com/)
3. Lists in lists
   - like this one
   - 한국어도 한 글자씩 자연스럽게 나타납니다

| Language | Greeting | Words |
|:---------|:---------|------:|
| English  | Hello    |     1 |
| 한국어   | 안녕하세요 |     1 |
| 日本語   | こんにちは |     1 |

```python
async for event in follow_run(run_id, after=position):
    state = fold(state, event)
```

To hear a real model, set `OPENAI_API_KEY`, or `OPENAI_BASE_URL` for a server of your own. 👋
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How one answer goes: its text, its pace and where it breaks."""

    text: str
    delay_seconds: float
    stall_after: int | None = None
    fail_code: str = ""
    fail_after: int = 0
    reasoning: str = ""
    steps: tuple[str, ...] = ()
    source_count: int = 0


class EchoProvider(Provider):
    """Answers by itself, at a pace of ``delay_seconds`` per word."""

    vendor = "echo"

    def __init__(
        self, *, model_name: str = "echo", delay_seconds: float = DELAY_SECONDS, titles: bool = False
    ) -> None:
        self.model_name = model_name
        self.gives_titles = titles
        self._delay_seconds = delay_seconds

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        """Yield the scripted answer word by word, or what follows ``continues``; a word counts as a token."""
        if prompt.purpose == "title":
            await asyncio.sleep(self._delay_seconds)
            yield TextChunk(text=_title_for(prompt))
            yield FinishChunk(reason="stop")
            yield UsageChunk(input_tokens=100, output_tokens=5)
            return
        script = _script_of(_last_question(prompt), self._delay_seconds)
        if not prompt.continues:
            async for chunk in _before_the_answer(script):
                yield chunk
        words = _WORD.findall(script.text)
        said = len(_WORD.findall(prompt.continues))
        allowed = words[: said + prompt.max_output_tokens]
        for position in range(said, len(allowed) + 1):
            if script.fail_code and position == script.fail_after:
                raise RUN_ERRORS[script.fail_code](
                    f"the echo provider was told to fail with {script.fail_code}"
                )
            if position == script.stall_after:
                await asyncio.Event().wait()
            if position < len(allowed):
                await asyncio.sleep(script.delay_seconds)
                yield TextChunk(text=allowed[position])
        yield FinishChunk(reason="stop" if len(allowed) == len(words) else "length")
        input_tokens = sum(len(message.content.split()) for message in prompt.messages)
        yield UsageChunk(input_tokens=input_tokens, output_tokens=len(allowed) - said)


async def _before_the_answer(script: Script) -> AsyncGenerator[Chunk]:
    for word in _WORD.findall(script.reasoning):
        await asyncio.sleep(script.delay_seconds)
        yield ReasoningChunk(text=word)
    for number, name in enumerate(script.steps, start=1):
        step = Step(id=f"step-{number}", kind="tool", name=name, status="running")
        yield StepChunk(step=step)
        await asyncio.sleep(10 * script.delay_seconds)
        duration_ms = int(10_000 * script.delay_seconds)
        yield StepChunk(step=replace(step, status="done", duration_ms=duration_ms))
    if script.source_count:
        yield SourcesChunk(sources=[_source(number) for number in range(1, script.source_count + 1)])


def _source(number: int) -> Source:
    return Source(
        id=str(number),
        title=f"Sample source {number}",
        url=f"https://www.example.com/sources/{number}",
        content=f"This is the passage that source {number} gave to the answer.",
        score=round(1 / number, 3),
    )


def _last_question(prompt: Prompt) -> PromptMessage:
    asked = (message for message in reversed(prompt.messages) if message.role == "user")
    return next(asked, PromptMessage(role="user", content=""))


def _script_of(asked: PromptMessage, delay_seconds: float) -> Script:
    text = asked.content
    question = " ".join(text.split())[:QUOTED_CHARACTERS]
    images = [f"- an image, `{one.media_type}` of {len(one.content)} bytes" for one in asked.images]
    received = "\n".join(["", "With it came:", "", *images, ""]) if images else ""
    sample = _SAMPLE.format(question=question, received=received)
    script = Script(text=sample, delay_seconds=delay_seconds)
    repeat = _REPEAT.search(text)
    directives = text[: repeat.start()] if repeat else text
    for line in directives.splitlines():
        if directive := _DIRECTIVE.fullmatch(line.strip()):
            script = _with_directive(script, directive)
    return replace(script, text=text[repeat.end() :]) if repeat else script


def _title_for(prompt: Prompt) -> str:
    # As models do it: with the quotes and the markup that they were asked to leave out.
    words = _WORD.findall(prompt.messages[-1].content.removeprefix("<question>"))
    return f'**"About {"".join(words[:3]).strip()}."**\n'


def _with_directive(script: Script, directive: re.Match[str]) -> Script:
    given = {name: value for name, value in directive.groupdict().items() if value}
    changes: dict[str, Any] = {}
    match given:
        case {"long": count}:
            changes["text"] = " ".join(f"word{number}" for number in range(1, int(count) + 1))
        case {"slow": milliseconds}:
            changes["delay_seconds"] = int(milliseconds) / 1000
        case {"stall": _}:
            changes["stall_after"] = int(given.get("stall_after", 3))
        case {"fail": code}:
            changes |= {"fail_code": code, "fail_after": int(given.get("fail_after", 0))}
        case {"reasoning": text}:
            changes["reasoning"] = text
        case {"step": name}:
            changes["steps"] = (*script.steps, name)
        case {"sources": count}:
            changes["source_count"] = int(count)
        case _:
            changes["text"] = ""
    return replace(script, **changes)
