"""What every template of the demo site may ask about the site."""

from django.conf import settings
from django.http import HttpRequest

from chat.views.rendering import theme_of


def site(request: HttpRequest) -> dict[str, bool | str]:
    """Tell templates which colours are wanted, which doors are open, who answers, and where the chat is."""
    return {
        "theme": theme_of(request),
        "demo_accounts": settings.DEBUG,
        "echo_provider": settings.CHAT["PROVIDER"]["BACKEND"] == "chat.providers.echo.EchoProvider",
        "chat_address": settings.LOGIN_REDIRECT_URL,
        "sign_up_is_open": settings.SIGN_UP,
        "can_send_mail": settings.CAN_SEND_MAIL,
    }
