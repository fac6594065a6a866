"""A host site that keeps sessions in its cache."""

from tests.sites.base import *  # noqa: F403

SESSION_ENGINE = "django.contrib.sessions.backends.cache"
