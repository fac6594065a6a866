"""What is seen from the site's own host: database, event log, clocks."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from statistics import median
from uuid import UUID

from django.db import connections
from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.functions import Now

from chat.conf import chat_settings
from chat.doctor.browser import Answer
from chat.doctor.findings import Finding, ok, problem, warning
from chat.doctor.speaking import Speech
from chat.models import Conversation

ROUND_TRIPS = 5
SLOW_SECONDS = 0.05
# Dates in HTTP have whole seconds, and some servers renew theirs once a second only.
APART_SECONDS = 3.0
FAR_APART_SECONDS = 60.0


def check_database(conversation_id: UUID) -> Finding:
    """Ask for one row a few times."""
    rows = Conversation.objects.filter(pk=conversation_id)
    times = []
    for _ in range(ROUND_TRIPS):
        began_at = time.perf_counter()
        rows.exists()
        times.append(time.perf_counter() - began_at)
    connection = connections[rows.db]
    says = f"{connection.display_name} answers in {median(times) * 1000:.1f} ms."
    if median(times) > SLOW_SECONDS:
        return warning("database", says, "Each request makes a few round trips: bring the database nearer.")
    if connection.vendor == "sqlite":
        says += " SQLite serves one machine."
    return ok("database", says)


def check_event_log(speech: Speech) -> Finding:
    """Say whether what the run said can be read back."""
    backend = chat_settings().EVENT_LOG.BACKEND.rpartition(".")[2]
    if speech.failure is not None:
        return problem(
            "event-log",
            f"The run could not be executed here: {type(speech.failure).__name__}: {speech.failure}",
            "Does this host reach the database and the event log of the site?",
        )
    seconds = speech.log_read_seconds
    if seconds is None:
        return problem(
            "event-log",
            f"{backend} does not have what was just written to it.",
            "Is the event log reachable, and is it the site's?",
        )
    says = f"{backend} gives the events of a run back in {seconds * 1000:.1f} ms."
    if seconds > SLOW_SECONDS:
        return warning("event-log", says, "Followers in other processes wait for it: bring it nearer.")
    return ok("event-log", says)


def check_clocks(conversation_id: UUID, answer: Answer, asked_at: datetime) -> Iterator[Finding]:
    """Compare this host's clock with the database's, and with the site's Date header."""
    clock = ExpressionWrapper(Now(), output_field=DateTimeField())
    theirs = Conversation.objects.filter(pk=conversation_id).values_list(clock, flat=True).first()
    if theirs is not None:
        yield _clock("the database", (theirs - datetime.now(UTC)).total_seconds())
    try:
        shown = parsedate_to_datetime(answer.header("Date"))
    except ValueError:
        return
    # A date that names no zone is in UTC, as HTTP wants it.
    shown = shown.replace(tzinfo=shown.tzinfo or UTC)
    yield _clock("the site's Date header", (shown - asked_at).total_seconds())


def _clock(whose: str, difference: float) -> Finding:
    says = f"The clock of {whose} differs from this host's by {difference:+.1f} s."
    advice = "Let all hosts keep their time by NTP."
    if abs(difference) > FAR_APART_SECONDS:
        return problem("clock", f"{says} Sessions, limits and lists go wrong.", advice)
    if abs(difference) > APART_SECONDS:
        return warning("clock", says, f"{advice} Leases go by the database's clock and are not harmed.")
    return ok("clock", says)
