"""The examination from beginning to end: what is looked at, in which order."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from chat.conf import chat_settings
from chat.doctor.backstage import check_clocks, check_database, check_event_log
from chat.doctor.browser import Browser, Unreachable
from chat.doctor.findings import Finding, Level, problem, skipped
from chat.doctor.following import SocketFollower
from chat.doctor.reaching import check_http_version, check_member, check_reachable, check_static
from chat.doctor.speaking import speaking
from chat.doctor.streaming import EVENT_STREAM, check_polling, check_resuming, judge_stream
from chat.doctor.visit import Visit, visiting

# How much longer than a heartbeat the answer is silent.
PATIENCE_SECONDS = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How to examine: as whom (empty: a temporary member), and whether to wait for a heartbeat."""

    username: str = ""
    is_quick: bool = False


def examine(browser: Browser, wishes: Wishes) -> Generator[Finding, None, None]:
    """Yield the findings as they are made; close the iterator to clean up early. Raises CannotVisit."""
    reachable = check_reachable(browser)
    yield reachable
    if reachable.level is Level.PROBLEM:
        yield skipped("stream", "Nothing else can be seen before the site is reached.")
        return
    with visiting(wishes.username) as visit:
        browser.cookie = visit.cookie
        try:
            yield from _examine_signed_in(browser, visit, wishes)
        except Unreachable as error:
            yield problem(
                "reachable", f"The site stopped answering: {error}.", "The site's log has the reason."
            )


def _examine_signed_in(browser: Browser, visit: Visit, wishes: Wishes) -> Iterator[Finding]:
    yield check_database(visit.conversation_id)
    member = check_member(browser, visit)
    yield member
    yield from check_static(browser)
    yield check_http_version(browser)
    if member.level is Level.PROBLEM:
        yield skipped("stream", "The run cannot be followed before the site knows the member.")
        return
    silence_seconds = _silence_seconds(wishes)
    socket = SocketFollower(browser, visit.conversation_id)
    socket.connect()
    # The run is made last of all: from now on it must be executed.
    run = visit.begin_run()
    path = browser.address.events(run.run_id)
    asked_at = datetime.now(UTC)
    with speaking(run.run_id, owner=run.owner, silence_seconds=silence_seconds) as speech:
        socket.follow(run.run_id)
        answer = browser.get(path, {"Accept": EVENT_STREAM})
        # A stream that broke off ends before the answer does; the socket may still hear it.
        speech.finish()
    yield check_event_log(speech)
    yield from judge_stream(answer, speech.said_at, is_silence_kept=silence_seconds > 0)
    yield socket.finding(speech.said_at)
    yield check_resuming(browser, path)
    yield check_polling(browser, path)
    yield from check_clocks(visit.conversation_id, answer, asked_at)


def _silence_seconds(wishes: Wishes) -> float:
    """Return how long the answer is to be silent; 0 where a silence that long would end the run."""
    limits = chat_settings()
    silence_seconds = limits.HEARTBEAT_SECONDS + PATIENCE_SECONDS
    if wishes.is_quick or silence_seconds >= limits.IDLE_TIMEOUT_SECONDS:
        return 0.0
    return silence_seconds
