"""Settings of the demo site with its own limits, and an echo that pauses only where it is told to."""

from tests.site_settings import *  # noqa: F403
from tests.site_settings import CHAT as DEMO_CHAT

CHAT = {
    **DEMO_CHAT,
    "PROVIDER": {"BACKEND": "chat.providers.echo.EchoProvider", "OPTIONS": {"delay_seconds": 0}},
    "COALESCE_MS": 0,
}
