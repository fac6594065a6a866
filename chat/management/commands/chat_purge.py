"""Purges what members deleted, and temporary conversations, once their time is up."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from chat.conf import chat_settings
from chat.database import close_lanes
from chat.runs.purging import purge_some, purgeable


class Command(BaseCommand):
    """Does at once what the running site does bit by bit."""

    help = (
        "Delete for good what members deleted, and temporary conversations, after the time that settings say."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--dry-run`` counts and deletes nothing."""
        parser.add_argument("--dry-run", action="store_true", help="only say how many would go")

    def handle(self, **options: Any) -> None:
        """Purge batch after batch, until nothing is left whose time is up."""
        if options["dry_run"]:
            self.stdout.write(f"{purgeable().count()} conversations would be purged")
            return
        self.stdout.write(f"{asyncio.run(_purge_all())} conversations purged")


async def _purge_all() -> int:
    log = chat_settings().EVENT_LOG.create()
    purged = 0
    try:
        while count := await purge_some(log):
            purged += count
    finally:
        await log.aclose()
        close_lanes()
    return purged
