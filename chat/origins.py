"""Which pages may open a WebSocket: those of the site itself, and those that the site trusts."""

from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

Headers = Sequence[tuple[bytes, bytes]]
_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_allowed_origin(headers: Headers, *, is_secure: bool, trusted: Sequence[str]) -> bool:
    """True if the page that asks comes from the host that is asked: scheme, name and port.

    Cookies go with a WebSocket whatever page opens it, so the origin is all that tells our pages from
    others. Only browsers send cookies by themselves, and they always name an origin: none is refused.
    ``trusted`` is Django's CSRF_TRUSTED_ORIGINS.
    """
    named = dict(headers)
    origin = _parsed(named.get(b"origin", b"").decode("latin-1"))
    if origin is None:
        return False
    own = _parsed(f"{'https' if is_secure else 'http'}://{named.get(b'host', b'').decode('latin-1')}")
    if own is not None and _place(origin) == _place(own):
        return True
    return any(_matches(origin, pattern) for pattern in trusted)


def _matches(origin: SplitResult, pattern: str) -> bool:
    scheme, _, host = pattern.partition("://")
    if host.startswith("*."):
        is_below = (origin.hostname or "").endswith(host[1:].partition(":")[0])
        return is_below and _place(origin) == (scheme, origin.hostname, _place_of(pattern)[2])
    return _place(origin) == _place_of(pattern)


def _parsed(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        is_origin = parts.scheme in _DEFAULT_PORTS and parts.hostname and not parts.path.strip("/")
        _ = parts.port
    except ValueError:
        return None
    return parts if is_origin and not parts.username else None


def _place(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme]


def _place_of(pattern: str) -> tuple[str, str | None, int | None]:
    parts = _parsed(pattern.replace("*.", "", 1))
    return ("", None, None) if parts is None else _place(parts)
