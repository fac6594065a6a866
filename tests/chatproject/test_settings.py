"""The demo site's settings follow the environment, and refuse to be unsafe by accident."""

import runpy
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

SETTINGS = Path(__file__).resolve().parents[2] / "chatproject/settings.py"
VARIABLES = (
    *("SECRET_KEY", "DEBUG", "HTTPS", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL", "REDIS_URL"),
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


def test_a_given_secret_key_turns_debug_off_and_https_on(settings_with):
    settings = settings_with(SECRET_KEY="given")

    assert settings["DEBUG"] is False
    assert settings["SECURE_SSL_REDIRECT"] is True
    assert settings["SESSION_COOKIE_SECURE"] is True
    assert settings["CSRF_COOKIE_SECURE"] is True
    assert settings["SECURE_HSTS_SECONDS"] > 0
    assert "daphne" not in settings["INSTALLED_APPS"]


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
    assert database["OPTIONS"]["pool"]["max_size"] <= 10


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
