"""The same with limits that a test can wait for."""

from tests.doors.unpausing import *  # noqa: F403
from tests.doors.unpausing import CHAT as UNPAUSING_CHAT

CHAT = {**UNPAUSING_CHAT, "BODY_TIMEOUT_SECONDS": 2.0, "WRITE_TIMEOUT_SECONDS": 2.0}
