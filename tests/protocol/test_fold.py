"""What a follower holds after each kind of event."""

from chat.protocol.codec import event_of
from chat.protocol.events import Event, Fact, Snapshot, Source, Sources, Start, Step, Title, Token
from chat.protocol.fold import Held, fold, fold_all

SOURCE = Source(id="1", title="t", url="https://a.example", content="c", score=0.5)
RUNNING = Step(id="1", kind="tool", name="search", status="running")
DONE = Step(id="1", kind="tool", name="search", status="done", detail="3 hits")
OTHER = Step(id="2", kind="agent", name="plan", status="running")


def said(*facts: Fact) -> list[Event]:
    return [event_of(seq, fact) for seq, fact in enumerate(facts, start=1)]


def test_tokens_add_up() -> None:
    assert fold_all(said(Token(content="Hel"), Token(content="lo"))) == Held(last_seq=2, content="Hello")


def test_an_event_that_was_heard_before_adds_nothing() -> None:
    events = said(Token(content="a"), Token(content="b"))
    held = fold_all(events)

    assert fold_all(events, held) == held


def test_a_snapshot_replaces_all_that_was_heard_but_the_title() -> None:
    before = said(Title(title="T"), Token(content="lost"), Sources(data=(SOURCE,)), RUNNING)
    snapshot = event_of(1_000_000, Snapshot(content="whole", steps=(DONE,)))

    held = fold(fold_all(before), snapshot)

    assert held == Held(last_seq=1_000_000, content="whole", title="T", steps=(DONE,))


def test_a_step_of_the_same_id_takes_the_place_of_the_earlier_one() -> None:
    assert fold_all(said(RUNNING, OTHER, DONE)).steps == (DONE, OTHER)


def test_an_unknown_event_moves_the_position_and_nothing_else() -> None:
    held = fold_all(said(Token(content="a")))

    held = fold(held, Event(seq=2, type="weather", data=b'{"type":"weather","sky":"blue"}'))

    assert held == Held(last_seq=2, content="a")


def test_a_start_tells_nothing_to_hold() -> None:
    start = Start(run="r", message="m", conversation="c", trace_id="t", model="x", assistant="general")

    assert fold_all(said(start)) == Held(last_seq=1)
