"""What is counted of runs, and who may read it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import AsyncClient
from pytest_django import Settings

from chat.metrics import observer
from chat.metrics.observer import MOST_MODELS, bounded
from chat.runs.following import note_return
from tests.runs.conftest import hear
from tests.telemetry.scraping import Samples, samples_of, total
from tests.waiting import wait_until

TOKEN = "a-token-of-the-test"
CANARY = "canary-7c1f"


@pytest.fixture(autouse=True)
def counting(engine: None, configure: Callable[..., None]) -> None:
    configure(
        OBSERVERS=["chat.metrics.observer.RunMetrics"],
        METRICS_TOKEN=TOKEN,
        PRICES={"echo": (1_000_000, 1_000_000)},
    )


async def get(**headers: str) -> Any:
    return await AsyncClient().get("/metrics", headers=headers)


async def scraped() -> Samples:
    answer = await get(authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200
    return samples_of(answer.content.decode())


async def test_an_answer_is_counted_with_its_times_tokens_and_cost(say: Callable[..., Any]) -> None:
    before = await scraped()
    turn = await say(f"/long 20\n{CANARY}")
    await hear(turn.run.pk)
    await wait_until(lambda: _grown("chat_runs_ended_total", before))

    after = await scraped()

    def grown(name: str, **labels: str) -> float:
        return total(after, name, **labels) - total(before, name, **labels)

    about = {"gen_ai_operation_name": "chat", "gen_ai_provider_name": "echo", "gen_ai_request_model": "echo"}
    assert grown("chat_runs_started_total", gen_ai_request_model="echo") == 1
    assert grown("chat_runs_ended_total", gen_ai_request_model="echo", status="completed") == 1
    assert grown("gen_ai_client_token_usage_sum", **about, gen_ai_token_type="output") == 20
    assert grown("gen_ai_client_token_usage_sum", **about, gen_ai_token_type="input") > 0
    assert grown("gen_ai_server_time_to_first_token_seconds_count", **about) == 1
    assert grown("gen_ai_server_time_per_output_token_seconds_count", **about) == 1
    assert grown("gen_ai_server_request_duration_seconds_count", **about, error_type="") == 1
    assert grown("chat_run_reconnects_count") == 1
    assert grown("chat_cost_dollars_total") > 20
    assert grown("chat_provider_errors_total") == 0
    assert CANARY not in str(after)


async def _grown(name: str, before: Samples) -> bool:
    return total(await scraped(), name) > total(before, name)


async def test_a_failure_is_counted_under_its_code(say: Callable[..., Any]) -> None:
    before = await scraped()
    turn = await say("/fail rate_limited after 1")
    await hear(turn.run.pk)

    name, code = "chat_provider_errors_total", {"error_type": "rate_limited"}
    await wait_until(lambda: _grown(name, before))
    assert total(await scraped(), name, **code) - total(before, name, **code) == 1


async def test_what_lives_now_is_told_as_it_is_now(say: Callable[..., Any]) -> None:
    turn = await say("/long 5\n/stall after 3")
    await wait_until(_one_run_that_has_said_something)

    note_return(turn.run.pk, door="sse")

    assert total(await scraped(), "chat_reconnects_total", door="sse") >= 1
    assert total(await scraped(), "chat_followers", door="websocket") == 0


async def _one_run_that_has_said_something() -> bool:
    now = await scraped()
    return total(now, "chat_active_runs") == 1 and total(now, "chat_hub_bytes") > 0


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
async def test_the_token_opens_the_metrics(scheme: str) -> None:
    assert (await get(authorization=f"{scheme} {TOKEN}")).status_code == 200


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
async def test_nothing_but_the_token_opens_the_metrics(given: str) -> None:
    answer = await get(authorization=given)

    assert (answer.status_code, answer.content) == (403, b"")


async def test_metrics_that_nobody_was_given_are_not_there(
    configure: Callable[..., None], settings: Settings
) -> None:
    configure(METRICS_TOKEN="")

    assert (await get()).status_code == 404
    settings.DEBUG = True
    assert (await get()).status_code == 200


@pytest.mark.parametrize(
    ("address", "allowed", "status"),
    [
        ("10.1.2.3", ["10.0.0.0/8"], 200),
        ("10.1.2.3", ["10.1.2.3", "fd00::/8"], 200),
        ("fd00::7", ["10.0.0.0/8", "fd00::/8"], 200),
        ("11.1.2.3", ["10.0.0.0/8"], 403),
        (None, ["10.0.0.0/8"], 403),
    ],
)
async def test_an_allowed_address_needs_no_token(
    configure: Callable[..., None], address: str | None, allowed: list[str], status: int
) -> None:
    configure(METRICS_ALLOWED_ADDRESSES=allowed)

    # Over a socket of the file system nobody has an address.
    peer = (address, 4711) if address else None
    assert (await AsyncClient().request(path="/metrics", client=peer)).status_code == status


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
async def test_a_proxy_lends_nobody_its_address(configure: Callable[..., None], header: str) -> None:
    configure(METRICS_ALLOWED_ADDRESSES=["127.0.0.1"])

    assert (await get()).status_code == 200
    assert (await get(**{header: "127.0.0.1"})).status_code == 403


def test_models_beyond_the_bound_share_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observer, "_models", set())

    names = [bounded(f"model-{number}") for number in range(2 * MOST_MODELS)]

    assert names[:MOST_MODELS] == [f"model-{number}" for number in range(MOST_MODELS)]
    assert set(names[MOST_MODELS:]) == {"other"}
    assert bounded("model-0") == "model-0"
