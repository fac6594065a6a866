"""One turn under observation: a story that the model tells, those who follow it, and how they must agree."""

import asyncio
import time
from collections.abc import Sequence

from tests.faults.browser import Browser, StoredAnswer
from tests.faults.fleet import Fleet, Worker
from tests.faults.followers import FeedFollower, Follower, SocketFollower, SseFollower
from tests.faults.history import check_calls, check_end, check_followers, check_text
from tests.faults.model import Call, ScriptedModel, Story
from tests.waiting import PATIENCE_SECONDS, wait_until

# The model's side must see the end of its connection so soon after the run's.
RELEASE_SECONDS = 30.0


class Telling:
    """Begin it on a worker, let others follow, do what is to be survived, then ``conclude``."""

    def __init__(self, fleet: Fleet, browser: Browser, model: ScriptedModel, story: Story) -> None:
        self.story = story
        self.followers: list[Follower] = []
        self.conversation_id = ""
        self.run_id = ""
        self._fleet = fleet
        self._browser = browser
        self._model = model
        self._following: list[asyncio.Task[None]] = []

    async def begin(self, content: str = "") -> None:
        """Ask for the story, or something else."""
        self.conversation_id = await self._browser.new_conversation()
        self.run_id = await self._browser.post_turn(self.conversation_id, content or self.story.script)

    def follow(
        self, *workers: Worker, socket: bool = False, feed: bool = False, hops_after: int = 0
    ) -> Follower:
        """Follow it at these workers first, at the others if they cannot be reached.

        With ``hops_after``, it leaves after so many events, and comes back at the next worker.
        """
        kind = SocketFollower if socket else FeedFollower if feed else SseFollower
        follower = kind(
            self._browser,
            self._fleet.ports(*workers),
            self.conversation_id,
            self.run_id,
            hops_after=hops_after,
        )
        self.followers.append(follower)
        self._following.append(asyncio.create_task(follower.follow()))
        return follower

    async def stop(self, *workers: Worker) -> float:
        """Press Stop at the first of these workers that answers; return when that was first tried."""
        at = time.monotonic()
        await self._browser.cancel(self.run_id, ports=self._fleet.ports(*workers))
        return at

    def request_to_follow(self, port: int) -> bytes:
        """Return the request of a follower that speaks for itself."""
        cookies = self._fleet.member.headers["Cookie"]
        head = f"GET /chat/api/runs/{self.run_id}/events/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        return f"{head}Accept: text/event-stream\r\nCookie: {cookies}\r\n\r\n".encode()

    async def heard(self, words: int, *, within_seconds: float = PATIENCE_SECONDS) -> None:
        """Return when all followers have heard so many words of it."""
        await wait_until(
            lambda: all(one.held.content.count(" ") >= words for one in self.followers),
            within_seconds=within_seconds,
        )

    @property
    def longest_silence_seconds(self) -> float:
        """The longest time in which a follower heard nothing."""
        return max(follower.longest_silence_seconds for follower in self.followers)

    async def was_asked_again(self) -> bool:
        """True if the model was asked more than once."""
        return len(await self.calls()) > 1

    async def calls(self) -> Sequence[Call]:
        """Return what the model was asked for this story."""
        return await self._model.calls(self.story.script)

    async def conclude(
        self, *, status: str | None, calls: int | None = 1, within_seconds: float = 4 * PATIENCE_SECONDS
    ) -> StoredAnswer:
        """Wait for the end and check all that there is to check.

        ``calls`` is how often the model was asked; None where that, and what it said in vain, is open. A
        ``status`` of None may be any but failed.
        """
        stored = await self.ended(within_seconds=within_seconds)
        assert stored.status == status or (status is None and stored.status != "failed"), stored
        check_followers(self.followers, stored)
        check_end(self.followers[0], stored)
        check_text(stored, self.story)
        await self.released()
        if calls is not None:
            made = await self.calls()
            assert len(made) == calls, f"the model was asked {len(made)} times"
            check_calls(made, self.story)
        return stored

    async def ended(self, *, within_seconds: float = 4 * PATIENCE_SECONDS) -> StoredAnswer:
        """Return what is stored when all followers have heard the end."""
        async with asyncio.timeout(within_seconds):
            await asyncio.gather(*self._following)
        return await self._browser.stored_answer(self.conversation_id)

    async def released(self) -> None:
        """Return when the model is not listened to any more."""

        async def is_released() -> bool:
            return not any(call.is_open for call in await self.calls())

        await wait_until(is_released, within_seconds=RELEASE_SECONDS)

    async def aclose(self) -> None:
        """Stop following."""
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)
