"""Facts to JSON and back."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from json.encoder import encode_basestring
from typing import Any, TypeVar

from chat.protocol.events import (
    Done,
    Error,
    Event,
    Fact,
    Snapshot,
    Source,
    Sources,
    Start,
    Step,
    Title,
    Token,
    TokenUsage,
)

V = TypeVar("V", bound=Fact | TokenUsage | Source)

_encode_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_SIMPLE_FACTS: dict[str, type[Start | Step | Token | Title | Error]] = {
    fact.type: fact for fact in (Start, Step, Token, Title, Error)
}


class UnknownFact(ValueError):
    """The log holds a fact that this version does not know."""


def encode_fact(fact: Fact) -> bytes:
    """Return the fact as one line of JSON in UTF-8.

    Raises UnicodeEncodeError for lone surrogates, which nothing that enters the app may hold.
    """
    fields = {"type": fact.type, **asdict(fact)}
    if isinstance(fact, Done) and fact.usage is None:
        del fields["usage"]
    return _encode_json(fields).encode()


def event_of(seq: int, fact: Fact) -> Event:
    """Return the fact as event number ``seq``."""
    return Event(seq, fact.type, encode_fact(fact))


def token_event(seq: int, text: str) -> Event:
    """Return a ``Token`` as event number ``seq``, without the detours: all but a few events are tokens."""
    return Event(seq, Token.type, b'{"type":"token","content":%b}' % encode_basestring(text).encode())


def read_event(seq: int, data: bytes) -> Event:
    """Return a logged event from its number and its JSON."""
    # Written by encode_fact, so the type comes first: no need to parse a long answer to learn it.
    head, separator, rest = data.partition(b'"type":"')
    if not separator or head != b"{":
        raise UnknownFact(f"event {seq} does not begin with a type")
    return Event(seq=seq, type=rest[: rest.index(b'"')].decode(), data=data)


def decode_fact(data: bytes) -> Fact:
    """Return the fact that a line of JSON holds. Raises UnknownFact."""
    fields: dict[str, Any] = json.loads(data)
    name = fields.pop("type", None)
    match name:
        case "sources":
            return Sources(data=sources_from(fields["data"]))
        case "snapshot":
            return Snapshot(
                content=fields["content"],
                sources=sources_from(fields.get("sources", ())),
                steps=steps_from(fields.get("steps", ())),
            )
        case "done":
            usage = fields.pop("usage", None)
            return _made(Done, {**fields, "usage": _made(TokenUsage, usage) if usage else None})
        case str() if name in _SIMPLE_FACTS:
            return _made(_SIMPLE_FACTS[name], fields)
        case _:
            raise UnknownFact(f"no fact is called {name!r}")


def sources_from(entries: Iterable[dict[str, Any]]) -> tuple[Source, ...]:
    """Return the sources that were written as JSON."""
    return tuple(_made(Source, entry) for entry in entries)


def steps_from(entries: Iterable[dict[str, Any]]) -> tuple[Step, ...]:
    """Return the steps that were written as JSON."""
    return tuple(_made(Step, entry) for entry in entries)


def _made(kind: type[V], given: dict[str, Any]) -> V:
    """Return the value; fields that a newer version wrote are left out."""
    return kind(**{name: given[name] for name in kind.__dataclass_fields__ if name in given})
