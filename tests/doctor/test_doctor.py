"""The doctor examines real deployments, and names what is wrong with each."""

import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from bench.processes import free_port
from tests.doctor.deployment import GOOD, PATIENCE_SECONDS, DeployedSite, WsgiSite, examine, nginx
from tests.serving import ROOT

pytestmark = pytest.mark.slow

# nginx's defaults, HTTP/1.0 and a buffer, and nobody who may switch that off. Over HTTP/1.1 nginx 1.22 passes
# chunks on at once even with its buffer on.
NAIVE = "proxy_set_header Host $http_host; proxy_ignore_headers X-Accel-Buffering;"
TABLES = ("auth_user", "django_session", "chat_conversation", "chat_message", "chat_run", "chat_logbatch")


def count(site: DeployedSite, table: str) -> int:
    with closing(sqlite3.connect(site.database, timeout=PATIENCE_SECONDS)) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def leftovers(site: DeployedSite) -> dict[str, int]:
    return {table: rows for table in TABLES if (rows := count(site, table))}


def test_a_site_that_is_served_well_is_healthy(site: DeployedSite) -> None:
    report = examine(site, site.url)

    assert report.problems() == {}
    assert report.status == 0
    assert {one["check"] for one in report.checks if one["level"] == "ok"} >= {
        *("reachable", "sign-in", "static", "database", "event-log", "server", "headers", "first-byte"),
        *("compression", "events", "gaps", "following", "heartbeat", "websocket", "resuming", "polling"),
        "clock",
    }
    assert leftovers(site) == {}


def test_people_read_a_line_for_each_check(site: DeployedSite) -> None:
    # The chat page's own address will do.
    done = subprocess.run(
        site.manage("chat_doctor", f"{site.url}/chat/", "--quick", "--no-color"),
        cwd=ROOT,
        env=site.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "ok       gaps" in done.stdout
    assert "skipped  heartbeat" in done.stdout
    assert done.stdout.endswith("No problem.\n")
    assert done.stderr == ""


@pytest.fixture
def interrupt() -> Iterator[None]:
    """Let processes that are started hear Ctrl-C: what a shell runs in its background ignores it."""
    earlier = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, earlier)


@pytest.mark.usefixtures("interrupt")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_stops_it_finds_nothing_left(site: DeployedSite, number: signal.Signals) -> None:
    doctor = subprocess.Popen(
        site.manage("chat_doctor", site.url), cwd=ROOT, env=site.environment(), stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not count(site, "chat_logbatch"):
        assert doctor.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)

    doctor.send_signal(number)
    _, errors = doctor.communicate(timeout=PATIENCE_SECONDS)

    assert doctor.returncode == 130
    assert b"Stopped" in errors
    assert leftovers(site) == {}


@pytest.mark.services
def test_nginx_as_the_documents_have_it_is_healthy(site: DeployedSite, tmp_path: Path) -> None:
    with nginx(site, tmp_path) as port:
        report = examine(site, f"http://127.0.0.1:{port}")

    assert report.problems() == {}
    assert report.status == 0


@pytest.mark.services
@pytest.mark.parametrize(
    ("location", "check", "words"),
    [
        pytest.param(
            NAIVE,
            "gaps",
            ("They were kept back", "proxy_buffering off"),
            id="buffers",
        ),
        pytest.param(
            GOOD + "proxy_hide_header Content-Encoding; gzip on; gzip_types text/event-stream;"
            "gzip_min_length 0; gzip_proxied any;",
            "compression",
            ("compressed (gzip)", "gzip_types"),
            id="compresses",
        ),
        pytest.param(
            "proxy_http_version 1.1; proxy_set_header Host $http_host;",
            "websocket",
            ("does not pass", "proxy_set_header Upgrade"),
            id="does not forward the upgrade",
        ),
        pytest.param(
            GOOD.replace("$http_host", "localhost"),
            "websocket",
            ("403", "proxy_set_header Host"),
            id="hides the public host",
        ),
        pytest.param(
            GOOD + "proxy_read_timeout 600ms;", "events", ("broke off", "proxy_read_timeout"), id="hurries"
        ),
        pytest.param(
            GOOD.replace("$http_host", "wrong.example"),
            "reachable",
            ("400", "ALLOWED_HOSTS"),
            id="names another host",
        ),
        pytest.param(
            GOOD + "proxy_set_header Cookie '';", "sign-in", ("pass cookies",), id="takes cookies away"
        ),
        pytest.param(
            "return 301 https://$host$request_uri;", "reachable", ("https://127.0.0.1",), id="redirects"
        ),
        pytest.param("return 502;", "reachable", ("502",), id="does not reach the site"),
    ],
)
def test_a_proxy_is_named_that(
    site: DeployedSite, tmp_path: Path, location: str, check: str, words: tuple[str, ...]
) -> None:
    with nginx(site, tmp_path, location=location) as port:
        report = examine(site, f"http://127.0.0.1:{port}")

    assert report.status == 1
    for word in words:
        assert word in report.problems()[check]
    assert leftovers(site) == {}


@pytest.mark.services
def test_a_header_that_is_lost_on_the_way_is_a_warning(site: DeployedSite, tmp_path: Path) -> None:
    with nginx(site, tmp_path, location=GOOD + "proxy_set_header Last-Event-ID '';") as port:
        report = examine(site, f"http://127.0.0.1:{port}", "--quick")

    assert report.levels("resuming") == {"warning"}
    assert report.status == 0


@pytest.mark.services
def test_a_site_under_wsgi_is_told_so(tmp_path: Path) -> None:
    with WsgiSite(tmp_path).running() as site:
        report = examine(site, site.url, "--quick")

    assert report.status == 1
    assert "WSGI" in report.problems()["server"]
    assert "kept back" in report.problems()["gaps"]


def test_static_files_that_nobody_collected_are_missed(site: DeployedSite, tmp_path: Path) -> None:
    report = examine(site, site.url, "--quick", TEST_STATIC_ROOT=str(tmp_path))

    assert report.status == 1
    assert "collectstatic" in report.problems()["static"]


def test_another_database_than_the_sites_is_noticed(site: DeployedSite, tmp_path: Path) -> None:
    other = DeployedSite(tmp_path)
    other.prepare()

    report = examine(other, site.url)

    assert report.status == 1
    assert "DATABASE_URL" in report.problems()["sign-in"]


def test_a_wrong_prefix_is_answered_with_the_right_one(site: DeployedSite) -> None:
    report = examine(site, f"{site.url}/elsewhere/")

    assert report.status == 1
    assert f"use {site.url}/" in report.problems()["reachable"]


def test_a_dead_url_is_said_to_be_dead(site: DeployedSite) -> None:
    report = examine(site, f"http://127.0.0.1:{free_port()}")

    assert report.status == 1
    assert "nobody listens there" in report.problems()["reachable"]


def test_a_member_that_does_not_exist_is_an_error_for_people(site: DeployedSite) -> None:
    report = examine(site, site.url, "--as", "nobody")

    assert report.status == 1
    assert "no member" in report.errors
    assert "Traceback" not in report.errors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chat.example.org"], "not a URL"),
        (["ftp://chat.example.org"], "not a URL"),
        (["http://[::1"], "not a URL"),
        (["https://name:secret@chat.example.org"], "without a user name"),
        (["http://chät.example.org"], "not ASCII"),
        (["http://127.0.0.1:9", "--timeout", "0"], "a second at least"),
    ],
)
def test_what_it_cannot_use_is_an_error_in_words(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("chat_doctor", *arguments)
