"""Fill the database with made-up members and conversations, to see how the site does with many."""

import time
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from chat.assistants import load_assistants
from chat.conf import is_debugging
from chat.management.seeding.rows import Scale, Seeder
from chat.management.seeding.storing import store


class Command(BaseCommand):
    """Adds to what is there. The members, `seeded-0001` and so on, cannot sign in: they have no password."""

    help = "Add made-up conversations of many members (where DEBUG is off, only with --yes)."

    def add_arguments(self, parser: CommandParser) -> None:
        """How much, of whom, since when."""
        parser.add_argument("--conversations", type=int, default=1_000, help="how many (1,000)")
        parser.add_argument("--messages", type=int, default=20_000, help="in all of them together (20,000)")
        parser.add_argument(
            "--members", type=int, default=200, help="whose they are; the first has most (200)"
        )
        parser.add_argument("--days", type=int, default=400, help="since when (400)")
        parser.add_argument(
            "--active",
            type=int,
            default=0,
            help="so many are queued to be answered (0); a site that uses this database will answer them",
        )
        parser.add_argument("--seed", type=int, default=1, help="other numbers make other conversations (1)")
        parser.add_argument("--yes", action="store_true", help="also where DEBUG is off")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make and store them."""
        if not (is_debugging() or options["yes"]):
            raise CommandError(
                "This fills the database with made-up conversations: say --yes if you mean it."
            )
        for name in ("conversations", "members", "days"):
            if options[name] < 1:
                raise CommandError(f"--{name} must be at least 1.")
        began = time.monotonic()
        now = timezone.now()
        seeder = Seeder(
            members=_members(options["members"]), assistants=list(load_assistants()), seed=options["seed"]
        )
        scale = Scale(
            conversations=options["conversations"],
            messages=options["messages"],
            active_runs=options["active"],
            since=now - timedelta(days=options["days"]),
            until=now,
        )
        for stored in store(seeder.conversations(scale)):
            self.stdout.write(f"{stored} conversations, {time.monotonic() - began:.0f} s")
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # The planner's figures would be those of an empty database until autovacuum comes.
                cursor.execute("ANALYZE")


def _members(number: int) -> list[Any]:
    """Return so many members, new ones where there are too few."""
    users = get_user_model()
    field = users.USERNAME_FIELD
    names = [f"seeded-{count:04}" for count in range(1, number + 1)]
    found = {user.get_username(): user for user in users._default_manager.filter(**{f"{field}__in": names})}
    for name in names:
        if name not in found:
            user = users(**{field: name})
            user.set_unusable_password()
            user.save()
            found[name] = user
    return [found[name] for name in names]
