"""The event log for many processes: a Redis stream for each run; the only file that imports redis."""

import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, cast
from uuid import UUID

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionBroke
from redis.exceptions import NoScriptError, RedisError, ResponseError

from chat.eventlog.base import Batch, EventLog, LogUnavailable, Refusal
from chat.eventlog.redis_bell import Bell
from chat.protocol.codec import read_event
from chat.protocol.events import Event, Snapshot

# Whatever is streamed, a process talks to Redis over these and the bell's one.
CONNECTIONS = 8
# A server that hangs is as good as none: what waits for it is kept, and given to it again.
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 3.0
ENTRIES_PER_READ = 500
# Far above what a run can have; what is trimmed, a reader gets as a snapshot.
MOST_ENTRIES = 10_000
# A bell can be lost on its way; then this is how far a reader is behind.
LOOK_SECONDS = 1.0
# Without a bell the streams are looked at so often.
POLL_SECONDS = 0.25

# TimeoutError is an OSError.
UNREACHABLE = (RedisError, OSError)

# One call for all batches of a run. An entry's id is the number of its last event, so that a stream takes
# each event once; its first field is the writer's fence, so that an older writer is refused; and an entry
# follows where the last one ended, or is whole by itself, so that a stream that was lost is noticed.
_APPEND = """
local top, fence = 0, 0
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if last then
  top = tonumber(string.match(last[1], '^%d+'))
  fence = tonumber(last[2][2])
end
if fence > tonumber(ARGV[1]) then return 'lease_lost' end
for i = 4, #ARGV, 4 do
  local ends_at = tonumber(ARGV[i + 1])
  if ends_at > top then
    if ARGV[i + 2] == '0' and tonumber(ARGV[i]) ~= top + 1 then return 'gap' end
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], ARGV[i + 1] .. '-0',
      'fence', ARGV[1], 'first', ARGV[i], 'events', ARGV[i + 3])
    top = ends_at
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('PUBLISH', KEYS[1], '')
return ''
"""

logger = logging.getLogger("chat.eventlog")


class RedisEventLog(EventLog):
    """A batch is an entry of its run's stream; a message on the stream's channel rings for it.

    ``url`` may hold a password, and be ``rediss://`` for TLS. ``prefix`` keeps sites in one Redis apart.
    A key holds one run and names it in braces, so that a cluster's slots are not crossed. Streams expire
    ``retention_seconds`` after their last entry: longer than a run lasts, and than a reader is away.
    """

    def __init__(self, *, url: str, prefix: str = "chat", retention_seconds: int = 3600) -> None:
        self._prefix = prefix
        self._retention_seconds = retention_seconds
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=ANSWER_SECONDS,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            socket_keepalive=True,
            # Once, for a connection that broke while it was idle; more is up to the journal and the readers.
            retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionBroke,)),
        )
        self._redis: Redis = Redis.from_pool(pool)
        self._script = ""
        self._bell = Bell(self._redis.pubsub, channel=f"{prefix}:bell", errors=UNREACHABLE)

    @property
    def has_bell(self) -> bool:
        """True while what is appended elsewhere is heard at once, and not by looking."""
        return self._bell.is_heard

    async def append(self, batches: Sequence[Batch]) -> Mapping[UUID, Refusal]:
        by_run: dict[UUID, list[Batch]] = {}
        for batch in batches:
            by_run.setdefault(batch.run_id, []).append(batch)
        calls = [(self._key(run_id), self._arguments(of_run)) for run_id, of_run in by_run.items()]
        answers = await self._reached(partial(self._evaluate, calls))
        return {
            run_id: Refusal(answer.decode()) for run_id, answer in zip(by_run, answers, strict=True) if answer
        }

    async def read(self, positions: Mapping[UUID, int]) -> Mapping[UUID, Sequence[Event]]:
        if not positions:
            return {}
        answers = await self._reached(partial(self._ranges, positions))
        found: dict[UUID, list[Event]] = {}
        for (run_id, after), entries in zip(positions.items(), answers, strict=True):
            events = [event for _id, entry in entries for event in _events(entry) if event.seq > after]
            if events:
                found[run_id] = events
        return found

    async def drop(self, run_ids: Collection[UUID]) -> None:
        async def unlink() -> None:
            async with self._redis.pipeline(transaction=False) as pipe:
                for run_id in run_ids:
                    pipe.unlink(self._key(run_id))  # type: ignore[unused-awaitable]
                await pipe.execute()

        await self._reached(unlink)

    async def watch(self, run_id: UUID) -> None:
        await self._bell.listen_for(self._key(run_id))

    async def unwatch(self, run_ids: Collection[UUID]) -> None:
        await self._bell.forget([self._key(run_id) for run_id in run_ids])

    async def wait(self, run_ids: Collection[UUID]) -> Collection[UUID]:
        rung = await self._bell.rung(within_seconds=LOOK_SECONDS if self.has_bell else POLL_SECONDS)
        if not rung:
            return run_ids
        return [run_id for run_id in run_ids if self._key(run_id) in rung]

    async def aclose(self) -> None:
        await self._bell.aclose()
        with contextlib.suppress(*UNREACHABLE):
            await self._redis.aclose()

    def _key(self, run_id: UUID) -> str:
        return f"{self._prefix}:{{{run_id}}}:log"

    def _arguments(self, batches: Sequence[Batch]) -> list[Any]:
        arguments: list[Any] = [batches[0].fence, self._retention_seconds, MOST_ENTRIES]
        for batch in batches:
            first, last = batch.events[0], batch.events[-1]
            is_whole = int(first.type == Snapshot.type)
            lines = b"\n".join(event.data for event in batch.events)
            arguments += [first.seq, last.seq, is_whole, lines]
        return arguments

    async def _evaluate(self, calls: Sequence[tuple[str, list[Any]]]) -> list[bytes]:
        """Call the script once for each run, in one round trip."""
        if not self._script:
            self._script = await self._redis.script_load(_APPEND)
        try:
            return await self._evaluate_loaded(calls)
        except NoScriptError:
            # The server was started again. What it took before is skipped by the script itself.
            self._script = await self._redis.script_load(_APPEND)
            return await self._evaluate_loaded(calls)

    async def _evaluate_loaded(self, calls: Sequence[tuple[str, list[Any]]]) -> list[bytes]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for key, arguments in calls:
                pipe.evalsha(self._script, 1, key, *arguments)  # type: ignore[unused-awaitable]
            return cast("list[bytes]", await pipe.execute())

    async def _ranges(self, positions: Mapping[UUID, int]) -> list[Any]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for run_id, after in positions.items():
                key = self._key(run_id)
                pipe.xrange(key, min=f"{after + 1}-0", count=ENTRIES_PER_READ)  # type: ignore[unused-awaitable]
            return await pipe.execute()

    async def _reached(self, call: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await call()
        except ResponseError as error:
            # Out of memory, read-only or loading: as good as away. The text holds no secret of ours.
            logger.warning("Redis refuses: %s", error)
            raise LogUnavailable from error
        except UNREACHABLE as error:
            raise LogUnavailable from error


def _events(entry: Mapping[bytes, bytes]) -> list[Event]:
    lines = entry[b"events"].split(b"\n")
    return [read_event(seq, line) for seq, line in enumerate(lines, start=int(entry[b"first"]))]
