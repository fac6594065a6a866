"""The app's ASGI wrapper: one line around a site's application."""

from chat.asgi.application import ChatASGI

__all__ = ["ChatASGI"]
