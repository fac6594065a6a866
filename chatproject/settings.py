"""Settings of the demo site, read from the environment.

Every variable is described in docs/settings.md. A fresh clone needs none of them.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# Whoever gives a secret key is deploying: a forgotten DEBUG must not open a public site.
SECRET_KEY = env.str("SECRET_KEY", default="")
DEBUG = env.bool("DEBUG", default=not SECRET_KEY)
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is needed where DEBUG is off. Make one with: "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    SECRET_KEY = "only-for-development-and-tests-never-for-a-site-that-others-can-reach"  # noqa: S105
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    # Makes `runserver` speak ASGI. All else is spared Twisted: a third of a second, and its memory.
    *(["daphne"] if DEBUG and "runserver" in sys.argv else []),
    "chatproject",
    "chat",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    *([] if DEBUG else ["servestatic"]),
    "django.contrib.staticfiles",
    "csp",
]
# Django's own, but for static files, without a change of threads for each step.
MIDDLEWARE = [
    "chatproject.middleware.SecurityMiddleware",
    *([] if DEBUG else ["servestatic.middleware.ServeStaticMiddleware"]),
    "chatproject.middleware.CSPMiddleware",
    "chatproject.middleware.SessionMiddleware",
    "chatproject.middleware.LocaleMiddleware",
    "chatproject.middleware.CommonMiddleware",
    "chatproject.middleware.CsrfViewMiddleware",
    "chatproject.middleware.AuthenticationMiddleware",
    "chatproject.middleware.MessageMiddleware",
    "chatproject.middleware.XFrameOptionsMiddleware",
]
# Security, clickjacking and CSRF: these checks know the names of Django's classes and not of ours, which are
# derived from them. tests/chatproject/test_middleware.py looks instead.
SILENCED_SYSTEM_CHECKS = ["security.W001", "security.W002", "security.W003"]
ROOT_URLCONF = "chatproject.urls"
ASGI_APPLICATION = "chatproject.asgi.application"
WSGI_APPLICATION = "chatproject.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.debug",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chatproject.context.site",
            ],
        },
    },
]


def with_engine_options(database: dict[str, Any]) -> dict[str, Any]:
    """Add what each engine needs to serve many threads and processes at once."""
    if database["ENGINE"] == "django.db.backends.sqlite3":
        # Measured with 2 processes of 8 threads writing: with Django's defaults nearly every
        # second write ended in "database is locked", with these none did.
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
        # Threads of one test share the data only if it lives in a file.
        database["TEST"] = {"NAME": Path(tempfile.gettempdir()) / f"chat-test-{os.getpid()}.sqlite3"}
    elif database["ENGINE"] == "django.db.backends.postgresql":
        database["OPTIONS"] = {
            # Streams hold no connection while they wait: four threads of requests and two of the engine
            # serve hundreds of them. The seventh is that of imports.
            # By itself the pool doubles its pause before each new attempt: after 10 s without database a
            # process was 6 s late, and its leases were another's. Giving up early lets callers try again.
            "pool": {"min_size": 1, "max_size": 7, "timeout": 4, "reconnect_timeout": 1},
            # A server that vanished without a word is noticed after 5 + 3 × 2 s of silence, and after
            # 10 s where something was sent to it; the kernel's own defaults are hours and a quarter of one.
            "connect_timeout": 5,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            # What the address itself says, such as ?sslmode=verify-full.
            **database.get("OPTIONS", {}),
        }
        # A restarted server leaves dead connections in the pool: none is handed out.
        database["CONN_HEALTH_CHECKS"] = True
    return database


DATABASES = {
    "default": with_engine_options(
        env.db_url_config(env.str("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="")
# Sites that share a Redis need one each.
REDIS_PREFIX = env.str("CHAT_REDIS_PREFIX", default="") or "chat"
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": REDIS_PREFIX,
            # A request must not wait for a cache that is gone.
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
        },
    }

LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/chat/"
LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = ["chatproject.backends.ModelBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ko", _("Korean"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
SERVESTATIC_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Beside the database, and below nothing that is published.
    "attachments": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.str("CHAT_FILES", default="") or str(BASE_DIR / ".state" / "files"),
            "base_url": None,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "servestatic.storage.CompressedManifestStaticFilesStorage",
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_ENGINE = "chatproject.sessions"

HTTPS = env.bool("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
# Only where every request comes through a proxy that sets this header itself: else anybody may claim it.
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
# Load balancers and Prometheus ask for these over plain HTTP, behind the proxy.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "readable": {"()": "chatproject.log_lines.ReadableFormatter"},
        "json": {"()": "chatproject.log_lines.JsonFormatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "readable" if DEBUG else "json"},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    # Their own handlers would print the same lines a second time, in another format.
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "uvicorn": {"handlers": [], "level": "INFO", "propagate": True},
        # A line for each request is the proxy's to write.
        "uvicorn.access": {"handlers": [], "level": "WARNING", "propagate": True},
        # A line for each request to the provider says less than those of the run.
        "httpx2": {"level": "WARNING"},
    },
}

# Without mail nobody can be sent a link to a new password: the site offers none then.
EMAIL_URL = env.str("EMAIL_URL", default="consolemail://" if DEBUG else "")
CAN_SEND_MAIL = bool(EMAIL_URL)
vars().update(env.email_url_config(EMAIL_URL or "dummymail://"))
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="") or "chat@localhost"
# A reset link is a key to an account.
PASSWORD_RESET_TIMEOUT = 3600

OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="")
# The samples say what they were sent; whether a model can see is known to whoever chose it.
VISION = env.bool("CHAT_VISION", default=not (OPENAI_API_KEY or OPENAI_BASE_URL))
CHAT: dict[str, Any] = {
    "PROVIDER": {"BACKEND": "chat.providers.echo.EchoProvider", "OPTIONS": {}},
    "TURNS_PER_MINUTE": env.int("CHAT_TURNS_PER_MINUTE", default=20),
    "ACTIVE_RUNS_PER_MEMBER": env.int("CHAT_ACTIVE_RUNS_PER_MEMBER", default=4),
    "TAKE_OVER": env.bool("CHAT_TAKE_OVER", default=True),
    "ATTACHMENT_STORAGE": "attachments",
    "MODELS": [{"name": name, "vision": VISION} for name in env.list("CHAT_MODELS", default=[])],
    "VISION": VISION,
    "TITLES": env.bool("CHAT_TITLES", default=True),
    "OBSERVERS": [
        "chat.metrics.observer.RunMetrics",
        # Whoever names a collector wants traces: chatproject/tracing.py sends them there.
        *(["chat.tracing.RunTraces"] if env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="") else []),
    ],
    "METRICS_TOKEN": env.str("METRICS_TOKEN", default=""),
    "METRICS_ALLOWED_ADDRESSES": env.list("METRICS_ALLOWED_ADDRESSES", default=[]),
}
if REDIS_URL:
    CHAT["EVENT_LOG"] = {
        "BACKEND": "chat.eventlog.redis.RedisEventLog",
        "OPTIONS": {"url": REDIS_URL, "prefix": REDIS_PREFIX},
    }
if OPENAI_API_KEY or OPENAI_BASE_URL:
    CHAT["PROVIDER"] = {
        "BACKEND": "chat.providers.openai.OpenAIProvider",
        "OPTIONS": {
            "api_key": OPENAI_API_KEY,
            "base_url": OPENAI_BASE_URL or "https://api.openai.com/v1",
            "model_name": env.str("CHAT_MODEL", default="") or "gpt-4.1-mini",
        },
    }
# Answers of a model cost money: a public site that has one decides by itself who may come in.
SIGN_UP = env.bool("SIGN_UP", default=DEBUG or not (OPENAI_API_KEY or OPENAI_BASE_URL))
