"""Made-up messages: records that are never stored, so that the page reads them as it reads real ones."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from chat.exceptions import RUN_ERRORS
from chat.models import Conversation, Message, Run
from chat.protocol import events
from chat.protocol.work import Work, encode_work
from chat.runs.tree import Step
from chat.views.states import texts

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
MODEL = "a-model-4.1-mini"

Exchange = tuple[Step, ...]


def question(text: str = texts.GREETING, *, siblings: int = 1) -> Step:
    """Return a message of the member, the second of so many versions if there are more."""
    message = Message(conversation=Conversation(), role=Message.Role.USER, content=text)
    return Step(message=message, sibling_index=min(siblings - 1, 1), sibling_count=siblings)


def answer(
    text: str,
    *,
    siblings: int = 1,
    status: str = Run.Status.COMPLETED,
    work: Work | None = None,
    **run: Any,
) -> Step:
    """Return an answer whose run stands as it is told."""
    conversation = Conversation()
    stored = encode_work(work) if work else None
    message = Message(conversation=conversation, role=Message.Role.ASSISTANT, content=text, work=stored)
    described = {"model": MODEL, "trace_id": TRACE_ID, "finish_reason": "stop", **run}
    Run(conversation=conversation, message=message, status=status, **described)
    return Step(message=message, sibling_index=min(siblings - 1, 1), sibling_count=siblings)


def said(text: str) -> Sequence[Step]:
    """Return a question and its answer."""
    return [question(), answer(text)]


def failures() -> Sequence[Step]:
    """Return an answer for each way to fail."""
    return [
        step
        for code in RUN_ERRORS
        for step in (
            question(code),
            answer(
                "What was said until then is kept.",
                status=Run.Status.FAILED,
                error_code=code,
                finish_reason="",
            ),
        )
    ]


def endings() -> Sequence[Step]:
    """Return an answer for each way to end before its end."""
    return [
        *(question("Stopped"), answer(texts.PARTIAL, status=Run.Status.CANCELLED, finish_reason="")),
        *(
            question("Stopped before the first word"),
            answer("", status=Run.Status.CANCELLED, finish_reason=""),
        ),
        *(question("Cut at the limit"), answer(texts.PARTIAL, finish_reason="length")),
        question("Interrupted"),
        answer(texts.PARTIAL, status=Run.Status.INTERRUPTED, error_code="interrupted", finish_reason=""),
    ]


def worked_out() -> Sequence[Step]:
    """Return an answer with thoughts, a tool's step that failed, and sources."""
    steps = (
        events.Step(
            id="1", kind="reasoning", name="", status="done", detail="First I look it up.", duration_ms=4200
        ),
        events.Step(id="2", kind="tool", name="search", status="done", detail="quokka"),
        events.Step(id="3", kind="tool", name="calculator", status="failed", detail="1 / 0"),
    )
    sources = (
        events.Source(
            id="1",
            title="The quokka, in short",
            url="https://www.example.org/quokka",
            content="A quokka is a small wallaby of Western Australia.",
            score=0.92,
        ),
        events.Source(
            id="2", title="Without an address", url="", content="It is about 50 cm long.", score=0.4
        ),
    )
    return [question(), answer("Quokkas are small. [1]", work=Work(sources=sources, steps=steps))]


def siblings() -> Sequence[Step]:
    """Return a question and an answer that have other versions."""
    return [question(siblings=3), answer(texts.MARKDOWN, siblings=12)]


def conversations() -> tuple[Sequence[Conversation], dict[UUID, Run]]:
    """Return a list of every kind of conversation, and the run of the one that is answering."""
    now = timezone.now()
    answering = Conversation(title="An answer is being written")
    listed = [
        Conversation(title="Pinned", pinned=True),
        answering,
        Conversation(title="A new answer that nobody has looked at", answered_at=now),
        Conversation(title="A title that is so long that it can never be shown in whole in a list like this"),
        Conversation(title="محادثة من اليمين إلى اليسار", updated_at=now - timedelta(days=1)),
        Conversation(title="", updated_at=now - timedelta(days=5)),
        Conversation(title="Some weeks ago", updated_at=now - timedelta(days=20)),
        Conversation(title="Some months ago", updated_at=now - timedelta(days=100)),
    ]
    message = Message(conversation=answering, role=Message.Role.ASSISTANT)
    run = Run(conversation=answering, message=message, status=Run.Status.RUNNING, trace_id=TRACE_ID)
    return listed, {answering.pk: run}
