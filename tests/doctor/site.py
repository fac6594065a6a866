"""Settings of the demo site as it is deployed, with a heartbeat that a test can wait for."""

from tests.site_settings import *  # noqa: F403
from tests.site_settings import CHAT, env

CHAT["HEARTBEAT_SECONDS"] = 1.0
STATIC_ROOT = env.str("TEST_STATIC_ROOT")
