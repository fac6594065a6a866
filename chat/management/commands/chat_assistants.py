"""List the assistants, or say what is wrong with them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.assistants import load_assistants
from chat.exceptions import AssistantError


class Command(BaseCommand):
    """Exits with an error at the first file that cannot be used."""

    help = "List the assistants and check their files."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each assistant."""
        try:
            assistants = load_assistants()
        except AssistantError as error:
            raise CommandError(str(error)) from error
        for assistant in assistants.values():
            model = assistant.model or "(the provider's model)"
            self.stdout.write(f"{assistant.key:16} {assistant.name:20} {model:24} {assistant.version}")
