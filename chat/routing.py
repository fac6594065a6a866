"""Addresses of the WebSocket door, for a site's ``URLRouter``."""

from django.urls import path

from chat.consumers import ChatConsumer

websocket_urlpatterns = [
    path("ws/chat/<uuid:conversation>/", ChatConsumer.as_asgi(), name="chat-websocket"),
]
