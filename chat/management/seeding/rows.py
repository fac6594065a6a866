"""Rows of conversations that might have been: trees, runs of every kind, what they used, thumbs."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import uuid4

from django.db.models import Model

from chat.management.seeding.words import Words
from chat.models import Conversation, Feedback, Message, Run, Usage
from chat.runs.titles import title_from

# Name, milliseconds until the first token, tokens a second, dollars per million tokens in and out.
MODELS = (
    ("gpt-4.1-mini", 420, 90, (0.4, 1.6)),
    ("gpt-4.1", 700, 55, (2.0, 8.0)),
    ("local-8b", 180, 35, (0.0, 0.0)),
)
ENDS = (Run.Status.COMPLETED, Run.Status.CANCELLED, Run.Status.FAILED, Run.Status.INTERRUPTED)
WEIGHTS_OF_ENDS = (90, 5, 4, 1)
ERROR_CODES = ("provider_unavailable", "provider_timeout", "rate_limited", "content_filtered")
LONGEST = 5_000
# Shorter ones are said in one go, with minutes between the messages.
LONG = 1_000

Rows = dict[type[Model], list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much there will be, and since when."""

    conversations: int
    messages: int
    active_runs: int
    since: datetime
    until: datetime


@dataclass(slots=True, kw_only=True)
class _Telling:
    """A conversation while it is being made up."""

    conversation: Conversation
    language: str
    now: datetime
    left: int
    rows: Rows = field(default_factory=lambda: defaultdict(list))


class Seeder:
    """Makes up conversations, oldest first; the same seed gives the same ones, but for ids and times."""

    def __init__(self, *, members: Sequence[Any], assistants: Sequence[str], seed: int) -> None:
        self._random = Random(seed)  # noqa: S311
        self._words = Words(self._random)
        self._members = members
        # As on real sites, few members write most: the second half as much as the first, and so on.
        self._weights = [1 / number for number in range(1, len(members) + 1)]
        self._assistants = assistants

    def conversations(self, scale: Scale) -> Iterator[Rows]:
        """Yield the rows of one conversation after another."""
        left = scale.messages
        span = scale.until - scale.since
        # The newest one is long: what a page of it costs is worth a look.
        longest = min(LONGEST, scale.messages // 10)
        for number in range(scale.conversations):
            is_last = number == scale.conversations - 1
            to_come = scale.conversations - number - 1
            average = (left - longest) / to_come if to_come else left
            length = left if is_last else min(left - longest, self._length(average, is_final=to_come == 1))
            left -= length
            # The long one was not said in a day.
            begun = (
                scale.until - span / 10 if is_last else scale.since + span * (number / scale.conversations)
            )
            owner = self._members[0] if is_last else self._random.choices(self._members, self._weights)[0]
            is_active = to_come < scale.active_runs
            yield self._conversation(owner, begun, length, until=scale.until, is_active=is_active)

    def _length(self, average: float, *, is_final: bool) -> int:
        if is_final or average <= 0:
            return max(0, round(average))
        return round(self._random.expovariate(1 / average))

    def _conversation(
        self, owner: Any, begun: datetime, length: int, *, until: datetime, is_active: bool
    ) -> Rows:
        telling = _Telling(
            conversation=Conversation(
                id=uuid4(),
                owner=owner,
                assistant=self._random.choice(self._assistants),
                pinned=self._random.random() < 0.01,
                archived=self._random.random() < 0.1,
                created_at=begun,
                updated_at=begun,
            ),
            language=self._words.language(),
            now=begun,
            left=length,
        )
        telling.rows[Conversation].append(telling.conversation)
        pause = (until - begun) / max(1, length)
        if length < LONG:
            pause = min(timedelta(minutes=5), pause)
        shown: Message | None = None
        while telling.left > 0:
            shown = self._turn(telling, shown, pause, is_active=is_active and telling.left <= 2)
        telling.conversation.active_leaf = shown
        telling.conversation.updated_at = telling.now
        return telling.rows

    def _turn(
        self, telling: _Telling, parent: Message | None, pause: timedelta, *, is_active: bool
    ) -> Message:
        """Ask, perhaps in other words a second time, and be answered, perhaps twice."""
        question = self._question(telling, parent, pause)
        if telling.left > 3 and self._random.random() < 0.04:
            self._answer(telling, question, pause)
            question = self._question(telling, parent, pause)
        if telling.left <= 0:
            return question
        if telling.left > 1 and self._random.random() < 0.06:
            self._answer(telling, question, pause)
        return self._answer(telling, question, pause, is_active=is_active)

    def _question(self, telling: _Telling, parent: Message | None, pause: timedelta) -> Message:
        content = self._words.question(telling.language)
        telling.conversation.title = telling.conversation.title or title_from(content)
        return self._message(
            telling, parent, pause, role=Message.Role.USER, content=content, client_message_id=uuid4().hex
        )

    def _answer(
        self, telling: _Telling, question: Message, pause: timedelta, *, is_active: bool = False
    ) -> Message:
        status = Run.Status.QUEUED if is_active else self._random.choices(ENDS, WEIGHTS_OF_ENDS)[0]
        content = "" if is_active else self._words.answer(telling.language)
        if status is not Run.Status.COMPLETED:
            content = content[: len(content) // 2]
        answer = self._message(telling, question, pause, role=Message.Role.ASSISTANT, content=content)
        self._run(telling, answer, status)
        if status is Run.Status.COMPLETED and self._random.random() < 0.08:
            rating = 1 if self._random.random() < 0.8 else -1
            thumb = Feedback(message=answer, user=telling.conversation.owner, rating=rating)
            thumb.created_at = thumb.updated_at = answer.created_at
            telling.rows[Feedback].append(thumb)
        return answer

    def _message(self, telling: _Telling, parent: Message | None, pause: timedelta, **values: Any) -> Message:
        telling.left -= 1
        message = Message(
            id=uuid4(),
            conversation=telling.conversation,
            parent=parent,
            created_at=telling.now,
            **values,
        )
        telling.now += max(pause * self._random.random(), timedelta(microseconds=1))
        telling.rows[Message].append(message)
        return message

    def _run(self, telling: _Telling, answer: Message, status: Run.Status) -> None:
        model, usual_ttft, speed, prices = self._random.choice(MODELS)
        run = Run(
            id=uuid4(),
            conversation=telling.conversation,
            message=answer,
            status=status,
            model=model,
            assistant=telling.conversation.assistant,
            trace_id=uuid4().hex,
            created_at=answer.created_at,
            is_logged=False,
        )
        telling.rows[Run].append(run)
        if run.is_active:
            return
        tokens = max(1, len(answer.content) // 4)
        run.attempt = run.fence = 1
        run.checkpoint_seq = run.last_seq = tokens + 2
        run.error_code = self._error_code(status)
        run.finish_reason = "stop" if status is Run.Status.COMPLETED else ""
        run.started_at = run.created_at + timedelta(milliseconds=5)
        run.reconnects = self._random.choices((0, 1, 2), (93, 5, 2))[0]
        if status is not Run.Status.FAILED:
            run.ttft_ms = round(usual_ttft * self._random.lognormvariate(0, 0.4))
            self._report_of_the_browser(run)
        run.duration_ms = (run.ttft_ms or 50) + round(1000 * tokens / speed / self._random.uniform(0.7, 1.2))
        run.ended_at = run.created_at + timedelta(milliseconds=run.duration_ms)
        if status is not Run.Status.FAILED:
            self._usage(telling, run, tokens, prices)

    def _report_of_the_browser(self, run: Run) -> None:
        # Some close the page before it can tell.
        if self._random.random() < 0.7:
            run.client_ttft_ms = (run.ttft_ms or 0) + self._random.randint(15, 180)
            run.client_stalls = self._random.choices((0, 1, 3), (90, 8, 2))[0]
            run.client_reconnects = run.reconnects

    def _usage(self, telling: _Telling, run: Run, tokens: int, prices: tuple[float, float]) -> None:
        before = min(len(telling.rows[Message]) * 60, 12_000)
        is_exact = run.status == Run.Status.COMPLETED
        telling.rows[Usage].append(
            Usage(
                run=run,
                input_tokens=before,
                output_tokens=tokens,
                accuracy=Usage.Accuracy.EXACT if is_exact else Usage.Accuracy.ESTIMATED,
                cost=Decimal(round(before * prices[0] + tokens * prices[1])) / 1_000_000,
                created_at=run.ended_at or run.created_at,
            )
        )

    def _error_code(self, status: Run.Status) -> str:
        if status is Run.Status.INTERRUPTED:
            return "interrupted"
        return self._random.choice(ERROR_CODES) if status is Run.Status.FAILED else ""
