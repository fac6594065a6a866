"""One turn under observation: a story that the model tells, those who follow it, and how they must agree."""

import asyncio
from collections.abc import Sequence

from tests.faults.browser import Browser, StoredAnswer
from tests.faults.fleet import Fleet, Worker
from tests.faults.followers import Follower, SocketFollower, SseFollower
from tests.faults.history import check_calls, check_end, check_followers, check_text
from tests.faults.model import Call, ScriptedModel, Story
from tests.waiting import wait_until

# The model's side must see the end of its connection so soon after the run's.
RELEASE_SECONDS = 3.0


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

    def follow(self, *workers: Worker, socket: bool = False) -> Follower:
        """Follow it at these workers first, at the others if they cannot be reached."""
        kind = SocketFollower if socket else SseFollower
        follower = kind(self._browser, self._fleet.ports(*workers), self.conversation_id, self.run_id)
        self.followers.append(follower)
        self._following.append(asyncio.create_task(follower.follow()))
        return follower

    async def heard(self, words: int, *, within_seconds: float = 15.0) -> None:
        """Return when all followers have heard so many words of it."""
        await wait_until(
            lambda: all(one.held.content.count(" ") >= words for one in self.followers),
            within_seconds=within_seconds,
        )

    async def calls(self) -> Sequence[Call]:
        """Return what the model was asked for this story."""
        return await self._model.calls(self.story.script)

    async def conclude(
        self, *, status: str, calls: int | None = 1, within_seconds: float = 30.0
    ) -> StoredAnswer:
        """Wait for the end and check all that there is to check; ``calls`` of None may be any number."""
        async with asyncio.timeout(within_seconds):
            await asyncio.gather(*self._following)
        stored = await self._browser.stored_answer(self.conversation_id)
        assert stored.status == status, self.followers[0].held.end
        check_followers(self.followers, stored)
        check_end(self.followers[0], stored)
        check_text(stored, self.story)
        await self.released()
        made = await self.calls()
        check_calls(made, self.story, expected=len(made) if calls is None else calls)
        return stored

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
