"""The demo site's settings, with room for the capacity search's one process, and the least view beside it."""

from chatproject.settings import *  # noqa: F403
from chatproject.settings import CHAT

CHAT["MAX_ACTIVE_RUNS"] = 10_000
CHAT["MAX_FOLLOWERS"] = 10_000
ROOT_URLCONF = "bench.least"
