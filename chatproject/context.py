"""What every template of the demo site may ask about the site."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, bool | str]:
    """Tell templates which doors are open, if the echo provider answers, and where the chat is."""
    return {
        "demo_accounts": settings.DEBUG,
        "echo_provider": settings.CHAT["PROVIDER"]["BACKEND"] == "chat.providers.echo.EchoProvider",
        "chat_address": settings.LOGIN_REDIRECT_URL,
        "sign_up_is_open": settings.SIGN_UP,
        "can_send_mail": settings.CAN_SEND_MAIL,
    }
