"""How the product's cost grows: with an answer's length, its followers, and the conversation before it."""

import asyncio
from dataclasses import dataclass

from bench.contenders import Contender
from bench.load import Load, script
from bench.member import Member
from bench.report import ratio
from bench.rounds import SETTLE_SECONDS, Stage, per_token, read
from bench.streaming import Stream

WINDOW_SECONDS = 4.0
# An answer's beginning is compared with what comes after ten times as much.
LENGTH_STREAMS = 100
LENGTH_SECONDS = 44.0
RUNS = 10
FEW_FOLLOWERS, MANY_FOLLOWERS = 4, 40
CONVERSATIONS = 20
SHORT_TURNS, LONG_TURNS = 5, 50
FAST_TOKENS_PER_SECOND = 100.0
TOKENS_PER_SECOND = 20.0
OPENING_SECONDS = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """One comparison, in microseconds of processor time; ``figure`` is what the target is about."""

    name: str
    small_us: float | None
    large_us: float | None
    figure: float | None
    unit: str


async def measure_growth(contender: Contender, member: Member, stage: Stage) -> list[Growth]:
    """Make all comparisons, one after the other."""
    return [
        await _with_length(contender, member, stage),
        await _with_followers(contender, member, stage),
        await _with_conversation(contender, member, stage),
    ]


async def _with_length(contender: Contender, member: Member, stage: Stage) -> Growth:
    tokens = int(LENGTH_SECONDS * TOKENS_PER_SECOND)
    content = script(tokens=tokens, rate=TOKENS_PER_SECOND)
    streams = [member.turn(one, content) for one in await member.new_conversations(LENGTH_STREAMS)]
    load = Load(streams, tokens=tokens, seconds=LENGTH_SECONDS, ramp_seconds=1.0)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.read())
        await load.all_open.wait()
        early = await _window(contender, stage, load, WINDOW_SECONDS)
        await asyncio.sleep(LENGTH_SECONDS - 4 * WINDOW_SECONDS)
        late = await _window(contender, stage, load, WINDOW_SECONDS)
    return Growth(
        name="10 × the answer's length", small_us=early, large_us=late, figure=ratio(late, early), unit="×"
    )


async def _with_followers(contender: Contender, member: Member, stage: Stage) -> Growth:
    few = await _followed(contender, member, stage, followers=FEW_FOLLOWERS)
    many = await _followed(contender, member, stage, followers=MANY_FOLLOWERS)
    # Per token of a run; what is told to one follower more is the slope.
    slope = None
    if few is not None and many is not None:
        slope = round((many - few) / (MANY_FOLLOWERS - FEW_FOLLOWERS), 1)
    return Growth(
        name="10 × the followers", small_us=few, large_us=many, figure=slope, unit="µs per follower and event"
    )


async def _followed(contender: Contender, member: Member, stage: Stage, *, followers: int) -> float | None:
    """Return the cost of one event with all its followers."""
    seconds = OPENING_SECONDS + 2 * WINDOW_SECONDS
    tokens = int(seconds * TOKENS_PER_SECOND)
    content = script(tokens=tokens, rate=TOKENS_PER_SECOND)
    runs = [await member.start_run(one, content) for one in await member.new_conversations(RUNS)]
    streams: list[Stream] = [member.follower(run) for run in runs for _ in range(followers)]
    load = Load(streams, tokens=tokens, seconds=seconds, ramp_seconds=OPENING_SECONDS / 3)
    cost = await _cost(contender, stage, load, 2 * WINDOW_SECONDS)
    return None if cost is None else round(cost * followers, 1)


async def _with_conversation(contender: Contender, member: Member, stage: Stage) -> Growth:
    conversations = await member.new_conversations(CONVERSATIONS)
    costs = []
    done = 0
    for turns in (SHORT_TURNS, LONG_TURNS):
        await _talk(member, conversations, turns - done)
        # The measured turn is one more.
        done = turns + 1
        tokens = int((1 + WINDOW_SECONDS * 2) * FAST_TOKENS_PER_SECOND)
        content = script(tokens=tokens, rate=FAST_TOKENS_PER_SECOND)
        streams = [member.turn(one, content) for one in conversations]
        load = Load(streams, tokens=tokens, seconds=2 * WINDOW_SECONDS, ramp_seconds=0.5)
        costs.append(await _cost(contender, stage, load, 2 * WINDOW_SECONDS))
    small, large = costs
    return Growth(
        name="10 × the conversation's length",
        small_us=small,
        large_us=large,
        figure=ratio(large, small),
        unit="×",
    )


async def _talk(member: Member, conversations: list[str], turns: int) -> None:
    for _ in range(turns):
        streams = [member.turn(one, script(tokens=1, rate=0)) for one in conversations]
        load = Load(streams, tokens=1, seconds=1, ramp_seconds=0.1)
        await load.read()


async def _cost(contender: Contender, stage: Stage, load: Load, seconds: float) -> float | None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load.read())
        await load.all_open.wait()
        return await _window(contender, stage, load, seconds)


async def _window(contender: Contender, stage: Stage, load: Load, seconds: float) -> float | None:
    """Return the cost per token that is read in so many seconds, or until the first stream ends."""
    await asyncio.sleep(SETTLE_SECONDS)
    first = read(contender, stage, load.findings)
    try:
        async with asyncio.timeout(seconds):
            await load.first_end.wait()
    except TimeoutError:
        pass
    last = read(contender, stage, load.findings)
    return per_token(last.server - first.server, last.tokens - first.tokens)
