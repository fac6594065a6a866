"""An extension of ASGI: the app's wrapper goes on with a stream once Django is done with its request.

Django keeps a request with all that its middlewares made of it, and two tasks, until the response has ended:
25 kB for each open stream. ``scope["extensions"]["chat.outlive"]`` is a function that takes the parts of a
response whose head is being sent; the response then has none of its own. They are made in the context of
the call, so that they speak the request's language.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, cast

EXTENSION = "chat.outlive"
Parts = AsyncGenerator[bytes, None]
TakeOver = Callable[[Parts], None]


async def no_parts() -> Parts:
    """Yield nothing: what a response is left with whose parts were taken over, or are not wanted."""
    parts: tuple[bytes, ...] = ()
    for part in parts:
        yield part


def take_over_of(scope: Mapping[str, Any]) -> TakeOver | None:
    """Return what takes over the parts of a response to this request, if there is something that does."""
    return cast("TakeOver | None", (scope.get("extensions") or {}).get(EXTENSION))
