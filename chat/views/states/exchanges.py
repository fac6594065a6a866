"""Made-up messages: records that are never stored, so that the page reads them as it reads real ones."""

from collections.abc import Sequence
from typing import Any

from chat.exceptions import RUN_ERRORS
from chat.models import Conversation, Message, Run
from chat.runs.tree import Step
from chat.views.states import texts

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
MODEL = "a-model-4.1-mini"

Exchange = tuple[Step, ...]


def question(text: str = texts.GREETING, *, siblings: int = 1) -> Step:
    """Return a message of the member, the second of so many versions if there are more."""
    message = Message(conversation=Conversation(), role=Message.Role.USER, content=text)
    return Step(message=message, sibling_index=min(siblings - 1, 1), sibling_count=siblings)


def answer(text: str, *, siblings: int = 1, status: str = Run.Status.COMPLETED, **run: Any) -> Step:
    """Return an answer whose run stands as it is told."""
    conversation = Conversation()
    message = Message(conversation=conversation, role=Message.Role.ASSISTANT, content=text)
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


def siblings() -> Sequence[Step]:
    """Return a question and an answer that have other versions."""
    return [question(siblings=3), answer(texts.MARKDOWN, siblings=12)]
