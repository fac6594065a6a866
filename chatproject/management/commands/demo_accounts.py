"""Create the accounts that a first visitor signs in with; only where DEBUG is on."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """`demo` / `demo` is a member, `admin` / `admin` a superuser. Existing accounts stay as they are."""

    help = "Create the demo accounts demo/demo and admin/admin (refused where DEBUG is off)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo accounts have known passwords: they are only made where DEBUG is on.")
        members = get_user_model().objects
        if not members.filter(username="demo").exists():
            members.create_user(username="demo", password="demo")  # noqa: S106
        if not members.filter(username="admin").exists():
            members.create_superuser(username="admin", password="admin")  # noqa: S106
        self.stdout.write("Sign in as demo / demo (member) or admin / admin (superuser).")
