"""``python -m bench.beginnings``: what a turn costs until its first token, beside the least that it could."""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

from bench import lineup
from bench.contenders import Contender
from bench.cores import working_on
from bench.member import sign_in
from bench.processes import Server, ending_in_order, run_in_order
from bench.report import surroundings, write
from bench.starts import LEAST_PATH, Starts, run_starts
from bench.streaming import EventStream, Stream
from bench.suite import to_terminal

KEYS = ("site", "site-ws")
# No round begins after that.
ENOUGH_SECONDS = 75.0


def main() -> int:
    """Measure in turns and print; 1 if a token is not as it was sent."""
    parser = argparse.ArgumentParser(prog="python -m bench.beginnings", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds at most, after one to warm up (5)")
    rounds = parser.parse_args().rounds
    with ending_in_order(), ExitStack() as stack:
        line_up = lineup.start(stack, KEYS)
        stack.enter_context(working_on(line_up.stage.cores.others))
        contenders = [*line_up.contenders.values(), _least(line_up.contenders["site"].server)]
        found = run_in_order(_measure(contenders, rounds))
    for contender in contenders:
        mine = [one for one in found if one.key == contender.key]
        first = [one.until_first_token_ms for one in mine]
        print(f"{contender.name:36} median {statistics.median(first):6.2f} ms, least {min(first):6.2f} ms")
    results = {**surroundings(), "starts": [one.as_json() for one in found]}
    print(f"Written to {write(results, name='beginnings')}")
    return 1 if any(one.findings.faults for one in found) else 0


async def _measure(contenders: Sequence[Contender], rounds: int) -> list[Starts]:
    found: list[Starts] = []
    began_at = time.monotonic()
    for number in range(rounds + 1):
        if found and time.monotonic() - began_at > ENOUGH_SECONDS:
            # A busy machine takes several times as long for a round.
            break
        # In turns: what else the machine does falls on all of them alike.
        for contender in contenders:
            one = await run_starts(contender)
            if number:
                found.append(one)
                to_terminal(f"round {number}: {contender.name} {one.until_first_token_ms} ms")
    return found


def _least(server: Server) -> Contender:
    member = sign_in(server.port)

    async def streams(script: str, number: int) -> Sequence[Stream]:
        request = member.request(f"/{LEAST_PATH}", {"content": script}, Accept="text/event-stream")
        return [EventStream(request=request)] * number

    return Contender(key="least", name="session, user, one row", server=server, streams=streams)


if __name__ == "__main__":
    sys.exit(main())
