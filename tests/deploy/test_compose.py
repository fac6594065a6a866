"""compose.yaml: its names agree with the settings, the other files and the promises of the documents."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from textwrap import dedent
from typing import Any, cast

import pytest
import redis
import yaml

from bench.processes import free_port
from chat.conf import ChatSettings
from chatproject.serve import configuration
from tests.deploy.proxying import CONFIGURATION
from tests.serving import ROOT

START_SECONDS = 60.0
TEXT = (ROOT / "compose.yaml").read_text()
SERVICES: dict[str, Any] = yaml.safe_load(TEXT)["services"]
WEB = [service for name, service in SERVICES.items() if name.startswith("web-")]
SECRETS = {
    "SECRET_KEY": "a-key-for-this-test-only-which-is-long-enough-for-the-deployment-check",
    "POSTGRES_PASSWORD": "0f" * 16,
    "REDIS_PASSWORD": "f0" * 16,
}


def example() -> dict[str, str]:
    """The variables of .env.example, with their values."""
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))


def filled_in(text: str) -> str:
    """Put in the variables of a filled .env, as Compose does."""
    given = {**example(), **SECRETS}

    def value(match: re.Match[str]) -> str:
        default = match["default"] if match["sign"] == ":-" else ""
        return given[match["name"]] or default

    return re.sub(r"\$\{(?P<name>\w+)(?P<sign>:[?-])(?P<default>[^}]*)\}", value, text)


def seconds(duration: str) -> int:
    number, unit = int(duration[:-1]), duration[-1]
    return number * {"s": 1, "m": 60}[unit]


def test_every_variable_is_in_the_example_and_no_other() -> None:
    assert set(re.findall(r"\$\{(\w+)", TEXT)) == example().keys()


def test_no_secret_has_a_value_in_the_example_and_none_may_be_left_out() -> None:
    assert {example()[name] for name in SECRETS} == {""}
    for name in SECRETS:
        assert set(re.findall(rf"\$\{{{name}(:\?|:-|\}})", TEXT)) == {":?"}


def test_every_variable_of_the_site_is_one_of_its_settings() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))

    for service in [*WEB, SERVICES["migrate"]]:
        assert service["environment"].keys() <= documented


@pytest.mark.slow
@pytest.mark.parametrize("name", ["web-1", "web-2", "migrate"])
def test_the_environment_names_the_other_services_and_trusts_the_proxy(name: str) -> None:
    environment = {key: filled_in(value) for key, value in SERVICES[name]["environment"].items()}
    told = """
        from django.conf import settings as site
        print(site.DATABASES["default"]["HOST"], site.REDIS_URL.split("@")[1], site.SECURE_PROXY_SSL_HEADER)
    """

    run = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", dedent(told)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout.strip() == "database redis:6379/0 ('HTTP_X_FORWARDED_PROTO', 'https')"
    assert {"database", "redis"} < SERVICES.keys()


def test_migrations_run_once_before_the_processes_that_serve() -> None:
    migrating = [name for name, service in SERVICES.items() if "migrate" in service.get("command", [])]

    assert migrating == ["migrate"]
    for service in WEB:
        assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert "command" not in service


def test_who_needs_a_service_waits_until_it_is_healthy() -> None:
    image = (ROOT / "Dockerfile").read_text()
    for service in SERVICES.values():
        for name, needed in service.get("depends_on", {}).items():
            if needed["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[name] or "HEALTHCHECK" in image
                assert "build" in SERVICES[name] or "healthcheck" in SERVICES[name]
            else:
                assert SERVICES[name]["restart"] == "no"


def test_a_container_has_longer_to_stop_than_its_runs_have_to_finish() -> None:
    cut_after = configuration().timeout_graceful_shutdown
    assert cut_after

    for service in WEB:
        assert seconds(service["stop_grace_period"]) >= ChatSettings().SHUTDOWN_GRACE_SECONDS
        assert seconds(service["stop_grace_period"]) > cut_after


def test_nginx_asks_the_containers_that_serve_and_only_it_can_be_reached() -> None:
    asked = re.findall(r"server (web-\d+):8000", CONFIGURATION.read_text())

    assert asked == [name for name in SERVICES if name.startswith("web-")]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    listened = set(re.findall(r"listen (\d+)", CONFIGURATION.read_text()))
    assert {port.partition(":")[2] for port in SERVICES["nginx"]["ports"]} == listened


def test_a_container_that_is_replaced_has_the_address_that_nginx_knows() -> None:
    (network,) = yaml.safe_load(TEXT)["networks"]["front"]["ipam"]["config"]
    addresses = [ip_address(service["networks"]["front"]["ipv4_address"]) for service in WEB]

    assert len(set(addresses)) == len(WEB)
    for address in addresses:
        assert address in ip_network(network["subnet"])
        # Nobody else is given it meanwhile.
        assert address not in ip_network(network["ip_range"])


def test_what_faces_the_world_has_no_rights_and_writes_nothing() -> None:
    for service in [*WEB, SERVICES["nginx"]]:
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    assert "database" not in SERVICES["nginx"]["networks"]


def test_files_that_are_mounted_exist() -> None:
    mounted = re.findall(r'"\./(deploy/[\w.]+):', TEXT)

    assert sorted(mounted) == ["deploy/nginx.conf", "deploy/redis.conf"]
    assert all((ROOT / path).exists() for path in mounted)


@pytest.fixture
def redis_port(tmp_path: Path) -> Iterator[int]:
    """Redis as compose.yaml starts it."""
    program, configuration, *rest = [filled_in(word) for word in SERVICES["redis"]["command"]]
    binary = shutil.which(program)
    assert binary, "Redis is not installed: scripts/install_test_services.sh redis"
    assert f"./deploy/redis.conf:{configuration}:ro" in SERVICES["redis"]["volumes"]
    port = free_port()
    here = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path)]
    command = [binary, str(ROOT / "deploy/redis.conf"), *rest, *here]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    yield port
    process.terminate()
    process.wait(timeout=START_SECONDS)


@pytest.mark.services
def test_redis_keeps_what_it_was_given_and_forgets_nothing_in_silence(
    redis_port: int, tmp_path: Path
) -> None:
    with redis.Redis(port=redis_port, password=SECRETS["REDIS_PASSWORD"], decode_responses=True) as client:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(client):
            assert time.monotonic() < deadline

        configured = cast("dict[str, str]", client.config_get("append*", "maxmemory*", "save"))

    assert (configured["appendonly"], configured["appendfsync"]) == ("yes", "everysec")
    assert configured["maxmemory-policy"] == "noeviction"
    assert int(configured["maxmemory"]) > 0
    assert configured["save"] == ""
    assert (tmp_path / "appendonlydir").is_dir()
    with redis.Redis(port=redis_port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
