"""How many followers this process tells at once: its doors count them, and refuse who is too many."""

from collections.abc import Iterator
from contextlib import contextmanager

from chat.conf import chat_settings
from chat.exceptions import Unavailable

# Another process may have room; streams end all the time.
RETRY_AFTER_SECONDS = 5


class Followers:
    """The open streams, waiting polls and runs told over WebSockets of one process."""

    def __init__(self) -> None:
        self.count = 0

    def require_room(self) -> None:
        """Raises Unavailable if one more would be too many."""
        limit = chat_settings().MAX_FOLLOWERS
        if limit and self.count >= limit:
            raise Unavailable("too many followers", retry_after_seconds=RETRY_AFTER_SECONDS)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count one for as long as the block lasts."""
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1


followers = Followers()
