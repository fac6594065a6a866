"""What the Redis log does when Redis is restarted, emptied, away, slow, full or shared."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from chat.eventlog.base import Batch, LogUnavailable, Refusal
from chat.eventlog.redis import CONNECTIONS, RedisEventLog
from chat.protocol.codec import event_of
from chat.protocol.events import Event, Snapshot, Token
from tests.services.proxy import running_proxy
from tests.services.redis import RedisService, running_redis
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def own_redis() -> Iterator[RedisService]:
    """A Redis that these tests may harm."""
    with running_redis() as server:
        yield server


@pytest.fixture
async def log(own_redis: RedisService) -> AsyncIterator[RedisEventLog]:
    log = RedisEventLog(url=own_redis.url(), prefix=f"test-{uuid4()}")
    yield log
    own_redis.heal()
    await log.aclose()


def tokens(first: int, last: int) -> list[Event]:
    return [event_of(seq, Token(content=f"t{seq} ")) for seq in range(first, last + 1)]


def batch(run_id: UUID, first: int, last: int, *, fence: int = 1) -> Batch:
    return Batch(run_id=run_id, fence=fence, events=tokens(first, last))


async def read(log: RedisEventLog, run_id: UUID) -> list[Event]:
    return list((await log.read({run_id: 0})).get(run_id, ()))


async def test_a_stream_that_was_emptied_takes_only_a_snapshot(
    log: RedisEventLog, own_redis: RedisService
) -> None:
    run_id = uuid4()
    await log.append([batch(run_id, 1, 5)])
    own_redis.flush()

    assert await log.append([batch(run_id, 6, 7)]) == {run_id: Refusal.GAP}
    assert await read(log, run_id) == []

    whole = event_of(7, Snapshot(content="all of it"))
    assert await log.append([Batch(run_id=run_id, fence=1, events=[whole]), batch(run_id, 8, 9)]) == {}
    assert await read(log, run_id) == [whole, *tokens(8, 9)]


async def test_a_gap_in_one_run_does_not_keep_others_from_being_added(log: RedisEventLog) -> None:
    one, other = uuid4(), uuid4()

    refused = await log.append([batch(one, 3, 4), batch(other, 1, 2)])

    assert refused == {one: Refusal.GAP}
    assert await read(log, other) == tokens(1, 2)


async def test_what_was_logged_survives_a_restart_and_more_can_be_added(
    log: RedisEventLog, own_redis: RedisService
) -> None:
    run_id = uuid4()
    await log.append([batch(run_id, 1, 2)])

    own_redis.restart()

    await log.append([batch(run_id, 3, 4)])
    assert await read(log, run_id) == tokens(1, 4)


async def test_a_redis_that_is_gone_is_said_to_be_away_at_once(
    log: RedisEventLog, own_redis: RedisService
) -> None:
    own_redis.stop()

    with pytest.raises(LogUnavailable):
        await log.append([batch(uuid4(), 1, 1)])
    with pytest.raises(LogUnavailable):
        await log.read({uuid4(): 0})
    with pytest.raises(LogUnavailable):
        await log.drop([uuid4()])


async def test_a_redis_that_hangs_is_said_to_be_away(log: RedisEventLog, own_redis: RedisService) -> None:
    run_id = uuid4()
    await log.append([batch(run_id, 1, 1)])
    own_redis.pause()

    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(LogUnavailable):
            await log.append([batch(run_id, 2, 2)])

    own_redis.resume()
    await log.append([batch(run_id, 2, 2)])
    assert await read(log, run_id) == tokens(1, 2)


async def test_a_full_redis_is_as_good_as_away(log: RedisEventLog, own_redis: RedisService) -> None:
    async with Redis.from_url(own_redis.url()) as redis:
        await redis.config_set("maxmemory", 1)
        try:
            with pytest.raises(LogUnavailable):
                await log.append([batch(uuid4(), 1, 1)])
        finally:
            await redis.config_set("maxmemory", 0)


async def test_the_bell_rings_again_after_its_connection_broke(own_redis: RedisService) -> None:
    run_id = uuid4()
    with running_proxy(own_redis.port) as proxy:
        log = RedisEventLog(url=own_redis.url(port=proxy.port), prefix=f"test-{uuid4()}")
        await log.watch(run_id)
        await wait_until(lambda: log.has_bell)
        proxy.cut()
        await wait_until(lambda: not log.has_bell)
        proxy.heal()
        await wait_until(lambda: log.has_bell)
        await log.wait([run_id])

        waiting = asyncio.ensure_future(log.wait([run_id]))
        await log.append([batch(run_id, 1, 1)])

        assert list(await waiting) == [run_id]
        assert await read(log, run_id) == tokens(1, 1)
        await log.aclose()


async def test_a_process_holds_few_connections_whatever_it_follows(
    log: RedisEventLog, own_redis: RedisService
) -> None:
    run_ids = [uuid4() for _ in range(100)]
    for run_id in run_ids:
        await log.watch(run_id)
    await asyncio.gather(*(log.append([batch(run_id, 1, 3)]) for run_id in run_ids))
    heard = await asyncio.gather(*(read(log, run_id) for run_id in run_ids))

    assert all(events == tokens(1, 3) for events in heard)
    # Those of the test before may still be on their way out.
    await wait_until(lambda: own_redis.connection_count() <= CONNECTIONS)


async def test_sites_with_different_prefixes_do_not_hear_each_other(own_redis: RedisService) -> None:
    run_id = uuid4()
    one = RedisEventLog(url=own_redis.url(), prefix="one")
    other = RedisEventLog(url=own_redis.url(), prefix="other")

    await one.append([batch(run_id, 1, 1)])

    assert await read(one, run_id) == tokens(1, 1)
    assert await read(other, run_id) == []
    await one.aclose()
    await other.aclose()


async def test_a_stream_expires_and_its_key_stays_in_one_slot(own_redis: RedisService) -> None:
    run_id = uuid4()
    log = RedisEventLog(url=own_redis.url(), prefix="expiring", retention_seconds=90)
    await log.append([batch(run_id, 1, 1)])

    async with Redis.from_url(own_redis.url()) as redis:
        (key,) = await redis.keys("expiring*")
        assert key == f"expiring:{{{run_id}}}:log".encode()
        assert 80 < await redis.ttl(key) <= 90
    await log.aclose()


async def test_a_password_is_used_and_never_shown() -> None:
    with running_redis("--requirepass", "secret-of-the-log") as server:
        url = server.url().replace("redis://", "redis://:secret-of-the-log@")
        log = RedisEventLog(url=url)
        run_id = uuid4()
        await log.append([batch(run_id, 1, 1)])
        assert await read(log, run_id) == tokens(1, 1)
        assert "secret-of-the-log" not in repr(vars(log))
        await log.aclose()

        stranger = RedisEventLog(url=server.url())
        with pytest.raises(LogUnavailable) as refused:
            await stranger.append([batch(run_id, 2, 2)])
        assert "secret-of-the-log" not in str(refused.value.__cause__)
        await stranger.aclose()


async def test_tls_is_spoken_and_certificates_are_checked(certificate: Path) -> None:
    with running_redis(certificate=certificate) as server:
        secure = server.url().replace("redis://", "rediss://")
        log = RedisEventLog(url=f"{secure}?ssl_ca_certs={certificate}")
        run_id = uuid4()
        await log.append([batch(run_id, 1, 1)])
        assert await read(log, run_id) == tokens(1, 1)
        await log.aclose()

        unsure = RedisEventLog(url=secure)
        with pytest.raises(LogUnavailable):
            await unsure.append([batch(run_id, 2, 2)])
        await unsure.aclose()
