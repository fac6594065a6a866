"""The app's registration with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    """Registers the system checks, and what has to hear of deletions."""

    name = "chat"
    verbose_name = _("Chat")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks and receivers by importing them."""
        from chat import checks  # noqa: F401
        from chat.attachments import storing  # noqa: F401
