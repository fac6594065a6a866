"""Tokens that come close together share an event; a lone one never waits."""

import asyncio

from chat.runs.coalescing import Coalescer
from tests.waiting import wait_until


async def test_a_lone_token_leaves_at_once() -> None:
    sent: list[str] = []
    coalescer = Coalescer(sent.append, window_seconds=60)

    coalescer.add("Hello")

    assert sent == ["Hello"]


async def test_tokens_within_the_window_leave_together() -> None:
    sent: list[str] = []
    coalescer = Coalescer(sent.append, window_seconds=0.2)

    for token in ("a", "b", "c", "d"):
        coalescer.add(token)
    assert sent == ["a"]

    await wait_until(lambda: len(sent) == 2)
    assert sent == ["a", "bcd"]


async def test_without_a_window_every_token_leaves_alone() -> None:
    sent: list[str] = []
    coalescer = Coalescer(sent.append, window_seconds=0)

    for token in ("a", "b", "c"):
        coalescer.add(token)

    assert sent == ["a", "b", "c"]


async def test_flushing_sends_what_is_held_back_and_nothing_twice() -> None:
    sent: list[str] = []
    coalescer = Coalescer(sent.append, window_seconds=0.01)
    coalescer.add("a")
    coalescer.add("b")

    coalescer.flush()
    coalescer.flush()
    # Whatever timer is left has run out before this one.
    await asyncio.sleep(0.02)

    assert sent == ["a", "b"]
