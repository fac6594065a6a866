"""A site on which neither prometheus-client nor OpenTelemetry is installed: what it does with a turn."""

import asyncio
import os
import sys
import tempfile
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

from tests.waiting import PATIENCE_SECONDS

MISSING = {"prometheus_client", "opentelemetry"}


class Missing(MetaPathFinder):
    """Finds nothing of the extras."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(name)


async def answers_of(member: Any) -> list[str]:
    """Say something, hear the answer, and ask how the site is."""
    from django.test import AsyncClient

    client = AsyncClient()
    await client.aforce_login(member)
    conversation = (await client.post("/chat/api/conversations/", {}, content_type="application/json")).json()
    turn = await client.post(
        f"/chat/api/conversations/{conversation['id']}/messages/",
        {"content": "/repeat heard", "client_message_id": "c1"},
        content_type="application/json",
    )
    events: Any = await client.get(turn.json()["events_url"])
    heard = b"".join([part async for part in events.streaming_content])
    metrics = await client.get("/metrics", headers={"authorization": "Bearer t"})
    ready = await client.get("/readyz")
    return [
        "answered" if b'"status":"completed"' in heard else "not answered",
        f"metrics {metrics.status_code}",
        f"ready {ready.status_code}",
    ]


async def visit(member: Any) -> list[str]:
    """Do it, and end the engine."""
    from chat.runs.dispatch import close_dispatcher
    from chat.views import health

    # The machine may do other things as well.
    health.PROBE_SECONDS = PATIENCE_SECONDS
    try:
        return await answers_of(member)
    finally:
        await close_dispatcher()


def main() -> None:
    """Prepare a site of its own, and visit it."""
    sys.meta_path.insert(0, Missing())
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'site.sqlite3'}"
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.telemetry.site_without_extras"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("check")
        call_command("migrate", verbosity=0)
        from django.contrib.auth import get_user_model

        told = asyncio.run(visit(get_user_model().objects.create(username="member")))
        sys.stdout.write("\n".join(told))


if __name__ == "__main__":
    main()
