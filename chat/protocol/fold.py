"""What a follower holds after each event; the same function exists in the page, in core/fold.js."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from chat.protocol.codec import UnknownFact, decode_fact
from chat.protocol.events import Done, Error, Event, Snapshot, Source, Sources, Step, Title, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """All that a follower knows of a run after the event ``last_seq``."""

    last_seq: int = 0
    content: str = ""
    sources: Sequence[Source] = ()
    steps: Sequence[Step] = ()
    title: str = ""
    end: Done | Error | None = None


def fold(held: Held, event: Event) -> Held:
    """Return what is held after ``event``; one that was heard before, or is unknown, adds nothing."""
    if event.seq <= held.last_seq:
        return held
    held = replace(held, last_seq=event.seq)
    try:
        fact = decode_fact(event.data)
    except UnknownFact:
        return held
    match fact:
        case Token(content=content):
            held = replace(held, content=held.content + content)
        case Snapshot(content=content, sources=sources, steps=steps):
            held = replace(held, content=content, sources=sources, steps=steps)
        case Sources(data=data):
            held = replace(held, sources=data)
        case Step() as step:
            held = replace(held, steps=with_step(held.steps, step))
        case Title(title=title):
            held = replace(held, title=title)
        case Done() | Error() as end:
            held = replace(held, end=end)
        case _:
            pass
    return held


def fold_all(events: Iterable[Event], held: Held | None = None) -> Held:
    """Fold the events, oldest first, onto ``held``."""
    held = held or Held()
    for event in events:
        held = fold(held, event)
    return held


def with_step(steps: Sequence[Step], step: Step) -> Sequence[Step]:
    """Return the steps with this one added, or put in place of the earlier one with its id."""
    if any(known.id == step.id for known in steps):
        return tuple(step if known.id == step.id else known for known in steps)
    return (*steps, step)
