"""System checks: a wrong configuration is an error with a hint, never a silent fallback."""

from collections.abc import Sequence
from ipaddress import ip_network
from itertools import chain

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection
from django.utils.module_loading import import_string

from chat.assistants import load_assistants
from chat.conf import BackendSetting, WrongSettings, chat_settings
from chat.exceptions import AssistantError
from chat.search.backends import index_of


@register(Tags.compatibility)
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """E001: keys and values. E002: classes that cannot be made. E004: addresses. E005: the storage."""
    try:
        current = chat_settings()
    except WrongSettings as wrong:
        return [
            Error(f"CHAT[{key!r}] {problem}.", hint="docs/settings.md lists every setting.", id="chat.E001")
            for key, problem in wrong.problems
        ]
    return [
        *_check_backend("PROVIDER", current.PROVIDER),
        *_check_backend("EVENT_LOG", current.EVENT_LOG),
        *_check_import("POLICY", current.POLICY),
        *chain.from_iterable(_check_import("OBSERVERS", path) for path in current.OBSERVERS),
        *_check_storage(current.ATTACHMENT_STORAGE),
        *chain.from_iterable(_check_network(network) for network in current.METRICS_ALLOWED_ADDRESSES),
    ]


def _check_backend(key: str, backend: BackendSetting) -> list[CheckMessage]:
    problems = _check_import(key, backend.BACKEND)
    if problems:
        return problems
    try:
        backend.create()
    except Exception as error:  # noqa: BLE001 - a site's own backend may raise anything
        # Only the kind of error: its text may hold an option, and an option may be a secret.
        return [
            Error(
                f"CHAT[{key!r}]: {backend.BACKEND} cannot be made ({type(error).__name__}).",
                hint=f"Check its OPTIONS: {', '.join(sorted(backend.OPTIONS)) or 'none are given'}.",
                id="chat.E002",
            )
        ]
    return []


def _check_storage(alias: str) -> list[CheckMessage]:
    if alias in settings.STORAGES:
        return []
    return [
        Error(
            f"CHAT['ATTACHMENT_STORAGE']: there is no {alias!r} in STORAGES.",
            hint=f"STORAGES has {', '.join(sorted(settings.STORAGES))}.",
            id="chat.E005",
        )
    ]


def _check_network(network: str) -> list[CheckMessage]:
    try:
        ip_network(network, strict=False)
    except ValueError:
        return [
            Error(
                f"CHAT['METRICS_ALLOWED_ADDRESSES']: {network!r} is neither an address nor a network.",
                hint="Such as 10.0.0.7, 10.0.0.0/8 or fd00::/8.",
                id="chat.E004",
            )
        ]
    return []


def _check_import(key: str, path: str) -> list[CheckMessage]:
    try:
        import_string(path)
    except ImportError as error:
        return [
            Error(
                f"CHAT[{key!r}]: {path} cannot be imported: {error}.",
                hint="Is the path right, and is the package's extra installed?",
                id="chat.E002",
            )
        ]
    return []


@register(Tags.compatibility)
def check_assistants(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """E003: an assistant's file that cannot be used."""
    try:
        load_assistants()
    except AssistantError as error:
        return [Error(f"{error}.", hint="docs/assistants.md shows what a file holds.", id="chat.E003")]
    except WrongSettings:
        # chat.E001 says it.
        return []
    return []


@register(Tags.security, deploy=True)
def check_hosts(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """W001: a wildcard host lets any site's page open a WebSocket that names us."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Warning(
            "ALLOWED_HOSTS allows every host.",
            hint="Name the site's hosts: the WebSocket's origin is compared with the host of the request.",
            id="chat.W001",
        )
    ]


@register(Tags.database)
def check_sqlite(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """W002: SQLite with Django's defaults answers "database is locked" as soon as two processes write."""
    database = settings.DATABASES.get("default", {})
    if not database.get("ENGINE", "").endswith("sqlite3"):
        return []
    if database.get("OPTIONS", {}).get("transaction_mode") == "IMMEDIATE":
        return []
    return [
        Warning(
            "SQLite is used with deferred transactions.",
            hint='Set DATABASES["default"]["OPTIONS"] to {"transaction_mode": "IMMEDIATE", "timeout": 20, '
            '"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"}.',
            id="chat.W002",
        )
    ]


@register(Tags.database)
def check_search(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """W003: a database for which search has no index."""
    vendor = connection.vendor
    if index_of(vendor).has_entries:
        return []
    return [
        Warning(
            f"Search has no index for {vendor}: it reads all texts of a member.",
            hint="It is quick with PostgreSQL and with SQLite.",
            id="chat.W003",
        )
    ]
