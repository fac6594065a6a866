"""The public address of a site: where its pages, its API and its WebSocket are."""

from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit
from uuid import UUID

from django.urls import reverse

_DEFAULT_PORTS = {"http": 80, "https": 443}


class BadAddress(ValueError):
    """The text is no address of a web site; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A site's origin, and the prefix under which a proxy mounts the whole site."""

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the address that a person typed; the chat page's own also counts. Raises BadAddress."""
        if not text.isascii():
            raise BadAddress(f"{text!r} is not ASCII: give the URL as it goes over the wire.")
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise BadAddress(f"{text!r} is not a URL: {error}.") from error
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise BadAddress(f"{text!r} is not a URL such as https://chat.example.org.")
        if parts.username is not None or parts.query or parts.fragment:
            raise BadAddress("Give the site's URL without a user name, query and fragment.")
        prefix = parts.path.rstrip("/")
        page = reverse("chat:index").rstrip("/")
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=port or _DEFAULT_PORTS[parts.scheme],
            prefix=prefix.removesuffix(page) if page else prefix,
        )

    @property
    def is_encrypted(self) -> bool:
        """True for https."""
        return self.scheme == "https"

    @property
    def netloc(self) -> str:
        """The host as a browser names it: without the scheme's own port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: what a browser sends as ``Origin``."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def url(self) -> str:
        """The address as a person would type it."""
        return f"{self.origin}{self.prefix}/"

    def without_prefix(self) -> Self:
        """Return the same host, with the site at its root."""
        return replace(self, prefix="")

    def page(self) -> str:
        """Return the path of the chat page."""
        return self.prefix + reverse("chat:index")

    def conversation(self, conversation_id: UUID) -> str:
        """Return the path of a conversation in the API."""
        return self.prefix + reverse("chat:conversation-item", args=[conversation_id])

    def events(self, run_id: UUID) -> str:
        """Return the path of a run's events."""
        return self.prefix + reverse("chat:run-events", args=[run_id])

    def socket(self, conversation_id: UUID) -> str:
        """Return the path of a conversation's WebSocket, where ``chat.routing`` puts it."""
        return f"{self.prefix}/ws/chat/{conversation_id}/"
