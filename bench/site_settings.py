"""The demo site's settings, with room for the one process that the capacity search fills."""

from chatproject.settings import *  # noqa: F403
from chatproject.settings import CHAT

CHAT["MAX_ACTIVE_RUNS"] = 10_000
CHAT["MAX_FOLLOWERS"] = 10_000
