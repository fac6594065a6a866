"""Let what was stored before be found."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chat.models import SearchEntry
from chat.search.backends import current_index
from chat.search.rebuilding import index_missing


class Command(BaseCommand):
    """Fills the search index in batches, while the site runs; may be stopped and started again."""

    help = "Make the search entries that are missing, after an upgrade or an import by other means."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to begin anew."""
        parser.add_argument("--rebuild", action="store_true", help="drop all entries first")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them."""
        if not current_index().has_entries:
            self.stdout.write("This database has no index for search: nothing to do.")
            return
        if options["rebuild"]:
            SearchEntry.objects.all().delete()
        looked_at = 0
        for looked_at in index_missing():
            self.stdout.write(f"{looked_at} messages and titles")
        if not looked_at:
            self.stdout.write("Nothing is missing.")
