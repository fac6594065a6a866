"""Chainlit's own protocol, socket.io over a WebSocket, as far as its page uses it for one question."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.checking import TokenCheck
from bench.contenders import Streams
from bench.socket_client import Socket
from bench.streaming import Stream, converse

PATH = "/ws/socket.io/?EIO=4&transport=websocket"
# Packet types of engine.io, and of socket.io inside its messages.
_OPEN, _PING, _PONG = "0", "2", "3"
_CONNECT, _EVENT = "40", "42"


def chainlit_streams(port: int) -> Streams:
    """Ask Chainlit: a session of its own for each question."""

    async def streams(script: str, number: int) -> Sequence[Stream]:
        return [ChainlitStream(port=port, question=script)] * number

    return streams


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainlitStream:
    """One question to a Chainlit app."""

    port: int
    question: str

    async def read(self, check: TokenCheck) -> None:
        """Have all its tokens checked. Raises OSError if it is refused or breaks off."""

        is_asked = False

        def hear(payload: bytes) -> None:
            nonlocal is_asked
            packet = payload.decode()
            if packet.startswith(_EVENT):
                name, *arguments = json.loads(packet[len(_EVENT) :])
                if name == "stream_token":
                    check.hear({"content": arguments[0]["token"]})
                elif name == "stream_start":
                    # It takes the first token along.
                    check.hear({"content": arguments[0]["output"]})
                elif name == "clear_call_fn" and not is_asked:
                    # The session is ready; before that a question would be lost.
                    is_asked = True
                    socket.send(_event("client_message", self._message()))
                elif name == "task_end" and is_asked:
                    socket.finish()
            elif packet.startswith(_CONNECT):
                socket.send(_event("connection_successful"))
            elif packet == _PING:
                socket.send(_PONG)

        def begin() -> None:
            session = {"sessionId": str(uuid.uuid4()), "clientType": "webapp", "userEnv": "{}"}
            socket.send(_CONNECT + json.dumps(session))

        socket = Socket(self.port, PATH, {}, hear)
        await converse(socket, begin)

    def _message(self) -> dict[str, object]:
        return {
            "message": {
                "id": str(uuid.uuid4()),
                "threadId": "",
                "name": "user",
                "type": "user_message",
                "output": self.question,
                "createdAt": datetime.now(UTC).isoformat(),
            },
            "fileReferences": [],
        }


def _event(name: str, *arguments: object) -> str:
    return _EVENT + json.dumps([name, *arguments])
