"""An answer that is known word by word beforehand, and that can be gone on with: for tests of faults."""

import asyncio

from bench.upstream_answers import Answer
from bench.upstream_scripts import behaviour


def story_text(tag: str, count: int) -> str:
    """Return the whole answer of ``story tag=… count=…``: each word has the tag and its number.

    What is lost, doubled or another answer's is seen at once.
    """
    return "".join(_words(tag, count))


@behaviour
async def story(answer: Answer) -> None:
    """``count`` words (20) with the ``tag``, ``rate`` a second (0: at once).

    Asked with a beginning of it as the last assistant message, it says the rest.
    """
    words = _words(answer.arguments.get("tag", "story"), int(answer.number("count", 20)))
    rate = answer.number("rate", 0)
    loop = asyncio.get_running_loop()
    start = loop.time()
    await answer.begin()
    for position, word in enumerate(_rest(words, _said(answer)), start=1):
        await answer.body(answer.text_event(word))
        await asyncio.sleep(max(0.0, start + position / rate - loop.time()) if rate else 0)
    await answer.end()


def _words(tag: str, count: int) -> list[str]:
    return [f"{tag}-{number} " for number in range(1, count + 1)]


def _said(answer: Answer) -> str:
    messages = answer.record.body.get("messages", [])
    before_last = messages[-2] if len(messages) > 1 else {}
    return str(before_last.get("content", "")) if before_last.get("role") == "assistant" else ""


def _rest(words: list[str], said: str) -> list[str]:
    """Return what comes after what was said, which may end within a word; all of it after anything else."""
    if not "".join(words).startswith(said):
        return words
    rest = list(words)
    while said and rest:
        word = rest.pop(0)
        if len(word) > len(said):
            rest.insert(0, word[len(said) :])
        said = said[len(word) :]
    return rest
