"""Coroutines that are cancelled at an await of one's choice, without a change to the code under test."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Stepped(Coroutine[Any, Any, Any]):
    """Runs a coroutine, counts the times it waits, and cancels its task at one of them."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], *, cancel_at: int) -> None:
        self.waits = 0
        self.task: asyncio.Task[Any] | None = None
        self._coroutine = coroutine
        self._cancel_at = cancel_at

    def send(self, value: Any) -> Any:
        waited_for = self._coroutine.send(value)
        self.waits += 1
        if self.waits == self._cancel_at:
            assert self.task is not None
            asyncio.get_running_loop().call_soon(self.task.cancel)
        return waited_for

    def throw(self, *exception: Any) -> Any:
        return self._coroutine.throw(*exception)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Any:
        return self._coroutine.__await__()


class StepThrough:
    """A task factory for the running loop: steps through the tasks whose coroutine has this name.

    ``cancel_at`` says for each new one of them where it is cancelled; 0 is nowhere.
    """

    def __init__(self, name: str, *, cancel_at: Callable[[], int]) -> None:
        self.stepped: list[Stepped] = []
        self._name = name
        self._cancel_at = cancel_at

    def __call__(
        self, loop: asyncio.AbstractEventLoop, coroutine: Any, /, **options: Any
    ) -> asyncio.Task[Any]:
        if getattr(coroutine, "__qualname__", "") != self._name:
            return asyncio.Task(coroutine, loop=loop, **options)
        stepped = Stepped(coroutine, cancel_at=self._cancel_at())
        self.stepped.append(stepped)
        stepped.task = asyncio.Task(stepped, loop=loop, **options)
        return stepped.task
