"""Measures what a token costs here and elsewhere, and what open streams hold: ``python -m bench``.

The load is 100 streams of 20 tokens a second, in rounds that take turns between the servers; each server
is one process. Cost is CPU time of the server's process, user and system, for each token that arrived.
Numbers of a shared machine are noisy: the ratios within one run are what counts.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import servers
from bench.driver import Tally, headers_of, listen, open_conversations, sign_in, turn

RESULTS = Path(__file__).parent / "results" / "latest.json"
STREAMS = 100
RATE = 20
OPEN_STREAMS = 300
MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a round asks, and the faults that were found."""

    streams: int
    script: str
    tokens: int
    faults: list[str]


def main() -> None:
    """Run the rounds, print a table, write JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="one short round")
    options.add_argument("--streams", type=int, default=STREAMS)
    options.add_argument("--open", type=int, default=OPEN_STREAMS, help="streams that are held open at once")
    given = options.parse_args()
    rounds, seconds = (1, 4) if given.quick else (3, 12)
    report = measure(given.streams, rounds=rounds, seconds=seconds, held=given.open)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")
    show(report)
    if report["faults"]:
        sys.exit(f"{len(report['faults'])} faults: {report['faults'][:5]}")


def measure(streams: int, *, rounds: int, seconds: int, held: int) -> dict[str, Any]:
    """Return CPU µs for each token by server, and what open streams hold here."""
    with ExitStack() as stack:
        model = stack.enter_context(servers.upstream())
        database = stack.enter_context(servers.postgres())
        ours = stack.enter_context(servers.site(model.port, database))
        peers = {"fastapi": stack.enter_context(servers.fastapi(model.port))}
        if shutil.which("nginx") or Path("/usr/sbin/nginx").exists():
            peers["nginx"] = stack.enter_context(servers.nginx(model.port))
        script = f"tokens count={seconds * RATE} rate={RATE}"
        costs: dict[str, list[float]] = {"ours": [], **{name: [] for name in peers}}
        faults: list[str] = []
        load = Load(streams=streams, script=script, tokens=streams * seconds * RATE, faults=faults)
        for _ in range(rounds):
            costs["ours"].append(asyncio.run(cost_of_ours(ours, load)))
            for name, peer in peers.items():
                costs[name].append(asyncio.run(cost_of_peer(name, peer, load)))
        holding = asyncio.run(hold(ours, database, held, faults))
    return {"streams": streams, "rate": RATE, "cpu_us_per_token": costs, "open": holding, "faults": faults}


async def cost_of_ours(server: servers.Process, load: Load) -> float:
    """Return the CPU µs for each token of our site, the turns' beginning and end included."""
    member = sign_in(server.port)
    paths = await open_conversations(server.port, member, load.streams)
    tally = Tally()
    before = server.cpu_seconds()
    await asyncio.gather(
        *(listen(server.port, path, turn(load.script), headers_of(member), tally) for path in paths)
    )
    return _cost(server, before, tally, load)


async def cost_of_peer(name: str, server: servers.Process, load: Load) -> float:
    """Return the CPU µs for each token of a peer."""
    asked = {"model": "bench", "stream": True, "messages": [{"role": "user", "content": load.script}]}
    path, body = ("/v1/chat/completions", asked) if name == "nginx" else ("/chat", {"content": load.script})
    tally = Tally()
    before = server.cpu_seconds()
    await asyncio.gather(*(listen(server.port, path, body, {}, tally) for _ in range(load.streams)))
    return _cost(server, before, tally, load)


def _cost(server: servers.Process, before: float, tally: Tally, load: Load) -> float:
    used = server.cpu_seconds() - before
    load.faults.extend(tally.faults)
    if tally.tokens != load.tokens:
        load.faults.append(f"{tally.tokens} tokens of {load.tokens}")
    return used * MICRO / max(tally.tokens, 1)


async def hold(server: servers.Process, database: str, streams: int, faults: list[str]) -> dict[str, Any]:
    """Return what so many open streams take of connections, memory and threads."""
    member = sign_in(server.port)
    paths = await open_conversations(server.port, member, streams)
    before = server.rss_bytes()
    tally = Tally()
    count = 20 * 5
    listening = [
        asyncio.create_task(
            listen(server.port, path, turn(f"tokens count={count} rate=5"), headers_of(member), tally)
        )
        for path in paths
    ]
    await asyncio.sleep(count / 5 * 0.6)
    still_open = sum(not task.done() for task in listening)
    found = {
        "streams": still_open,
        "database_connections": await asyncio.to_thread(_connections, database),
        "threads": server.threads(),
        "kb_per_stream": round((server.rss_bytes() - before) / 1000 / streams, 1),
    }
    await asyncio.gather(*listening)
    faults += tally.faults
    if tally.tokens != streams * count:
        faults.append(f"{tally.tokens} tokens of {streams * count} in held streams")
    return found


def _connections(database: str) -> int:
    import psycopg

    with psycopg.connect(database.replace("postgres://", "postgresql://", 1)) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        row = connection.execute(query).fetchone()
    # Without the connection that asks.
    return int(row[0]) - 1 if row else 0


def show(report: dict[str, Any]) -> None:
    """Print one table."""
    medians = {name: statistics.median(costs) for name, costs in report["cpu_us_per_token"].items()}
    ours = medians["ours"]
    print(f"{report['streams']} streams of {report['rate']} tokens a second, one process each")
    print(f"{'server':10} {'µs CPU/token':>14} {'ours is':>10}")
    for name, cost in medians.items():
        print(f"{name:10} {cost:14.1f} {ours / cost:9.2f}x")
    held = report["open"]
    print(
        f"{held['streams']} open streams: {held['database_connections']} database connections, "
        f"{held['threads']} threads, {held['kb_per_stream']} kB each"
    )


if __name__ == "__main__":
    main()
