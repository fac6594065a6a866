"""A member, their conversation, and an engine that ends with each test."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import get_user_model
from pytest_django import Settings

from chat.conf import read_settings
from chat.database import close_lanes
from chat.models import Conversation, LogBatch, Message, Run, Usage
from chat.models.run import from_now
from chat.protocol.events import Event
from chat.protocol.fold import Held, fold_all
from chat.runs.dispatch import close_dispatcher
from chat.runs.following import follow_run
from chat.runs.queueing import Turn
from chat.runs.turns import NewTurn, start_turn

Chat = dict[str, Any]


@pytest.fixture(autouse=True)
async def engine(settings: Settings, transactional_db: None) -> AsyncIterator[None]:
    """The echo provider without pauses, and nothing left running after the test."""
    settings.CHAT = {
        "PROVIDER": {"BACKEND": "chat.providers.echo.EchoProvider", "OPTIONS": {"delay_seconds": 0}},
        "LOG_INTERVAL_MS": 20,
        "CANCEL_POLL_SECONDS": 0.1,
        "COALESCE_MS": 0,
    }
    yield
    await close_dispatcher()
    close_lanes()


@pytest.fixture
def configure(settings: Settings) -> Callable[..., None]:
    """Change some of the app's settings for this test."""

    def change(**changes: Any) -> None:
        settings.CHAT = {**settings.CHAT, **changes}
        read_settings(settings.CHAT)

    return change


@pytest.fixture
async def member() -> Any:
    return await get_user_model().objects.acreate(username="member")


@pytest.fixture
async def conversation(member: Any) -> Conversation:
    return await Conversation.objects.acreate(owner=member, assistant="general")


@pytest.fixture
def say(member: Any, conversation: Conversation) -> Callable[..., Any]:
    """Say something as the member: ``turn = await say("…")``."""

    async def begin(content: str, client_message_id: str = "") -> Turn:
        new = NewTurn(content=content, client_message_id=client_message_id or uuid4().hex)
        return await start_turn(user=member, conversation_id=conversation.pk, new=new)

    return begin


async def hear(run_id: UUID, *, after: int = 0) -> list[Event]:
    """Follow a run to its end."""
    async with aclosing(follow_run(run_id, after=after)) as events:
        return [event async for event in events]


async def hear_whole(run_id: UUID) -> Held:
    """Follow a run to its end and return what that leaves."""
    return fold_all(await hear(run_id))


async def stored(turn: Turn) -> Run:
    """Return the turn's run and message as they are in the database now."""
    return await Run.objects.select_related("message").aget(pk=turn.run.pk)


async def of_another_process(turn: Turn, *, lease_seconds: float, **changes: Any) -> Run:
    """Return the turn's run as another process has begun it, with nothing said or stored yet."""
    await close_dispatcher()
    held = {
        "status": Run.Status.RUNNING,
        "lease_owner": uuid4(),
        "lease_expires_at": from_now(lease_seconds),
        "fence": 1,
        "attempt": 1,
        "checkpoint_seq": 0,
        # Here it may have come to its end.
        "ended_at": None,
        "last_seq": 0,
    }
    await Usage.objects.filter(run=turn.run.pk).adelete()
    await Run.objects.filter(pk=turn.run.pk).aupdate(**{**held, **changes})
    await LogBatch.objects.filter(run=turn.run.pk).adelete()
    await Message.objects.filter(pk=turn.assistant_message.pk).aupdate(content="")
    return await stored(turn)
