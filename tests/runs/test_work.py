"""Reasoning, steps and sources: told once, kept with the answer, bounded."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from chat.models import Message
from chat.protocol.events import Source, Step
from chat.protocol.fold import fold_all, with_step
from chat.protocol.work import Work, decode_work, encode_work, inherited, joined
from chat.runs.cancellation import request_cancel
from chat.runs.following import follow_run
from chat.runs.stored import read_stored_run
from chat.runs.work import LONGEST_REASONING, MOST_STEPS, Reasoning, bounded_sources, bounded_step
from tests.runs.conftest import hear, hear_whole, stored

SCRIPT = "/reasoning one two three\n/step search\n/step read\n/sources 2\n/repeat Hello."


def reasoning_of(steps: Sequence[Step]) -> str:
    return "".join(step.detail for step in steps if step.kind == "reasoning")


async def test_what_led_to_an_answer_is_told_before_it_and_kept_with_it(say: Callable[..., Any]) -> None:
    turn = await say(SCRIPT)

    events = await hear(turn.run.pk)

    held = fold_all(events)
    types = [event.type for event in events]
    assert max(types.index("sources"), len(types) - 1 - types[::-1].index("step")) < types.index("token")
    assert reasoning_of(held.steps) == "one two three"
    assert [(step.name, step.status) for step in held.steps[-2:]] == [("search", "done"), ("read", "done")]
    assert [source.id for source in held.sources] == ["1", "2"]
    work = decode_work((await stored(turn)).message.work)
    assert (work.sources, work.steps) == (held.sources, tuple(joined(held.steps)))


async def test_an_answer_without_work_stores_none(say: Callable[..., Any]) -> None:
    turn = await say("/repeat Hello.")

    await hear(turn.run.pk)

    assert (await stored(turn)).message.work is None


def test_a_step_of_the_rest_of_an_answer_changes_none_of_the_part_before() -> None:
    step = Step(id="step-1", kind="tool", name="search", status="done", detail="")
    cut = encode_work(Work(steps=[step, replace(step, id="step-2", name="read")]))

    before = decode_work(inherited(cut))

    assert [one.name for one in with_step(before.steps, replace(step, name="again"))] == [
        "search",
        "read",
        "again",
    ]
    once_more = decode_work(inherited(encode_work(before)))
    assert once_more == before
    assert inherited(None) is None


async def test_a_snapshot_of_the_row_has_sources_and_steps(say: Callable[..., Any]) -> None:
    turn = await say(SCRIPT)
    whole = await hear_whole(turn.run.pk)

    from_row = fold_all([(await asyncio.to_thread(read_stored_run, turn.run.pk)).snapshot()])

    assert from_row.sources == whole.sources
    assert reasoning_of(from_row.steps) == reasoning_of(whole.steps)


async def test_a_stopped_answer_keeps_its_work(say: Callable[..., Any]) -> None:
    turn = await say("/reasoning hm\n/sources 1\n/stall after 0")
    async for event in follow_run(turn.run.pk):
        if event.type == "sources":
            await request_cancel(turn.run.pk)

    work = decode_work((await stored(turn)).message.work)

    assert (reasoning_of(work.steps), len(work.sources)) == ("hm", 1)


async def test_checkpoints_keep_the_work_too(say: Callable[..., Any], configure: Callable[..., None]) -> None:
    configure(CHECKPOINT_SECONDS=0.05)
    turn = await say("/sources 1\n/long 2000\n/slow 10")
    messages = Message.objects.filter(pk=turn.run.message_id)

    async for _event in follow_run(turn.run.pk):
        if (await messages.aget()).content:
            break

    assert len(decode_work((await messages.aget()).work).sources) == 1


async def test_reasoning_is_told_in_pieces_that_add_up() -> None:
    told: list[Step] = []
    reasoning = Reasoning(told.append, lambda: f"r{len(told)}")

    for _ in range(3):
        reasoning.add("a\0b ")
        reasoning.close()
    reasoning.close()

    assert (len(told), reasoning_of(told)) == (3, "ab ab ab ")
    assert [step.detail for step in joined(told)] == ["ab ab ab "]
    assert joined(told)[0].id == told[-1].id


async def test_endless_reasoning_is_cut() -> None:
    told: list[Step] = []
    reasoning = Reasoning(told.append, lambda: "r")

    for _ in range(70):
        reasoning.add("x" * 1_000)
    reasoning.close()

    assert len(reasoning_of(told)) == LONGEST_REASONING


def test_steps_and_sources_have_bounds() -> None:
    step = Step(id="a", kind="tool", name="n" * 9_999, status="running", detail="d\ud800" * 9_999)
    known = [Step(id=str(number), kind="tool", name="", status="done") for number in range(MOST_STEPS)]
    source = Source(id="1", title="t" * 9_999, url="https://a.example", content="c\0" * 9_999, score=1.0)

    bounded = bounded_step(step, ())

    assert bounded is not None
    assert (len(bounded.name), len(bounded.detail)) == (200, 4_000)
    assert bounded_step(step, known) is None
    assert "\0" not in bounded_sources([source] * 99)[49].content
    assert len(bounded_sources([source] * 99)) == 50


@pytest.mark.parametrize(
    "later", [{"steps": [{"id": "a", "kind": "tool", "name": "", "status": "done", "new": 1}]}, {}]
)
def test_what_a_newer_version_stored_can_be_read(later: dict[str, Any]) -> None:
    assert len(decode_work(later).steps) == len(later)
    assert encode_work(Work()) is None
