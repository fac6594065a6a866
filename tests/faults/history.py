"""The history checker: what followers heard, what is stored and what the model said must be one story."""

from collections.abc import Sequence
from itertools import pairwise

from chat.protocol.events import Done, Error, Event, Snapshot
from tests.faults.browser import StoredAnswer
from tests.faults.followers import Follower
from tests.faults.model import Call, Story

# A dead worker takes with it what it had not logged yet: so much of the answer may be asked for again.
REMADE_SECONDS = 0.3
# A word may be on its way when the time is taken, and another one at its other end.
REMADE_WORDS = 2


def check_followers(followers: Sequence[Follower], stored: StoredAnswer) -> None:
    """Each heard every number once and in order, one end, the same one, and renders what is stored."""
    for follower in followers:
        events = [heard.event for heard in follower.history]
        _check_order(events)
        terminal = [event for event in events if event.is_terminal]
        assert len(terminal) == 1, f"{len(terminal)} ends"
        assert events[-1] is terminal[0], "something was said after the end"
        assert follower.held.content == stored.content, "the page shows what is not stored"
    ends = {(follower.history[-1].event.seq, follower.history[-1].event.data) for follower in followers}
    assert len(ends) == 1, f"followers heard different ends: {ends}"


def check_text(stored: StoredAnswer, story: Story) -> None:
    """The stored text is the story, or its beginning where it did not end as completed."""
    if stored.status == "completed":
        assert stored.content == story.text, _difference(stored.content, story.text)
    else:
        beginning = story.text[: len(stored.content)]
        assert stored.content == beginning, _difference(stored.content, beginning)


def check_end(follower: Follower, stored: StoredAnswer) -> None:
    """What was said of the end is what is stored of it."""
    match follower.held.end:
        case Done(status=status):
            assert status == stored.status
        case Error(code=code):
            assert stored.status == ("interrupted" if code == "interrupted" else "failed")
        case None:
            raise AssertionError("no end was heard")


def check_calls(calls: Sequence[Call], story: Story) -> None:
    """Each call went on where the one before had ended: hardly anything of the answer was made twice."""
    for call, following in pairwise(calls):
        said = len(call.given.split()) + call.tokens_sent
        remade = said - len(following.given.split())
        assert remade <= story.rate * REMADE_SECONDS + REMADE_WORDS, f"{remade} words were made again"


def _check_order(events: Sequence[Event]) -> None:
    after = 0
    for event in events:
        is_next = event.seq == after + 1 or (event.type == Snapshot.type and event.seq > after)
        assert is_next, f"{event.type} {event.seq} came after {after}"
        after = event.seq


def _difference(found: str, expected: str) -> str:
    pairs = enumerate(zip(found.split(), expected.split(), strict=False))
    position = next((at for at, (one, other) in pairs if one != other), None)
    if position is None:
        return f"{len(found.split())} words in place of {len(expected.split())}"
    return (
        f"from word {position}: {found.split()[position:][:5]} in place of {expected.split()[position:][:5]}"
    )
