"""Addresses that answers carry."""

from typing import Any

from django.urls import reverse


def run_addresses(run_id: Any) -> dict[str, str]:
    """Return where a run is followed, where it is stopped, and where a page reports on it."""
    return {
        "events_url": reverse("chat:run-events", args=[run_id]),
        "cancel_url": reverse("chat:run-cancel", args=[run_id]),
        "report_url": reverse("chat:run-report", args=[run_id]),
    }
