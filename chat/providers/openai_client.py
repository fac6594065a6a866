"""The HTTP client below the vendor's: what that one has made goes to the transport as it is.

The usual one merges its own headers, address, parameters and cookies into each request, of which it has
none here, and looks for redirects and ways to sign in: more work than what the vendor's client does.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2


class DirectClient(httpx2.AsyncClient):
    """Sends requests over one transport; ``check`` sees each response first, and raises if it is refused."""

    def __init__(
        self,
        transport: httpx2.AsyncBaseTransport,
        *,
        timeout: httpx2.Timeout,
        check: Callable[[httpx2.Response], Awaitable[None]],
    ) -> None:
        hooks = {"response": [check]}
        super().__init__(transport=transport, timeout=timeout, follow_redirects=False, event_hooks=hooks)
        self._direct_transport = transport
        self._check = check
        # The one that is asked for each answer is read once.
        self._addresses: dict[str, httpx2.URL] = {}

    def build_request(self, method: str, url: httpx2.URL | str, **parts: Any) -> httpx2.Request:
        """Return a request of what is given, and nothing else, where that is whole."""
        address = self._address(str(url))
        named = {name for name, part in parts.items() if part is not None}
        if named != {"content", "headers", "timeout"} or not address.is_absolute_url or address.userinfo:
            return super().build_request(method, url, **parts)
        timeout = httpx2.Timeout(parts["timeout"]).as_dict()
        return httpx2.Request(
            method,
            address,
            headers=parts["headers"],
            content=parts["content"],
            extensions={"timeout": timeout},
        )

    async def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        """Return the response to be read as it comes. Raises what ``check`` and the transport raise."""
        if not stream or options or request.url.userinfo:
            return await super().send(request, stream=stream, **options)
        response = await self._direct_transport.handle_async_request(request)
        response.request = request
        try:
            await self._check(response)
        except BaseException:
            await response.aclose()
            raise
        return response

    def _address(self, url: str) -> httpx2.URL:
        if url not in self._addresses:
            self._addresses = {url: httpx2.URL(url)}
        return self._addresses[url]
