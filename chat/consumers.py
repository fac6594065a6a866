"""The WebSocket door: the same turns, runs and events as over HTTP."""

import asyncio
import json
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils.translation import gettext as _

from chat.asgi.deadline import write_deadline
from chat.asgi.interface import Receive, Scope, Send
from chat.conf import chat_settings, is_secure_scope, trusted_origins
from chat.database import TRANSIENT_ERRORS
from chat.exceptions import (
    BodyTooLarge,
    ChatError,
    InvalidInput,
    MessageNotFound,
    RateLimited,
    RunNotFound,
    Unavailable,
)
from chat.followers import followers
from chat.forms import CancelForm, ContinueForm, FollowForm, MessageForm, RegenerateForm, TurnForm, valid
from chat.models import Run
from chat.origins import is_allowed_origin
from chat.permissions import current_policy
from chat.protocol.events import Event
from chat.protocol.websocket import frame
from chat.pushing import Pusher
from chat.runs.answers import continue_answer, regenerate
from chat.runs.cancellation import request_cancel
from chat.runs.following import Follower, note_return
from chat.runs.queueing import Turn
from chat.runs.turns import start_turn
from chat.sessions import may_stay
from chat.traceparent import read_traceparent
from chat.views.api import error_body, parse_object

# Private close codes, shaped after the HTTP statuses.
NOT_SIGNED_IN = 4401
NOT_FOUND = 4404
IDLE = 4408
MOST_FOLLOWED = 6
# A member's hands do not send more; a loop does.
MOST_FRAMES = 60
FRAMES_WINDOW_SECONDS = 10.0
ACCESS_CHECK_SECONDS = 30.0

# The name, among the tasks of followers, of the one that speaks into silence.
KEEP_ALIVE = "keep-alive"

logger = logging.getLogger("chat.consumers")


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One member's socket on one conversation.

    Receiving only starts things: a run is told by a task of its own, so that "stop" is heard while the
    answer streams. Nothing that a client sends closes the socket.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the socket for as long as its peer takes what it is told."""
        connection = write_deadline().watch("websocket", receive, send)
        await super().__call__(scope, connection.receive, connection.send)

    async def connect(self) -> None:
        """Refuse foreign pages at the handshake; close with a code for who may not be here."""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._received_at: list[float] = []
        self._active_at = asyncio.get_running_loop().time()
        self._is_closed = False
        if not is_allowed_origin(
            self.scope["headers"], is_secure=is_secure_scope(self.scope), trusted=trusted_origins()
        ):
            await self.close()
            return
        await self.accept()
        header = dict(self.scope["headers"]).get(b"traceparent", b"")
        # Of the handshake: frames have no headers.
        self._traceparent = read_traceparent(header.decode("latin-1")) or ""
        self._conversation_id: UUID = self.scope["url_route"]["kwargs"]["conversation"]
        self._member = self.scope.get("user")
        if not current_policy().may_chat(self._member):
            await self.close(NOT_SIGNED_IN)
        elif not await self._may_see_conversation():
            await self.close(NOT_FOUND)
        else:
            self._start(KEEP_ALIVE, self._keep_alive())

    async def disconnect(self, code: int) -> None:
        """End the followers; the runs go on."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Say and hear nothing more: frames that were under way are of somebody who may not be here."""
        self._is_closed = True
        await super().close(code, reason)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Do what a frame asks, or say why not."""
        if self._is_closed:
            return
        asked: Mapping[str, Any] = {}
        try:
            self._count_frame()
            if text_data is None:
                raise InvalidInput(
                    "no text frame", fields={"__all__": [_("This is not a text frame of JSON.")]}
                )
            if len(text_data.encode(errors="surrogatepass")) > chat_settings().MAX_BODY_BYTES:
                raise BodyTooLarge(f"{len(text_data)} characters")
            asked = parse_object(text_data)
            await self._answer(asked)
        except ChatError as error:
            await self._refuse(error, asked)
        except TRANSIENT_ERRORS as error:
            logger.warning("database away while answering (%s)", type(error).__name__)
            await self._refuse(Unavailable(), asked)

    async def _answer(self, asked: Mapping[str, Any]) -> None:
        match asked.get("type"):
            case "send":
                await self._send_turn(asked)
            case "regenerate":
                new = replace(valid(RegenerateForm, asked).answer(), traceparent=self._traceparent)
                message_id = await self._visible_message(asked)
                turn = await regenerate(user=self._member, message_id=message_id, new=new)
                await self._accepted(turn, click=new.client_message_id)
            case "continue":
                new = replace(valid(ContinueForm, asked).answer(), traceparent=self._traceparent)
                message_id = await self._visible_message(asked)
                turn = await continue_answer(user=self._member, message_id=message_id, new=new)
                await self._accepted(turn, click=new.client_message_id)
            case "cancel":
                run = await self._visible_run(valid(CancelForm, asked).cleaned_data["run"])
                await request_cancel(run.pk)
            case "follow":
                form = valid(FollowForm, asked)
                run = await self._visible_run(form.cleaned_data["run"])
                await self._follow(run.pk, after=form.cleaned_data["after"] or 0)
            case _:
                raise InvalidInput("unknown type", fields={"type": [_("There is no frame of this type.")]})

    async def _send_turn(self, asked: Mapping[str, Any]) -> None:
        new = replace(valid(TurnForm, asked).turn(), traceparent=self._traceparent)
        turn = await start_turn(user=self._member, conversation_id=self._conversation_id, new=new)
        await self._accepted(turn, click=new.client_message_id)

    async def _accepted(self, turn: Turn, *, click: str) -> None:
        await self._say(
            {
                "type": "accepted",
                "client_message_id": click or turn.user_message.client_message_id,
                "run": str(turn.run.pk),
                "user_message": str(turn.user_message.pk),
                "assistant_message": str(turn.assistant_message.pk),
            }
        )
        await self._follow(turn.run.pk, after=0)

    async def _follow(self, run_id: UUID, *, after: int) -> None:
        """Tell a run from a position on; asked again, from the new position."""
        earlier = self._tasks.pop(str(run_id), None)
        if earlier:
            earlier.cancel()
            # It must say nothing more: its frames would mix with those of its successor.
            await asyncio.wait({earlier})
        # One of them keeps the socket alive.
        if len(self._tasks) > MOST_FOLLOWED:
            raise RateLimited("too many runs followed over one socket", retry_after_seconds=5)
        followers.require_room()
        if after:
            note_return(run_id, door="websocket")
        self._start(str(run_id), self._tell(run_id, after))

    async def _tell(self, run_id: UUID, after: int) -> None:
        name = str(run_id)
        encoded = name.encode()
        pusher = Pusher(self)
        pusher.begin()

        def tell(event: Event) -> bool:
            return pusher.push(frame(encoded, event))

        try:
            with followers.counted("websocket"), Follower(run_id, after=after, tell=tell) as follower:
                while events := await follower.next():
                    for event in events:
                        await self.send(text_data=frame(encoded, event).decode())
        except RunNotFound as gone:
            await self._refuse(gone, {"run": name})
        except TRANSIENT_ERRORS:
            await self._refuse(Unavailable(), {"run": name})

    async def _keep_alive(self) -> None:
        loop = asyncio.get_running_loop()
        checked_at = loop.time()
        while True:
            await asyncio.sleep(chat_settings().HEARTBEAT_SECONDS)
            if loop.time() - checked_at >= ACCESS_CHECK_SECONDS:
                checked_at = loop.time()
                if reason := await self._reason_to_go():
                    await self.close(reason)
                    return
            if self._is_idle(loop.time()):
                await self.close(IDLE)
                return
            await self._say({"type": "keep-alive"})

    def _is_idle(self, now: float) -> bool:
        """True if nothing was asked, and nothing told, for so long that nobody seems to need the socket."""
        if self._tasks.keys() - {KEEP_ALIVE}:
            self._active_at = now
        limit = chat_settings().SOCKET_IDLE_SECONDS
        return bool(limit) and now - self._active_at >= limit

    async def _reason_to_go(self) -> int | None:
        """Return the close code for a member who may not be here any more."""
        session_key = self.scope["session"].session_key
        if await may_stay(session_key, self._member, conversation_id=self._conversation_id):
            return None
        return NOT_FOUND if await may_stay(session_key, self._member) else NOT_SIGNED_IN

    async def _may_see_conversation(self) -> bool:
        visible = current_policy().conversations(self._member)
        return await visible.filter(pk=self._conversation_id).aexists()

    async def _visible_message(self, asked: Mapping[str, Any]) -> UUID:
        """Return the id of a message of this conversation. Raises InvalidInput, MessageNotFound."""
        message_id: UUID = valid(MessageForm, asked).cleaned_data["message"]
        here = current_policy().messages(self._member).filter(conversation=self._conversation_id)
        if not await here.filter(pk=message_id).aexists():
            raise MessageNotFound
        return message_id

    async def _visible_run(self, run_id: UUID | None) -> Run:
        """Return a run of this conversation; without an id the one that answers now. Raises RunNotFound."""
        runs = current_policy().runs(self._member).filter(conversation=self._conversation_id)
        run = await (runs.filter(pk=run_id) if run_id else runs.active()).afirst()
        if run is None:
            raise RunNotFound
        return run

    def _count_frame(self) -> None:
        now = self._active_at = asyncio.get_running_loop().time()
        self._received_at = [at for at in self._received_at if now - at < FRAMES_WINDOW_SECONDS][
            -MOST_FRAMES:
        ]
        self._received_at.append(now)
        if len(self._received_at) > MOST_FRAMES:
            raise RateLimited("too many frames", retry_after_seconds=int(FRAMES_WINDOW_SECONDS))

    async def _refuse(self, error: ChatError, asked: Mapping[str, Any]) -> None:
        """Say what was wrong. Not called ``error``: that type ends a run."""
        named = {key: asked[key] for key in ("client_message_id", "run") if isinstance(asked.get(key), str)}
        retry = getattr(error, "retry_after_seconds", None)
        hint = {"retry_after_seconds": retry} if retry else {}
        await self._say({**named, **error_body(error), **hint, "type": "refused"})

    async def _say(self, content: Mapping[str, Any]) -> None:
        # It may have been closed while a frame was being answered.
        if not self._is_closed:
            await self.send(text_data=json.dumps(content, ensure_ascii=True))

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks[name] = task
        task.add_done_callback(lambda done: self._forget(name, done))

    def _forget(self, name: str, done: asyncio.Task[None]) -> None:
        if self._tasks.get(name) is done:
            del self._tasks[name]
        if not done.cancelled() and (error := done.exception()):
            # The peer is gone, mostly; the server ends the consumer then.
            logger.info("a follower over a socket ended (%s)", type(error).__name__)
