"""Settings of the demo site without observers: it needs no extra for telling about itself."""

from tests.site_settings import *  # noqa: F403
from tests.site_settings import CHAT as DEMO_CHAT

ALLOWED_HOSTS = ["testserver"]
CHAT = {**DEMO_CHAT, "OBSERVERS": [], "METRICS_TOKEN": "t"}
