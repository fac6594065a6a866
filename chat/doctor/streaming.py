"""Judges how a run's events came over HTTP."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from itertools import pairwise
from statistics import median

from chat.doctor.browser import Answer, Browser, Unreachable
from chat.doctor.findings import Finding, ok, problem, skipped, warning
from chat.doctor.hearing import (
    KEEP_ALIVE,
    Heard,
    has_ended,
    heard_in_page,
    heard_in_stream,
    moments_of,
    numbers_of,
    text_of,
)
from chat.doctor.speaking import TEXT, WORDS

EVENT_STREAM = "text/event-stream"
SLOW_SECONDS = 1.0
# A follower in another process polls: a word may be a second late, and no member minds.
LATE_SECONDS = 2.0
# Words that were said over two seconds and came within one were kept back by somebody.
SHARE_OF_SPREAD = 0.5
BUFFERING_ADVICE = (
    "Switch response buffering off where it happens: nginx proxy_buffering off and proxy_http_version 1.1, "
    "no proxy_ignore_headers X-Accel-Buffering; Apache flushpackets=on; a CDN's or load balancer's own "
    "setting. In the site, a middleware that reads streaming_content whole does the same."
)


def judge_stream(answer: Answer, said_at: Sequence[float], *, is_silence_kept: bool) -> Iterator[Finding]:
    """Yield what the first request for the run's events shows."""
    if answer.status != HTTPStatus.OK or answer.content_type != EVENT_STREAM:
        yield problem(
            "stream",
            f"The run's events come as {answer.status} {answer.content_type}, not as {EVENT_STREAM}.",
            "Something before the site answers in its place, or the site's log has the reason.",
        )
        return
    heard = heard_in_stream(answer)
    yield from _judge_headers(answer)
    yield _first_byte(answer)
    yield _compression(answer)
    if moments_of(heard, "snapshot"):
        yield _foreign_log()
        return
    yield _completeness(answer, heard)
    yield gaps("gaps", moments_of(heard, "token"), said_at, advice=BUFFERING_ADVICE)
    yield _following(heard)
    yield _heartbeat(heard, said_at, is_silence_kept=is_silence_kept)


def _judge_headers(answer: Answer) -> Iterator[Finding]:
    if answer.header("X-Chat-Warning") == "wsgi":
        yield problem(
            "server",
            "The site is served through WSGI: an answer is sent in one piece when it is complete, each "
            "waiting member holds a worker, and turns sent to it are not answered.",
            "Serve the ASGI application: uvicorn PROJECT.asgi:application, or gunicorn with its worker.",
        )
    else:
        name = answer.header("Server")
        yield ok("server", f"The site is served through ASGI{f', behind {name}' if name else ''}.")
    if "no-transform" not in answer.header("Cache-Control"):
        yield warning(
            "headers",
            "Cache-Control: no-transform does not arrive, so proxies may compress or repack the stream.",
            "Let the proxy and the site's middleware leave the stream's Cache-Control alone.",
        )
    else:
        is_direct = answer.header("X-Accel-Buffering") == "no"
        yield ok(
            "headers",
            "Cache-Control arrives as it was sent; X-Accel-Buffering "
            + ("too." if is_direct else "was taken by a proxy on the way, as nginx does."),
        )


def _first_byte(answer: Answer) -> Finding:
    seconds = answer.headers_at - answer.asked_at
    says = f"The first byte came after {seconds * 1000:.0f} ms."
    if seconds < SLOW_SECONDS:
        return ok("first-byte", says)
    return warning(
        "first-byte",
        says,
        "If the words came all at once too, buffering is the reason; else the site or its database is busy.",
    )


def _compression(answer: Answer) -> Finding:
    if not answer.encoding:
        return ok("compression", "The stream is not compressed.")
    return problem(
        "compression",
        f"The stream is compressed ({answer.encoding}): whoever compresses waits for more text, and some "
        "browsers read the first piece only.",
        f"Leave {EVENT_STREAM} out of what is compressed (nginx: gzip_types; a CDN's own setting), and let "
        "the site's header Content-Encoding: identity pass.",
    )


def _completeness(answer: Answer, heard: Sequence[Heard]) -> Finding:
    numbers = numbers_of(heard)
    if not has_ended(heard):
        seconds = (answer.arrivals[-1].at if answer.arrivals else answer.headers_at) - answer.asked_at
        return problem(
            "events",
            f"The stream broke off {seconds:.1f} s after it was asked for, before the answer ended"
            f"{f': {answer.broke_off}' if answer.broke_off else ''}.",
            "A proxy's time limit may be below the heartbeat (nginx: proxy_read_timeout), or cannot read it.",
        )
    if numbers != list(range(1, len(numbers) + 1)) or text_of(heard) != TEXT:
        return problem(
            "events",
            f"The events arrived changed: numbers {numbers}, text {text_of(heard)!r}.",
            "Something on the way rewrites the stream: lines of id and data must pass as they are.",
        )
    return ok("events", f"All {len(numbers)} events arrived in order, with their numbers, and none twice.")


def gaps(check: str, moments: Sequence[float], said_at: Sequence[float], *, advice: str) -> Finding:
    """Compare when words came with when they were said; the last one, after the silence, is left out."""
    said, came = said_at[: len(WORDS) - 1], moments[: len(WORDS) - 1]
    if len(came) < len(said) or not said:
        return skipped(check, f"{len(moments)} of {len(WORDS)} words came as events of their own.")
    spoken = said[-1] - said[0]
    between = [later - earlier for earlier, later in pairwise(came)]
    shortest, middle, longest = (1000 * pick(between) for pick in (min, median, max))
    says = (
        f"Words were said over {spoken:.1f} s and came over {came[-1] - came[0]:.1f} s, "
        f"{shortest:.0f} to {longest:.0f} ms apart (median {middle:.0f})."
    )
    if came[-1] - came[0] < spoken * SHARE_OF_SPREAD:
        return problem(check, f"{says} They were kept back: a proxy or a middleware buffers.", advice)
    latest = max(at - said for at, said in zip(came, said, strict=True))
    says += f" The latest was {latest * 1000:.0f} ms behind."
    if latest > LATE_SECONDS:
        return warning(check, says, "The event log or the site's processes are slow: see the other checks.")
    return ok(check, says)


def _foreign_log() -> Finding:
    return problem(
        "following",
        "The site knew the answer from its database only, and had none of the events.",
        "The site and this command use different event logs: compare CHAT['EVENT_LOG'] and its OPTIONS.",
    )


def _following(heard: Sequence[Heard]) -> Finding:
    if not moments_of(heard, "token"):
        return skipped("following", "No word of the answer could be read.")
    return ok(
        "following",
        "The site followed a run of another process, this command's: any process may answer any request, "
        "and sticky sessions are not needed.",
    )


def _heartbeat(heard: Sequence[Heard], said_at: Sequence[float], *, is_silence_kept: bool) -> Finding:
    if not is_silence_kept:
        return skipped("heartbeat", "The silence was left out.")
    signs = moments_of(heard, KEEP_ALIVE)
    if signs and len(said_at) == len(WORDS) and signs[0] < said_at[-1]:
        return ok("heartbeat", "The stream gave a sign of life in the silence, and nobody closed it.")
    return problem(
        "heartbeat",
        "No sign of life came while the answer was silent: the stream is kept back or was closed.",
        "See the buffering above; a proxy's time limit must be above HEARTBEAT_SECONDS.",
    )


def check_resuming(browser: Browser, path: str) -> Finding:
    """Ask for the rest from the middle: by the header as EventSource does, and by the query."""
    middle = len(WORDS) // 2
    by_header = browser.get(path, {"Accept": EVENT_STREAM, "Last-Event-ID": str(middle)})
    by_query = browser.get(f"{path}?after={middle}", {"Accept": EVENT_STREAM})
    rest = heard_in_stream(by_query)
    if moments_of(rest, "snapshot"):
        return skipped("resuming", "The site does not have the events.")
    if numbers_of(rest)[:1] != [middle + 1]:
        return problem(
            "resuming",
            f"Asked for what comes after event {middle}, the site told something else.",
            "The query is lost or a cache answers: streams must not be cached, and queries must pass.",
        )
    if numbers_of(heard_in_stream(by_header))[:1] != [middle + 1]:
        return warning(
            "resuming",
            "The header Last-Event-ID does not reach the site: EventSource starts from the beginning again.",
            "Let the proxy pass it on. The chat page itself uses ?after=, which works.",
        )
    return ok("resuming", "A follower that lost its connection gets the rest, and nothing twice.")


def check_polling(browser: Browser, path: str) -> Finding:
    """Ask for the events as JSON, as a client does that cannot stream."""
    try:
        answer = browser.get(path, {"Accept": "application/json"})
    except Unreachable as error:
        return problem("polling", f"No answer: {error}.", "See the checks above.")
    if text_of(heard_in_page(answer)) == TEXT:
        return ok("polling", "The events can be had as JSON too.")
    return problem(
        "polling",
        f"The events as JSON are not whole: {answer.status} {answer.content_type}.",
        "Does a cache or a proxy ignore the Accept header?",
    )
