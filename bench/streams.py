"""``python -m bench.streams``: what many open streams take of one process of the demo site."""

import argparse
import asyncio
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass

import psycopg

from bench import servers
from bench.checking import Findings
from bench.load import Load, script
from bench.member import Member, sign_in
from bench.postgres import new_database, temporary_postgres
from bench.processes import Server, ending_in_order
from bench.report import describe, surroundings, write

MOST_CONNECTIONS = 10
MOST_KB_PER_STREAM = 150
# A pool may still be growing; one for each stream would be hundreds.
MOST_NEW_THREADS = 10
SAMPLE_SECONDS = 0.25
RAMP_SECONDS = 10.0
# Enough to load every module and open every pool; what comes after it is the price of the streams.
WARM_UP_STREAMS, WARM_UP_SECONDS = 50, 2.0
CONNECTIONS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the process has at one moment."""

    at: float
    open_streams: int
    connections: int
    threads: int
    rss_bytes: int
    processor_seconds: float


def main() -> int:
    """Measure and print; 1 if a limit is broken or a token is not as it was sent."""
    arguments = _arguments()
    with ending_in_order(), ExitStack() as stack:
        model = stack.enter_context(servers.scripted_model())
        database = stack.enter_context(temporary_postgres())
        url = new_database(database.url, "site")
        servers.prepare_site(url)
        site = stack.enter_context(servers.demo_site(model, url))
        idle, readings, findings = asyncio.run(_measure(site, sign_in(site.port), url, arguments))
    most = _most(readings)
    verdicts = _verdicts(idle, most, findings, arguments)
    for name, (value, holds) in verdicts.items():
        print(f"{name:26}{value:>12}  {'ok' if holds else 'BROKEN'}")
    milliseconds = _processor_share(readings, arguments.streams) * 1000
    print(f"Processor time of an open stream: {milliseconds:.2f} ms a second")
    print(f"Without streams: {idle.threads} threads, {idle.rss_bytes / 1e6:.1f} MB")
    results = {
        **surroundings(),
        "shape": vars(arguments),
        "idle": asdict(idle),
        "most": asdict(most),
        "findings": findings.as_json(),
    }
    print(f"Written to {write(results, name='streams')}")
    return 0 if all(holds for _, holds in verdicts.values()) else 1


def _processor_share(readings: list[Reading], streams: int) -> float:
    """Return which share of a core each stream took while all of them were open; 0 if they never were."""
    steady = [one for one in readings if one.open_streams == streams]
    if len(steady) < 2:
        return 0.0
    first, last = steady[0], steady[-1]
    return (last.processor_seconds - first.processor_seconds) / (last.at - first.at) / streams


def _most(readings: list[Reading]) -> Reading:
    return Reading(
        at=readings[-1].at,
        open_streams=max(one.open_streams for one in readings),
        connections=max(one.connections for one in readings),
        threads=max(one.threads for one in readings),
        rss_bytes=max(one.rss_bytes for one in readings),
        processor_seconds=readings[-1].processor_seconds,
    )


def _verdicts(
    idle: Reading, most: Reading, findings: Findings, arguments: argparse.Namespace
) -> dict[str, tuple[object, bool]]:
    streams = arguments.streams
    kb_per_stream = (most.rss_bytes - idle.rss_bytes) / 1000 / streams
    new_threads = most.threads - idle.threads
    expected = streams * int(arguments.rate * arguments.seconds)
    return {
        "streams open at once": (most.open_streams, most.open_streams == streams),
        "database connections": (most.connections, most.connections <= MOST_CONNECTIONS),
        "kB of memory per stream": (round(kb_per_stream, 1), kb_per_stream < MOST_KB_PER_STREAM),
        "threads of the process": (most.threads, new_threads <= MOST_NEW_THREADS),
        "tokens read": (findings.tokens, findings.tokens == expected),
        "faults": (describe([findings]), not findings.faults),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.streams", description=__doc__)
    parser.add_argument("--streams", type=int, default=300, help="streams at a time (300)")
    parser.add_argument("--rate", type=float, default=5.0, help="tokens a second of each (5)")
    parser.add_argument("--seconds", type=float, default=30.0, help="length of an answer (30)")
    return parser.parse_args()


async def _measure(
    site: Server, member: Member, database_url: str, arguments: argparse.Namespace
) -> tuple[Reading, list[Reading], Findings]:
    await (await _load(member, WARM_UP_STREAMS, arguments.rate, WARM_UP_SECONDS)).read()
    load = await _load(member, arguments.streams, arguments.rate, arguments.seconds)
    readings = []
    async with (
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as watch,
        asyncio.TaskGroup() as tasks,
    ):
        idle = await _read(site, watch, load.findings)
        loading = tasks.create_task(load.read())
        while not loading.done():
            readings.append(await _read(site, watch, load.findings))
            await asyncio.wait({loading}, timeout=SAMPLE_SECONDS)
    return idle, readings, load.findings


async def _load(member: Member, streams: int, rate: float, seconds: float) -> Load:
    tokens = int(rate * seconds)
    content = script(tokens=tokens, rate=rate)
    turns = [member.turn(one, content) for one in await member.new_conversations(streams)]
    return Load(turns, tokens=tokens, seconds=seconds + RAMP_SECONDS, ramp_seconds=RAMP_SECONDS)


async def _read(site: Server, watch: psycopg.AsyncConnection[tuple[int]], findings: Findings) -> Reading:
    cursor = await watch.execute(CONNECTIONS)
    row = await cursor.fetchone()
    return Reading(
        at=time.monotonic(),
        open_streams=findings.open_streams,
        connections=row[0] if row else 0,
        threads=site.threads(),
        rss_bytes=site.rss_bytes(),
        processor_seconds=site.cpu_seconds(),
    )


if __name__ == "__main__":
    sys.exit(main())
