"""How the scripted upstream can answer: a function per behaviour, named like it.

A script is a behaviour's name and its arguments: ``tokens count=100 rate=20``.
"""

import asyncio
import gzip
import json
import time
from collections.abc import Awaitable, Callable
from functools import cache

from bench.upstream_answers import Answer

Behaviour = Callable[[Answer], Awaitable[None]]

TEXT = ["Hello", ", ", "안녕", "하세요", " 👋"]
BEHAVIOURS: dict[str, Behaviour] = {}
# Tokens that the fast script hands to the system at once.
BURST = 50


def behaviour(function: Behaviour) -> Behaviour:
    """Make the function a script by its name."""
    BEHAVIOURS[function.__name__] = function
    return function


# Answers as they should be.


@behaviour
async def tokens(answer: Answer) -> None:
    """``count`` words, ``rate`` a second (0: at once, in bursts); ``tag=1`` puts the request's id in each."""
    tag = f"{answer.record.id}:" if answer.arguments.get("tag") else ""
    await _paced(answer, lambda position: f"{tag}word{position} ")


@behaviour
async def clock(answer: Answer) -> None:
    """Like ``tokens``, but each is the ``time.monotonic_ns()`` of its writing."""
    await _paced(answer, lambda _: f"{time.monotonic_ns()} ")


@behaviour
async def say(answer: Answer) -> None:
    """A short greeting in several scripts, or ``text=``, a JSON string without spaces."""
    await answer.begin()
    await answer.tokens(_texts(answer))
    await answer.end()


@behaviour
async def empty(answer: Answer) -> None:
    """A complete answer without text."""
    await answer.begin()
    await answer.end()


@behaviour
async def finish(answer: Answer) -> None:
    """Ends for a ``reason``: length, content_filter, tool_calls."""
    await answer.begin()
    await answer.tokens(TEXT)
    await answer.end(answer.arguments.get("reason", "length"))


@behaviour
async def refusal(answer: Answer) -> None:
    """The model declines, in a field of its own."""
    await answer.begin()
    await answer.body(answer.event('{"choices":[{"index":0,"delta":{"refusal":"I cannot do that."}}]}'))
    await answer.end()


# Answers in unusual dress.


@behaviour
async def pieces(answer: Answer) -> None:
    """The events cut into pieces of ``size`` bytes (1), in code points too; ``end`` is lf, crlf or cr."""
    answer.line_end = {"lf": b"\n", "crlf": b"\r\n", "cr": b"\r"}[answer.arguments.get("end", "lf")]
    stream = b"".join(answer.text_event(text) for text in TEXT) + answer.finish_event() + answer.usage_event()
    stream = b"\xef\xbb\xbf" * bool(answer.arguments.get("bom")) + stream + answer.event("[DONE]")
    size = int(answer.number("size", 1))
    await answer.begin()
    for start in range(0, len(stream), size):
        await answer.body(stream[start : start + size])
        await answer.flush()
        await asyncio.sleep(0)
    await answer.raw(b"0\r\n\r\n")


@behaviour
async def odd(answer: Answer) -> None:
    """Legal or harmless oddities between the tokens: comments, nulls, unknown events and fields."""
    await answer.begin()
    await answer.body(b": a comment\n\n")
    for data in (
        '{"choices":null}',
        '{"choices":[]}',
        '{"choices":[null]}',
        '{"choices":[{"index":0,"delta":null}]}',
        '{"choices":[{"index":0,"delta":{"role":"assistant","content":null}}],"error":null,"usage":null}',
        '{"choices":[{"index":1,"delta":{"content":"another choice"}}]}',
        '{"choices":[{"index":0,"delta":{"content":["no","text"]}}]}',
        '{"object":"ping"}',
    ):
        await answer.body(answer.event(data))
    await answer.tokens(TEXT)
    await answer.end()


@behaviour
async def unclean(answer: Answer) -> None:
    """NUL and lone surrogates in the text."""
    await answer.begin()
    for escaped in (r"a\u0000b", r"c\ud83dd", r"\udc4be"):
        await answer.body(answer.event('{"choices":[{"index":0,"delta":{"content":"' + escaped + '"}}]}'))
    await answer.end()


@behaviour
async def finish_twice(answer: Answer) -> None:
    """Text, a second finish, an error and a second [DONE] after the finish."""
    await answer.begin()
    await answer.tokens(TEXT)
    await answer.body(answer.finish_event())
    await answer.body(answer.text_event("too late"))
    await answer.body(answer.finish_event("length"))
    await answer.body(answer.event('{"error":{"message":"too late"}}'))
    await answer.body(answer.event("[DONE]"))
    await answer.done()


@behaviour
async def no_done(answer: Answer) -> None:
    """No [DONE] at the end."""
    await answer.begin()
    await answer.tokens(TEXT)
    await answer.body(answer.finish_event())
    await answer.raw(b"0\r\n\r\n")


@behaviour
async def no_end(answer: Answer) -> None:
    """Complete, but the connection stays open and silent."""
    await answer.begin()
    await answer.tokens(TEXT)
    await answer.body(answer.finish_event())
    await answer.hang()


@behaviour
async def usage(answer: Answer) -> None:
    """Counts ``input`` and ``output`` tokens, however impossible; without both it counts nothing."""
    await answer.begin()
    await answer.tokens(TEXT)
    await answer.body(answer.finish_event())
    if "input" in answer.arguments:
        counts = int(answer.number("input", 0)), int(answer.number("output", 0))
        await answer.body(answer.usage_event(*counts))
    await answer.done()


# Refusals.


@behaviour
async def status(answer: Answer) -> None:
    """An error with ``code``, the vendor's ``error`` code and ``retry_after``; ``times`` says how often."""
    code = int(answer.number("code", 500))
    if answer.record.attempt > answer.number("times", float("inf")):
        await say(answer)
        return
    # Servers quote what they were sent: here the key, to prove that it goes nowhere.
    quoted = f"Incorrect API key provided: {answer.record.headers.get('authorization')}"
    error = {"message": quoted, "type": "scripted_error", "code": answer.arguments.get("error")}
    headers = {
        name: answer.arguments[name].replace("_", " ")
        for name in ("retry_after",)
        if name in answer.arguments
    }
    await answer.respond(code, json.dumps({"error": error}).encode(), "application/json", **headers)


@behaviour
async def refuse(answer: Answer) -> None:
    """400 as long as the request has the field ``name`` (stream_options); the vendor's ``error`` code."""
    name = answer.arguments.get("name", "stream_options")
    if name not in answer.record.body:
        await say(answer)
        return
    error = {"message": f"unknown field {name}", "param": name, "code": answer.arguments.get("error")}
    await answer.respond(400, json.dumps({"error": error}).encode(), "application/json")


@behaviour
async def redirect(answer: Answer) -> None:
    """Sends the client elsewhere, where it must not take the key."""
    await answer.respond(302, b"", "text/plain", location="/v1/chat/completions")


@behaviour
async def endless_error(answer: Answer) -> None:
    """A 500 whose body never ends."""
    await answer.begin(500, "text/plain")
    while True:
        await answer.body(b"x" * 65536)


# Faults at the start.


@behaviour
async def hang_before_headers(answer: Answer) -> None:
    """Accepts the request and says nothing."""
    await answer.hang()


@behaviour
async def html(answer: Answer) -> None:
    """A login page with status 200."""
    await answer.respond(200, b"<!doctype html><title>Sign in</title>", "text/html; charset=utf-8")


@behaviour
async def no_stream(answer: Answer) -> None:
    """A whole answer as JSON although a stream was asked for."""
    body = b'{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}'
    await answer.respond(200, body, "application/json")


@behaviour
async def nothing(answer: Answer) -> None:
    """An empty body with status 200."""
    await answer.respond(200, b"", "text/event-stream")


@behaviour
async def gzip_bomb(answer: Answer) -> None:
    """``megabytes`` (64) of zeros, compressed."""
    body = _bomb(int(answer.number("megabytes", 64)))
    await answer.respond(200, body, "text/event-stream", content_encoding="gzip")


@behaviour
async def endless_line(answer: Answer) -> None:
    """An event that never ends."""
    await answer.begin()
    await answer.body(b"data: ")
    while True:
        await answer.body(b"x" * 65536)


@behaviour
async def endless_answer(answer: Answer) -> None:
    """Tokens without an end, 1 kB each, and no finish."""
    await answer.begin()
    while True:
        await answer.body(answer.text_event("x" * 1024))


# Faults in the middle: after ``after`` tokens (3).


@behaviour
async def hang(answer: Answer) -> None:
    """Falls silent."""
    await _some(answer)
    await answer.hang()


@behaviour
async def reset(answer: Answer) -> None:
    """Resets the connection."""
    await _some(answer)
    await answer.reset()


@behaviour
async def close(answer: Answer) -> None:
    """Closes the connection without ending the body."""
    await _some(answer)
    answer.close()


@behaviour
async def no_finish(answer: Answer) -> None:
    """Ends well in HTTP, but without a finish_reason."""
    await _some(answer)
    await answer.done()


@behaviour
async def malformed(answer: Answer) -> None:
    """An event that is no JSON, or the ``kind`` utf8, list, deep."""
    kinds = {"json": b"{", "utf8": b'{"choices":"\xff"}', "list": b"[1]", "deep": b"[" * 100_000}
    await _some(answer)
    await answer.body(b"data: %b\n\n" % kinds[answer.arguments.get("kind", "json")])
    await answer.end()


@behaviour
async def error_in_stream(answer: Answer) -> None:
    """An error object with the vendor's ``error`` code; ``named=1`` sends it as an event of that name."""
    error = {"message": "the key is sk-quoted", "type": "server_error", "code": answer.arguments.get("error")}
    await _some(answer)
    if answer.arguments.get("named"):
        await answer.body(b"event: error\ndata: %b\n\n" % json.dumps(error).encode())
    else:
        await answer.body(answer.event(json.dumps({"error": error})))
    await answer.end()


@cache
def _bomb(megabytes: int) -> bytes:
    return gzip.compress(b"data: " + bytes(megabytes * 1024 * 1024), 9)


async def _some(answer: Answer) -> None:
    await answer.begin()
    await answer.tokens(TEXT[: int(answer.number("after", 3))])


async def _paced(answer: Answer, text_of: Callable[[int], str]) -> None:
    rate = answer.number("rate", 0)
    loop = asyncio.get_running_loop()
    start = loop.time()
    await answer.begin()
    for position in range(1, int(answer.number("count", 20)) + 1):
        await answer.body(answer.text_event(text_of(position)))
        if rate:
            await asyncio.sleep(max(0.0, start + position / rate - loop.time()))
        elif position % BURST == 0:
            await asyncio.sleep(0)
    await answer.end()


def _texts(answer: Answer) -> list[str]:
    text = answer.arguments.get("text")
    return [json.loads(text)] if text else TEXT
