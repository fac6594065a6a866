"""Starts the servers that a run of the suite compares, and names them."""

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import contenders, peer_servers, servers
from bench.contenders import Contender
from bench.cores import Cores, choose_cores
from bench.member import sign_in
from bench.postgres import Database, new_database, temporary_postgres
from bench.processes import ROOT, Server
from bench.rounds import Stage
from bench.summary import PRODUCT_KEYS

ENVIRONMENT = ROOT / ".venv-bench"
PREPARED = "prepared"
KEYS = (*PRODUCT_KEYS, "direct", "nginx", *peer_servers.PEERS)
QUICK_KEYS = ("site", "site-ws", "site-redis", "nginx")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineUp:
    """Everything that runs for one run of the suite."""

    stage: Stage
    contenders: Mapping[str, Contender]


def start(stack: ExitStack, keys: Collection[str], *, environment: Path = ENVIRONMENT) -> LineUp:
    """Start what these contenders need; the stack ends it."""
    cores = choose_cores()
    model = stack.enter_context(servers.scripted_model(core=cores.others))
    found: dict[str, Contender] = {}
    if set(PRODUCT_KEYS) & set(keys):
        database = stack.enter_context(temporary_postgres(core=cores.others))
        servers.prepare_site(new_database(database.url, PREPARED))
        if {"site", "site-ws"} & set(keys):
            found |= _sites(stack, model, database, cores)
        if {"site-redis", "site-redis-ws"} & set(keys):
            found |= _sites_with_redis(stack, model, database, cores)
    found["direct"] = contenders.completions("direct", "nothing between", model)
    if "nginx" in keys:
        proxy = stack.enter_context(servers.nginx_proxy(model, core=cores.server))
        found["nginx"] = contenders.completions("nginx", "nginx", proxy)
    for key in keys:
        if key in peer_servers.PEERS:
            found[key] = peer_servers.start(stack, key, model, environment=environment, core=cores.server)
    chosen = {key: found[key] for key in keys}
    return LineUp(stage=Stage(cores=cores, model=model), contenders=chosen)


def _sites(stack: ExitStack, model: Server, database: Database, cores: Cores) -> dict[str, Contender]:
    url = new_database(database.url, "plain", template=PREPARED)
    site = stack.enter_context(servers.demo_site(model, url, core=cores.server))
    return _doors("site", "chat, PostgreSQL log", site, [database.server])


def _sites_with_redis(
    stack: ExitStack, model: Server, database: Database, cores: Cores
) -> dict[str, Contender]:
    redis = stack.enter_context(servers.redis_server(core=cores.others))
    url = new_database(database.url, "beside_redis", template=PREPARED)
    redis_url = f"redis://127.0.0.1:{redis.port}/0"
    site = stack.enter_context(servers.demo_site(model, url, redis_url=redis_url, core=cores.server))
    return _doors("site-redis", "chat, Redis log", site, [database.server, redis])


def _doors(key: str, name: str, site: Server, behind: list[Server]) -> dict[str, Contender]:
    member = sign_in(site.port)
    make: dict[str, tuple[str, Callable[..., Contender]]] = {
        key: ("SSE", contenders.site_by_events),
        f"{key}-ws": ("WebSocket", contenders.site_by_socket),
    }
    return {
        one: contender(one, f"{name}, {door}", site, member, behind)
        for one, (door, contender) in make.items()
    }
