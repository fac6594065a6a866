"""The demo site's settings follow the environment, and refuse to be unsafe by accident."""

import os
import runpy
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from chat.asgi.application import REQUEST_THREADS
from chat.database import LANES

SETTINGS = Path(__file__).resolve().parents[2] / "chatproject/settings.py"
VARIABLES = (
    *("SECRET_KEY", "DEBUG", "HTTPS", "BEHIND_PROXY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"),
    *("DATABASE_URL", "REDIS_URL", "CHAT_REDIS_PREFIX", "CHAT_TAKE_OVER"),
    *(
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "CHAT_MODEL",
        "CHAT_TURNS_PER_MINUTE",
        "CHAT_ACTIVE_RUNS_PER_MEMBER",
    ),
)


@pytest.fixture
def settings_with(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def load(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return load


def test_a_fresh_clone_needs_no_variable(settings_with):
    settings = settings_with()

    assert settings["DEBUG"] is True
    assert settings["HTTPS"] is False
    assert settings["CHAT"]["PROVIDER"]["BACKEND"] == "chat.providers.echo.EchoProvider"
    assert settings["CHAT"]["TURNS_PER_MINUTE"] == 20
    assert settings["CHAT"]["ACTIVE_RUNS_PER_MEMBER"] == 4


def test_without_debug_a_secret_key_is_demanded(settings_with):
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is needed"):
        settings_with(DEBUG="0")


def test_an_empty_database_url_is_none(settings_with):
    database = settings_with(DATABASE_URL="")["DATABASES"]["default"]

    assert database["ENGINE"] == "django.db.backends.sqlite3"


def test_a_given_secret_key_turns_debug_off_and_https_on(settings_with):
    settings = settings_with(SECRET_KEY="given")

    assert settings["DEBUG"] is False
    assert settings["SECURE_SSL_REDIRECT"] is True
    assert settings["SESSION_COOKIE_SECURE"] is True
    assert settings["CSRF_COOKIE_SECURE"] is True
    assert settings["SECURE_HSTS_SECONDS"] > 0
    assert "daphne" not in settings["INSTALLED_APPS"]


def test_only_runserver_loads_what_makes_it_speak_asgi(settings_with, monkeypatch):
    assert "daphne" not in settings_with()["INSTALLED_APPS"]

    monkeypatch.setattr("sys.argv", ["manage.py", "runserver"])

    assert settings_with()["INSTALLED_APPS"][0] == "daphne"


def test_plain_http_can_be_chosen(settings_with):
    settings = settings_with(SECRET_KEY="given", HTTPS="0")

    assert settings["SECURE_SSL_REDIRECT"] is False
    assert settings["SECURE_HSTS_SECONDS"] == 0


def test_sqlite_waits_its_turn_instead_of_failing(settings_with):
    options = settings_with()["DATABASES"]["default"]["OPTIONS"]

    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] == 20
    assert "journal_mode=WAL" in options["init_command"]


def test_postgresql_is_reached_through_a_bounded_pool(settings_with):
    database = settings_with(DATABASE_URL="postgres://member:word@db.example:5432/chat")["DATABASES"][
        "default"
    ]

    assert database["ENGINE"] == "django.db.backends.postgresql"
    # One for each thread that uses the database; imports have one of their own.
    assert database["OPTIONS"]["pool"]["max_size"] == REQUEST_THREADS + LANES + 1
    assert database["CONN_HEALTH_CHECKS"] is True


def test_a_postgresql_that_vanished_is_noticed_in_about_ten_seconds(settings_with):
    options = settings_with(DATABASE_URL="postgres://db.example/chat")["DATABASES"]["default"]["OPTIONS"]
    given = {name: value for name, value in options.items() if name != "pool"}

    # Names that libpq does not know are refused here.
    parsed = {name: int(str(value)) for name, value in conninfo_to_dict(make_conninfo(**given)).items()}
    assert parsed["connect_timeout"] == 5
    silence = parsed["keepalives_idle"] + parsed["keepalives_count"] * parsed["keepalives_interval"]
    assert 8 <= silence <= 12
    assert parsed["tcp_user_timeout"] == 10_000


def test_what_the_address_of_the_database_says_is_kept(settings_with):
    url = "postgres://db.example/chat?sslmode=verify-full&connect_timeout=2"

    options = settings_with(DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]

    assert (options["sslmode"], options["connect_timeout"]) == ("verify-full", 2)
    assert "pool" in options


def test_redis_carries_the_events_and_the_cache_under_the_prefix_of_the_site(settings_with):
    url = "rediss://:word@redis.example:6380/1"

    settings = settings_with(REDIS_URL=url, CHAT_REDIS_PREFIX="chat-two")

    assert settings["CHAT"]["EVENT_LOG"] == {
        "BACKEND": "chat.eventlog.redis.RedisEventLog",
        "OPTIONS": {"url": url, "prefix": "chat-two"},
    }
    cache = settings["CACHES"]["default"]
    assert (cache["LOCATION"], cache["KEY_PREFIX"]) == (url, "chat-two")
    assert settings_with(CHAT_REDIS_PREFIX="")["CHAT"]["EVENT_LOG"]["OPTIONS"]["prefix"] == "chat"


def test_take_over_can_be_turned_off(settings_with):
    assert settings_with()["CHAT"]["TAKE_OVER"] is True
    assert settings_with(CHAT_TAKE_OVER="0")["CHAT"]["TAKE_OVER"] is False


def test_the_header_of_a_proxy_is_believed_only_where_the_site_says_so(settings_with):
    assert settings_with()["SECURE_PROXY_SSL_HEADER"] is None
    behind = settings_with(BEHIND_PROXY="1")
    assert behind["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.slow
def test_a_production_environment_leaves_nothing_for_the_deployment_check():
    environment = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "chat.example.org",
        "BEHIND_PROXY": "1",
        "DATABASE_URL": "postgres://member:word@db.example/chat",
        "REDIS_URL": "redis://redis.example/0",
    }

    check = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=SETTINGS.parent.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stderr
    assert "no issues" in check.stdout


@pytest.mark.parametrize(
    ("variables", "options"),
    [
        (
            {"OPENAI_API_KEY": "key"},
            {"api_key": "key", "base_url": "https://api.openai.com/v1", "model_name": "gpt-4.1-mini"},
        ),
        (
            {"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1", "CHAT_MODEL": "qwen3"},
            {"api_key": "", "base_url": "http://127.0.0.1:11434/v1", "model_name": "qwen3"},
        ),
    ],
)
def test_a_key_or_an_address_connects_a_real_model(settings_with, variables, options):
    provider = settings_with(**variables)["CHAT"]["PROVIDER"]

    assert provider == {"BACKEND": "chat.providers.openai.OpenAIProvider", "OPTIONS": options}


def test_empty_variables_mean_the_same_as_none(settings_with):
    settings = settings_with(OPENAI_API_KEY="", OPENAI_BASE_URL="", REDIS_URL="", CHAT_MODEL="")

    assert settings["CHAT"]["PROVIDER"]["BACKEND"] == "chat.providers.echo.EchoProvider"
    assert "CACHES" not in settings
