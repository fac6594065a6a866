"""The connection to an OpenAI-compatible server: what is let in, and how long it is waited for."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.request import getproxies

import anyio
import httpx2

from chat.exceptions import ProviderTimeout, ProviderUnavailable, RunError
from chat.providers.openai_client import DirectClient
from chat.providers.openai_errors import error_from_response
from chat.providers.openai_wire import AnswerReader

if TYPE_CHECKING:
    from chat.providers import openai_transport

# Our transport's, or the client's, which knows the body only as a part of the response.
Body: TypeAlias = "openai_transport.Body | httpx2.Response"

MAX_ERROR_BYTES = 64 * 1024
# After the finish_reason only usage can come; it is not worth a longer wait.
TRAILER_SECONDS = 2.0
# What the body's end may take after [DONE], so that the connection can be used again.
END_OF_BODY_SECONDS = 0.05
HEADERS = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
# The last two are what a broken TLS connection may raise, unmapped.
_TRANSPORT_ERRORS = (httpx2.HTTPError, httpx2.StreamError, OSError, anyio.EndOfStream)


def new_http_client(timeout: httpx2.Timeout) -> httpx2.AsyncClient:
    """Return a pool of connections that follows no redirects and lets no error in."""
    if transport := _fast_transport():
        return DirectClient(transport, timeout=timeout, check=_refuse_errors)
    return httpx2.AsyncClient(
        timeout=timeout,
        limits=httpx2.Limits(max_connections=None),
        follow_redirects=False,
        event_hooks={"response": [_refuse_errors]},
    )


def _fast_transport() -> httpx2.AsyncBaseTransport | None:
    """Return our own transport; none where the client's knows more, or has to do."""
    if getproxies():
        return None
    try:
        from chat.providers.openai_transport import AsyncioTransport
    except ImportError:
        return None
    return AsyncioTransport()


def body_in(response: httpx2.Response) -> Body:
    """Return what tells and closes the body: not the response, where our transport can do without.

    A response holds its request and all headers, 10 kB for as long as an answer takes.
    """
    return cast("Body", response.extensions.get("parts") or response)


async def parts_of(body: Body, reader: AnswerReader) -> AsyncGenerator[bytes]:
    """Yield the body as it arrives; what may come after the finish is waited for only shortly.

    Raises ProviderTimeout or ProviderUnavailable if the body breaks off before the finish.
    """
    parts = aiter(body.aiter_raw() if isinstance(body, httpx2.Response) else body)
    while True:
        try:
            part = await (_soon(parts, reader) if reader.is_finished else anext(parts))
        except StopAsyncIteration:
            return
        except _TRANSPORT_ERRORS as error:
            failure = _failure_of(error)
        else:
            yield part
            continue
        if reader.is_finished:
            return
        raise failure


async def push_parts(body: Body, take: Callable[[bytes], bool]) -> None:
    """Call this with what arrives, in the call that reads it, until it returns False.

    Returns at once where the transport cannot do so. Raises ProviderTimeout or ProviderUnavailable if the
    body breaks off.
    """
    if isinstance(body, httpx2.Response):
        return
    try:
        await body.push(take)
    except _TRANSPORT_ERRORS as error:
        failure = _failure_of(error)
    else:
        return
    raise failure


def _failure_of(error: Exception) -> RunError:
    # The vendor's exception is not kept: its frames hold the key.
    if isinstance(error, httpx2.TimeoutException):
        return ProviderTimeout("the provider fell silent")
    return ProviderUnavailable(f"the connection broke: {type(error).__name__}")


async def _soon(parts: AsyncIterator[bytes], reader: AnswerReader) -> bytes:
    async with asyncio.timeout(END_OF_BODY_SECONDS if reader.is_done else TRAILER_SECONDS):
        return await anext(parts)


async def _refuse_errors(response: httpx2.Response) -> None:
    """Raise a RunError for every status but 200; the vendor's client would read the body without a bound."""
    if response.status_code == 200:
        return
    body = b""
    if _is_plain(response):
        async with aclosing(response.aiter_raw()) as received:
            async for part in received:
                body += part
                if len(body) > MAX_ERROR_BYTES:
                    break
    raise error_from_response(response.status_code, response.headers, body[:MAX_ERROR_BYTES])


def check_stream(response: httpx2.Response) -> None:
    """Raises ProviderUnavailable if the body is no event stream that can be read."""
    if not _is_plain(response):
        raise ProviderUnavailable("the response is compressed although it was asked for plain")
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type in {"text/html", "application/json"}:
        raise ProviderUnavailable(f"the response is {content_type} and no event stream")


def _is_plain(response: httpx2.Response) -> bool:
    encoding: str = response.headers.get("content-encoding", "identity")
    return encoding == "identity"
