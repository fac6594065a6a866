"""How much each of the app's addresses may be sent, and for how long: files are larger than messages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chat.asgi.interface import Scope
from chat.conf import ChatSettings, chat_settings

# What a form puts around a file.
FORM_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a body may be; no seconds are no limit."""

    most_bytes: int
    most_seconds: float


def bounds_of(scope: Scope) -> Bounds:
    """Return the bounds for a request to one of the app's own addresses."""
    settings = chat_settings()
    path = str(scope["path"])
    if scope["method"] == "POST":
        for ending, largest in _UPLOADS.items():
            if path.endswith(ending):
                most_bytes = max(settings.MAX_BODY_BYTES, largest(settings) + FORM_BYTES)
                return Bounds(most_bytes=most_bytes, most_seconds=settings.UPLOAD_TIMEOUT_SECONDS)
    return Bounds(most_bytes=settings.MAX_BODY_BYTES, most_seconds=settings.BODY_TIMEOUT_SECONDS)


# By the end of the path: what comes before it is the site's choice.
_UPLOADS: Mapping[str, Callable[[ChatSettings], int]] = {
    "/api/attachments/": lambda settings: settings.MAX_ATTACHMENT_BYTES,
    "/api/import/": lambda settings: settings.MAX_IMPORT_BYTES,
    "/data/import/": lambda settings: settings.MAX_IMPORT_BYTES,
}
