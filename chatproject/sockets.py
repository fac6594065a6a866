"""The demo site's WebSockets: the chat app's, and nothing at any other address."""

from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import re_path

from chat.routing import websocket_urlpatterns


async def nowhere(scope: Any, receive: Any, send: Any) -> None:
    """Refuse the handshake: for an address that it does not know, the router itself only raises."""
    await receive()
    await send({"type": "websocket.close"})


# Channels leads to ASGI applications where Django leads to views.
elsewhere = re_path("", nowhere)  # type: ignore[arg-type]
sockets = AuthMiddlewareStack(URLRouter([*websocket_urlpatterns, elsewhere]))
