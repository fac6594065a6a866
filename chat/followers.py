"""How many followers this process tells at once: its doors count them, and refuse who is too many."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, get_args

from chat.conf import chat_settings
from chat.exceptions import Unavailable

# Another process may have room; streams end all the time.
RETRY_AFTER_SECONDS = 5

Door = Literal["sse", "poll", "websocket", "feed"]


class Followers:
    """The open streams, waiting polls and runs told over WebSockets of one process."""

    def __init__(self) -> None:
        self._by_door = dict.fromkeys(get_args(Door), 0)

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self._by_door.values())

    def by_door(self) -> Mapping[str, int]:
        """Return how many follow through each kind of door."""
        return dict(self._by_door)

    def require_room(self) -> None:
        """Raises Unavailable if one more would be too many."""
        limit = chat_settings().MAX_FOLLOWERS
        if limit and self.count >= limit:
            raise Unavailable("too many followers", retry_after_seconds=RETRY_AFTER_SECONDS)

    @contextmanager
    def counted(self, door: Door) -> Iterator[None]:
        """Count one for as long as the block lasts."""
        self._by_door[door] += 1
        try:
            yield
        finally:
            self._by_door[door] -= 1


followers = Followers()
