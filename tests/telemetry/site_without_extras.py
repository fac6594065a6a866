"""Settings of the demo site without observers: it needs no extra for telling about itself."""

from chatproject.settings import *  # noqa: F403
from chatproject.settings import CHAT as DEMO_CHAT

ALLOWED_HOSTS = ["testserver"]
CHAT = {**DEMO_CHAT, "OBSERVERS": [], "METRICS_TOKEN": "t"}
