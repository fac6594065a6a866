"""The app's settings: the dict ``CHAT``, read into one frozen, typed value.

``check_settings`` in checks.py turns what is wrong here into system-check errors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, cast, get_origin

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from chat.model_choice import ModelChoice, read_model_choices


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSetting:
    """A class by its dotted path, and the keyword arguments that it is made with."""

    BACKEND: str
    # Holds secrets: never shown.
    OPTIONS: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def create(self) -> Any:
        """Make the backend. Raises ImportError or what its constructor raises."""
        return import_string(self.BACKEND)(**self.OPTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """All settings with their defaults; docs/settings.md says more about each."""

    PROVIDER: BackendSetting = BackendSetting(BACKEND="chat.providers.echo.EchoProvider")
    EVENT_LOG: BackendSetting = BackendSetting(BACKEND="chat.eventlog.database.DatabaseEventLog")
    POLICY: str = "chat.permissions.OwnerPolicy"

    # Folders with more assistants; a file here replaces one of the same key that the app ships.
    ASSISTANT_DIRS: tuple[str, ...] = ()
    DEFAULT_ASSISTANT: str = "general"

    MAX_MESSAGE_CHARACTERS: int = 32_000
    # JSON may spend twelve bytes on a character outside the basic plane.
    MAX_BODY_BYTES: int = 512 * 1024
    # From the request's head to the end of its body; 0 is no limit.
    BODY_TIMEOUT_SECONDS: float = 10.0
    MAX_ANSWER_CHARACTERS: int = 200_000
    MAX_OUTPUT_TOKENS: int = 4_096
    # What the prompt may take of the model's context, the answer not included.
    PROMPT_TOKEN_BUDGET: int = 16_000
    # The models that members may choose from; none means the assistant's, or the provider's own.
    MODELS: tuple[ModelChoice, ...] = ()
    # Models that are not listed there can look at images.
    VISION: bool = False
    # Dollars per million input and output tokens, by model name.
    PRICES: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    # Files of members: one of Django's STORAGES, best one of their own that no web server publishes.
    ATTACHMENT_STORAGE: str = "default"
    # Of one message; 0 means no files at all.
    MAX_ATTACHMENTS: int = 5
    MAX_ATTACHMENT_BYTES: int = 10 * 1024 * 1024
    # A file of conversations to import; packed, where it is a ZIP.
    MAX_IMPORT_BYTES: int = 32 * 1024 * 1024
    # Of one document; what comes after them is left out, and the member is told so.
    MAX_ATTACHMENT_CHARACTERS: int = 100_000
    # Small files can hold images that fill a browser's memory.
    MAX_IMAGE_PIXELS: int = 40_000_000
    # From the request's head to the end of a file; phones are slow.
    UPLOAD_TIMEOUT_SECONDS: float = 120.0
    # What was uploaded and never sent is deleted after this.
    UNUSED_ATTACHMENT_SECONDS: float = 86_400.0
    # All files of one member together; 0 is no limit.
    MEMBER_STORAGE_BYTES: int = 1024 * 1024 * 1024
    # Texts that one member may keep for the composer's palette.
    MAX_SAVED_PROMPTS: int = 100

    # The model gives conversations their titles, by one more short request after the first answer.
    TITLES: bool = True

    # Limits per member; 0 is none.
    TURNS_PER_MINUTE: int = 0
    ACTIVE_RUNS_PER_MEMBER: int = 0

    # Proxies drop idle connections after 60 s (nginx proxy_read_timeout); stay well below.
    HEARTBEAT_SECONDS: float = 15.0
    # A token goes out at once if the last event left longer ago than this; else with what else arrives.
    COALESCE_MS: float = 25.0
    # How far the log may be behind a live run.
    LOG_INTERVAL_MS: float = 150.0
    # The log has the text too: a checkpoint is what remains when the log is lost.
    CHECKPOINT_SECONDS: float = 5.0

    RUN_TIMEOUT_SECONDS: float = 300.0
    FIRST_CHUNK_TIMEOUT_SECONDS: float = 60.0
    IDLE_TIMEOUT_SECONDS: float = 30.0

    # Limits per process; 0 is none. A turn beyond them is refused, and may find room in another process.
    MAX_ACTIVE_RUNS: int = 1_000
    MAX_HUB_BYTES: int = 512 * 1024 * 1024
    MAX_FOLLOWERS: int = 5_000
    # A peer that takes nothing for so long is dropped; 0 is no limit.
    WRITE_TIMEOUT_SECONDS: float = 30.0
    # A WebSocket over which nothing is asked and nothing told is closed; 0 is no limit.
    SOCKET_IDLE_SECONDS: float = 600.0

    # A dead process is noticed after the lease and one scan at most: 11 s with these.
    LEASE_SECONDS: float = 10.0
    RECOVERY_SECONDS: float = 1.0
    # The answers of a dead process are continued by another one; off, they end as interrupted.
    TAKE_OVER: bool = True
    # What kills each process that has it is not given to a sixth one.
    MAX_TAKE_OVERS: int = 5
    CANCEL_POLL_SECONDS: float = 0.5
    SHUTDOWN_GRACE_SECONDS: float = 25.0
    # How long the log of a finished run is kept.
    LOG_RETENTION_SECONDS: float = 600.0

    # What a member deleted can be restored for so long; then it is purged.
    DELETED_KEPT_HOURS: float = 24.0
    # Temporary conversations are purged so long after their last use.
    TEMPORARY_KEPT_HOURS: float = 24.0

    # How soon a tab hears of what happened in another process.
    FEED_POLL_SECONDS: float = 0.25
    # So often a page tries to get its connection back, for two minutes with these; then a person decides.
    RECONNECT_TRIES: int = 12

    # Classes that hear what happens to runs: metrics, traces, or a site's own.
    OBSERVERS: tuple[str, ...] = ()
    # Puts what people and models say into traces.
    TRACE_MESSAGE_TEXT: bool = False
    # Who may read the metrics; with neither, nobody does where DEBUG is off.
    METRICS_TOKEN: str = field(default="", repr=False)
    METRICS_ALLOWED_ADDRESSES: tuple[str, ...] = ()


class WrongSettings(ImproperlyConfigured):
    """``CHAT`` has unknown keys or wrong values; ``problems`` has (key, what is wrong) pairs."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"CHAT[{key!r}] {problem}" for key, problem in problems))
        self.problems = problems


def read_settings(given: Mapping[str, Any]) -> ChatSettings:
    """Return the typed settings. Raises WrongSettings."""
    known = {one.name: one for one in fields(ChatSettings)}
    values: dict[str, Any] = {}
    problems: list[tuple[str, str]] = []
    for key, value in given.items():
        if key not in known:
            problems.append((key, "is not a setting of the chat app"))
            continue
        try:
            values[key] = _typed(known[key].type, value)
        except (TypeError, ValueError) as error:
            problems.append((key, str(error)))
    if problems:
        raise WrongSettings(problems)
    return ChatSettings(**values)


def _typed(kind: Any, value: Any) -> Any:
    if kind is BackendSetting:
        return _backend(value)
    if kind is int or kind is float:
        return _number(kind, value)
    if kind == tuple[ModelChoice, ...]:
        return read_model_choices(value)
    if get_origin(kind) is tuple:
        return _texts(value)
    if get_origin(kind) is not None and issubclass(get_origin(kind), Mapping):
        return _prices(value)
    if not isinstance(value, kind):
        wanted = "True or False" if kind is bool else kind.__name__
        raise TypeError(f"must be {wanted}, not {type(value).__name__}")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not all(isinstance(one, (str, Path)) for one in value):
        raise TypeError("must be a list of texts or paths")
    return tuple(str(one) for one in value)


def _number(kind: type[int] | type[float], value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, kind)):
        raise TypeError(f"must be a number, not {type(value).__name__}")
    if value < 0:
        raise ValueError("must not be negative")
    return kind(value)


def _backend(value: Any) -> BackendSetting:
    if not isinstance(value, Mapping) or not isinstance(value.get("BACKEND"), str):
        raise TypeError('must be a dict like {"BACKEND": "dotted.path", "OPTIONS": {…}}')
    unknown = set(value) - {one.name for one in fields(BackendSetting)}
    if unknown:
        raise ValueError(f"has unknown keys: {', '.join(sorted(unknown))}")
    if not isinstance(value.get("OPTIONS", {}), Mapping):
        raise TypeError("must have a dict as OPTIONS")
    return BackendSetting(BACKEND=value["BACKEND"], OPTIONS=dict(value.get("OPTIONS", {})))


def _prices(value: Any) -> dict[str, tuple[float, float]]:
    if not isinstance(value, Mapping):
        raise TypeError("must be a dict of model names to (input, output) prices")
    prices = {}
    for model, pair in value.items():
        if not isinstance(pair, (tuple, list)) or len(pair) != 2 or min(pair) < 0:
            raise ValueError(f"needs two prices for {model!r}, in dollars per million tokens")
        prices[str(model)] = (float(pair[0]), float(pair[1]))
    return prices


@cache
def chat_settings() -> ChatSettings:
    """Return the settings of this process. Raises WrongSettings."""
    given = getattr(settings, "CHAT", {})
    if not isinstance(given, Mapping):
        raise WrongSettings([("", "must be a dict")])
    return read_settings(given)


def is_debugging() -> bool:
    """True where the site is being developed."""
    return bool(settings.DEBUG)


def trusted_origins() -> Sequence[str]:
    """Return the origins besides its own that the site trusts."""
    return list(settings.CSRF_TRUSTED_ORIGINS)


def session_store(session_key: str | None) -> SessionBase:
    """Return a session as it is stored now."""
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    return cast("SessionBase", store(session_key))


def is_secure_scope(scope: Mapping[str, Any]) -> bool:
    """True if the browser's side of a connection is encrypted, also where a trusted proxy ends that."""
    if scope.get("scheme") in ("https", "wss"):
        return True
    if settings.SECURE_PROXY_SSL_HEADER is None:
        return False
    name, value = settings.SECURE_PROXY_SSL_HEADER
    wire_name = name.removeprefix("HTTP_").replace("_", "-").lower().encode()
    given = dict(scope["headers"]).get(wire_name, b"").decode("latin-1")
    return bool(given.split(",", 1)[0].strip() == value)


@receiver(setting_changed)
def _forget_settings(*, setting: str, **_kwargs: object) -> None:
    if setting == "CHAT":
        chat_settings.cache_clear()
