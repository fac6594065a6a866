"""What every template of the demo site may ask about the site."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, bool]:
    """Tell templates whether demo accounts exist and whether the echo provider answers."""
    return {
        "demo_accounts": settings.DEBUG,
        "echo_provider": settings.CHAT["PROVIDER"]["BACKEND"] == "chat.providers.echo.EchoProvider",
    }
