"""A host site that keeps sessions in the browser."""

from tests.sites.base import *  # noqa: F403

SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
