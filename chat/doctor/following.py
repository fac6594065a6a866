"""Follows the run over a WebSocket, beside the stream, and judges how that went."""

from collections.abc import Sequence
from contextlib import closing
from http import HTTPStatus
from importlib.util import find_spec
from threading import Thread
from uuid import UUID

from chat.doctor.browser import Browser, Unreachable
from chat.doctor.findings import Finding, ok, problem, skipped
from chat.doctor.hearing import Heard, has_ended, heard_in_frames, moments_of, text_of
from chat.doctor.speaking import TEXT
from chat.doctor.streaming import gaps
from chat.doctor.websocket import HandshakeRefused, WebSocket

CHECK = "websocket"
NOT_SIGNED_IN, NOT_FOUND = 4401, 4404
BUFFERING_ADVICE = "The proxy must pass a WebSocket's frames on at once: compare with the gaps of the stream."

UPGRADE_ADVICE = (
    "nginx: proxy_http_version 1.1, proxy_set_header Upgrade $http_upgrade, and Connection upgrade for such "
    "requests. If the proxy does that, asgi.py must route chat.routing.websocket_urlpatterns, and the server "
    "needs WebSocket support (uvicorn[standard])."
)


class SocketFollower:
    """Follows in a thread of its own; ``finding`` says how it went, once the run has ended."""

    def __init__(self, browser: Browser, conversation_id: UUID) -> None:
        self._browser = browser
        self._conversation_id = conversation_id
        self._thread: Thread | None = None
        self._socket: WebSocket | None = None
        self._heard: list[Heard] = []
        self._failure: Finding | None = None
        self._broke_off = ""

    def connect(self) -> None:
        """Open the socket."""
        if find_spec("channels") is None:
            self._failure = skipped(
                CHECK, "channels is not installed, so there is none; the page needs none."
            )
            return
        try:
            self._socket = WebSocket.open(self._browser, self._browser.address.socket(self._conversation_id))
        except HandshakeRefused as refused:
            self._failure = _refused(refused)
        except Unreachable as error:
            self._failure = problem(CHECK, f"No answer to the handshake: {error}.", UPGRADE_ADVICE)

    def follow(self, run_id: UUID) -> None:
        """Begin to listen, if there is a socket."""
        if self._socket is not None:
            self._thread = Thread(target=self._listen, args=(self._socket, run_id), daemon=True)
            self._thread.start()

    def finding(self, said_at: Sequence[float]) -> Finding:
        """Wait for the end of the run and say how it was heard."""
        if self._failure is not None:
            return self._failure
        if self._thread is not None:
            # The run has ended: the socket has its end at once, or never.
            self._thread.join(timeout=self._browser.timeout_seconds)
        code = self._socket.close_code if self._socket else None
        if code == NOT_SIGNED_IN:
            return problem(
                CHECK,
                "The socket does not know the member.",
                "Wrap the routes in channels' AuthMiddlewareStack, and let the proxy pass cookies on.",
            )
        if code == NOT_FOUND:
            return problem(CHECK, "The socket does not find the conversation.", "See the sign-in check.")
        if not has_ended(self._heard):
            return problem(
                CHECK,
                f"The socket ended before the answer did{f': {self._broke_off}' if self._broke_off else ''}.",
                "A proxy's time limit may be below HEARTBEAT_SECONDS.",
            )
        if text_of(self._heard) != TEXT:
            return problem(
                CHECK, f"The text arrived changed: {text_of(self._heard)!r}.", "Something rewrites frames."
            )
        return self._pace(said_at)

    def _pace(self, said_at: Sequence[float]) -> Finding:
        pace = gaps(CHECK, moments_of(self._heard, "token"), said_at, advice=BUFFERING_ADVICE)
        if pace.advice:
            return pace
        return ok(CHECK, f"The upgrade passes, and the answer came over it. {pace.says}")

    def _listen(self, socket: WebSocket, run_id: UUID) -> None:
        with closing(socket) as opened:
            try:
                opened.send({"type": "follow", "run": str(run_id), "after": 0})
                heard_in_frames(opened.frames(), into=self._heard)
            except (OSError, ValueError) as error:
                self._broke_off = str(error) or type(error).__name__


def _refused(refused: HandshakeRefused) -> Finding:
    if refused.status == HTTPStatus.FORBIDDEN:
        return problem(
            CHECK,
            "The socket is refused with 403: the page counts as foreign, or there is no such route.",
            "The site must see the public host and scheme: proxy_set_header Host $host, and "
            "SECURE_PROXY_SSL_HEADER where the proxy ends TLS. Or name the origin in CSRF_TRUSTED_ORIGINS.",
        )
    return problem(
        CHECK,
        f"The upgrade to a WebSocket does not pass: the answer is {refused}.",
        f"The headers Upgrade and Connection do not reach the site, most likely. {UPGRADE_ADVICE}",
    )
