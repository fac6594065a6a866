"""``python -m bench``: processor time per token, beside FastAPI and nginx, in one run."""

import argparse
import asyncio
import sys
from contextlib import ExitStack
from dataclasses import asdict

from bench import rounds, servers
from bench.member import sign_in
from bench.postgres import temporary_postgres
from bench.processes import ending_in_order
from bench.report import table, write
from bench.rounds import Contender, Round, Shape, run_round

WARM_UP = Shape(streams=10, tokens_per_second=20, seconds=2)


def main() -> int:
    """Measure, print the table; 1 if a token was lost, doubled or reordered anywhere."""
    arguments = _arguments()
    seconds, number_of_rounds = (3.0, 1) if arguments.quick else (arguments.seconds, arguments.rounds)
    shape = Shape(streams=arguments.streams, tokens_per_second=arguments.rate, seconds=seconds)
    with ending_in_order(), ExitStack() as stack:
        contenders = _start(stack, peer_python=arguments.peer_python)
        found = asyncio.run(_measure(contenders, shape, number_of_rounds=number_of_rounds))
    print(f"\n{shape.streams} streams of {shape.tokens_per_second:g} tokens/s, {shape.tokens} tokens each:")
    print(table(found, beside="FastAPI + AsyncOpenAI"))
    file = write("cpu", {"shape": asdict(shape), "rounds": [one.as_json() for one in found]})
    print(f"Written to {file}")
    return 1 if any(one.findings.faults for one in found) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--streams", type=int, default=100, help="streams at a time (100)")
    parser.add_argument("--rate", type=float, default=20.0, help="tokens a second of each (20)")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of an answer (15)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds for each server (3)")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works")
    parser.add_argument("--peer-python", default=sys.executable, help="the interpreter that has the peers")
    return parser.parse_args()


def _start(stack: ExitStack, *, peer_python: str) -> list[Contender]:
    model = stack.enter_context(servers.scripted_model())
    database = stack.enter_context(temporary_postgres())
    site = stack.enter_context(servers.demo_site(model, database))
    return [
        rounds.our_site(site, sign_in(site.port), database.server),
        rounds.fastapi_view(stack.enter_context(servers.fastapi_view(model, python=peer_python))),
        rounds.nginx_proxy(stack.enter_context(servers.nginx_proxy(model))),
    ]


async def _measure(contenders: list[Contender], shape: Shape, *, number_of_rounds: int) -> list[Round]:
    for contender in contenders:
        await run_round(contender, WARM_UP)
    found = []
    for number in range(1, number_of_rounds + 1):
        # In turns: what else the machine does falls on all of them alike.
        for contender in contenders:
            one = await run_round(contender, shape)
            print(f"round {number}: {one.name}: {one.cpu_us_per_token} µs/token", flush=True)
            found.append(one)
    return found


if __name__ == "__main__":
    sys.exit(main())
