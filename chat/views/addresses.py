"""Addresses that answers carry."""

from typing import Any

from django.urls import reverse


def run_addresses(run_id: Any) -> dict[str, str]:
    """Return where a run is followed and where it is stopped."""
    return {
        "events_url": reverse("chat:run-events", args=[run_id]),
        "cancel_url": reverse("chat:run-cancel", args=[run_id]),
    }
