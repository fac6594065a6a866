"""The pages of the states. Where the site is not being developed there is nothing at their addresses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase

from chat.conf import is_debugging
from chat.exceptions import NotFound, RunError, RunInterrupted
from chat.models import Run
from chat.runs.tree import Step
from chat.views.page_context import messages_context, page_context
from chat.views.pages import page
from chat.views.rendering import rendered
from chat.views.sidebar import Listed
from chat.views.states import texts
from chat.views.states.exchanges import (
    answer,
    conversations,
    endings,
    failures,
    question,
    said,
    siblings,
    worked_out,
)


def nothing_said() -> Sequence[Step]:
    """Return no messages."""
    return ()


def one_answer() -> Sequence[Step]:
    """Return a question and a short answer."""
    return said("A first answer.")


def being_said() -> Sequence[Step]:
    """Return an answer in the middle."""
    return [*one_answer(), question(), answer(texts.PARTIAL, status=Run.Status.RUNNING)]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state: its messages, and what states.js does to the page (the name of one of its functions)."""

    title: str
    messages: Callable[[], Sequence[Step]] = one_answer
    script: str = ""
    error: type[RunError] | None = None
    has_list: bool = False


def everything() -> Sequence[Step]:
    """Return the messages of all states."""
    return [step for name, state in STATES.items() if name != "everything" for step in state.messages()]


STATES = {
    "empty": State(title="Empty", messages=nothing_said),
    "refused": State(title="A plain form was refused", messages=nothing_said, error=RunInterrupted),
    "answer": State(title="An answer", messages=partial(said, texts.MARKDOWN)),
    "list": State(title="Conversations of every kind", has_list=True),
    "loading": State(title="Loading earlier messages", script="loading"),
    "thinking": State(title="Thinking", script="thinking"),
    "streaming": State(title="Streaming", messages=being_said, script="streaming"),
    "reconnecting": State(title="Reconnecting", messages=being_said, script="reconnecting"),
    "lost": State(title="Connection lost", messages=being_said, script="lost"),
    "offline": State(title="Offline", script="offline"),
    "waiting": State(title="Waiting to be sent", script="waiting"),
    "signed-out": State(title="Signed out", script="signedOut"),
    "errors": State(title="Every error", messages=failures),
    "endings": State(title="Stopped, cut, interrupted", messages=endings),
    "worked-out": State(title="Thoughts, steps and sources", messages=worked_out),
    "siblings": State(title="Other versions", messages=siblings),
    "long-words": State(
        title="Long words", messages=lambda: [question(texts.LONG_WORDS), answer(texts.LONG_WORDS)]
    ),
    "code": State(title="Much code", messages=partial(said, texts.CODE)),
    "table": State(title="A wide table", messages=partial(said, texts.TABLE)),
    "right-to-left": State(
        title="Right to left", messages=lambda: [question(texts.HEBREW_QUESTION), answer(texts.ARABIC)]
    ),
    "everything": State(title="All of these messages on one page", messages=everything, has_list=True),
}


async def read_index(request: HttpRequest, member: Any) -> HttpResponseBase:
    """The list of states."""
    _only_while_developing()
    states = [(name, state.title) for name, state in STATES.items()]
    context = {**await page_context(request, member, None), "states": states}
    return await rendered(request, "chat/states/index.html", context)


async def read_state(request: HttpRequest, member: Any, state: str) -> HttpResponseBase:
    """The chat page in one state."""
    _only_while_developing()
    shown = STATES.get(state)
    if shown is None:
        raise NotFound
    context = await page_context(request, member, None, error=str(shown.error.message) if shown.error else "")
    context["messages"] = await sync_to_async(lambda: messages_context(request, shown.messages()))()
    context["state"] = shown
    if shown.has_list:
        context |= await sync_to_async(_list_context)(request, member)
    return await rendered(request, "chat/states/page.html", context)


def _list_context(request: HttpRequest, member: Any) -> dict[str, Any]:
    listed = Listed(request, member)
    listed.conversations, active_runs = conversations()
    return listed.context(active_runs)


def _only_while_developing() -> None:
    if not is_debugging():
        raise NotFound


index = page(GET=read_index)
state = page(GET=read_state)
