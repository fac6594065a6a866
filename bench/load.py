"""Opens many streams at once and reads each to its end."""

import asyncio
import json
from collections.abc import Sequence

from bench.checking import Findings, TokenCheck
from bench.http_client import Post, send

# Beyond its own pace an answer may take this much longer before the measurement gives up.
PATIENCE_SECONDS = 30.0


def script(*, tokens: int, rate: float) -> str:
    """Return what makes the scripted model say so many words, so many a second."""
    return f"tokens count={tokens} rate={rate:g}"


async def read_streams(
    posts: Sequence[Post], findings: Findings, *, tokens: int, rate: float, ramp_seconds: float = 1.0
) -> None:
    """Open a stream for each request, evenly over the ramp, and check every token of each."""
    limit_seconds = tokens / rate + PATIENCE_SECONDS
    streams = [
        _read_stream(
            post,
            findings,
            tokens=tokens,
            delay_seconds=number * ramp_seconds / len(posts),
            limit_seconds=limit_seconds,
        )
        for number, post in enumerate(posts)
    ]
    await asyncio.gather(*streams)


async def ask(post: Post) -> dict[str, object]:
    """Send one request and return the JSON of its answer. Raises RuntimeError if it is refused."""
    body = bytearray()
    status = await send(post, body.extend)
    if status >= 400:
        raise RuntimeError(f"{post.path} answered {status}: {body[:500]!r}")
    answer: dict[str, object] = json.loads(body)
    return answer


async def _read_stream(
    post: Post, findings: Findings, *, tokens: int, delay_seconds: float, limit_seconds: float
) -> None:
    await asyncio.sleep(delay_seconds)
    check = TokenCheck()
    is_open = False

    def hear(data: bytes) -> None:
        nonlocal is_open
        if not is_open:
            is_open = True
            findings.open_streams += 1
        check.feed(data)

    try:
        async with asyncio.timeout(limit_seconds):
            status = await send(post, hear)
    except (OSError, TimeoutError) as error:
        findings.faults[type(error).__name__] += 1
    else:
        findings.streams += 1
        if status != 200:
            findings.faults[f"status {status}"] += 1
    findings.open_streams -= is_open
    check.end(expected=tokens)
    findings.tokens += check.tokens
    findings.faults += check.faults
