"""The provider that needs no model: offline and deterministic, for the demo and the tests.

Asked anything, it answers with a sample of Markdown. Lines of the member's last message that are one of
these directives script the answer instead; they may be combined, a line each::

    /long 500               500 numbered words
    /slow 50                50 ms before each word
    /stall after 3          after 3 words (3 if left out), silence until the stream is closed
    /fail CODE after 3      after 3 words (0 if left out), the run error of that code, such as rate_limited
    /empty                  an answer without text
    /repeat TEXT            TEXT; takes all that follows, further lines too

A line that is none of them is not special.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from chat.exceptions import RUN_ERRORS
from chat.providers.base import Chunk, FinishChunk, Prompt, Provider, TextChunk, UsageChunk

# A pleasant pace to read at: 40 words a second.
DELAY_SECONDS = 0.025
QUOTED_CHARACTERS = 200

_DIRECTIVE = re.compile(
    r"/long (?P<long>[0-9]{1,6})"
    r"|/slow (?P<slow>[0-9]{1,6})"
    r"|(?P<stall>/stall)(?: after (?P<stall_after>[0-9]{1,6}))?"
    rf"|/fail (?P<fail>{'|'.join(RUN_ERRORS)})(?: after (?P<fail_after>[0-9]{{1,6}}))?"
    r"|(?P<empty>/empty)"
)
_REPEAT = re.compile(r"^/repeat ", re.MULTILINE)
_WORD = re.compile(r"\s*\S+\s*")

_SAMPLE = """\
# The echo provider

No model is connected, so this answer is a **sample**. You said:

> {question}

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


class EchoProvider(Provider):
    """Answers by itself, at a pace of ``delay_seconds`` per word."""

    vendor = "echo"

    def __init__(self, *, model_name: str = "echo", delay_seconds: float = DELAY_SECONDS) -> None:
        self.model_name = model_name
        self._delay_seconds = delay_seconds

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        """Yield the scripted answer word by word, or what follows ``continues``; a word counts as a token."""
        script = _script_of(_last_user_text(prompt), self._delay_seconds)
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


def _last_user_text(prompt: Prompt) -> str:
    return next((message.content for message in reversed(prompt.messages) if message.role == "user"), "")


def _script_of(text: str, delay_seconds: float) -> Script:
    question = " ".join(text.split())[:QUOTED_CHARACTERS]
    script = Script(text=_SAMPLE.format(question=question), delay_seconds=delay_seconds)
    repeat = _REPEAT.search(text)
    directives = text[: repeat.start()] if repeat else text
    for line in directives.splitlines():
        if directive := _DIRECTIVE.fullmatch(line.strip()):
            script = _with_directive(script, directive)
    return replace(script, text=text[repeat.end() :]) if repeat else script


def _with_directive(script: Script, directive: re.Match[str]) -> Script:
    if count := directive["long"]:
        return replace(script, text=" ".join(f"word{number}" for number in range(1, int(count) + 1)))
    if milliseconds := directive["slow"]:
        return replace(script, delay_seconds=int(milliseconds) / 1000)
    if directive["stall"]:
        return replace(script, stall_after=int(directive["stall_after"] or 3))
    if code := directive["fail"]:
        return replace(script, fail_code=code, fail_after=int(directive["fail_after"] or 0))
    return replace(script, text="")
