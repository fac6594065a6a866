"""A host site that compresses what it answers."""

from tests.sites.base import *  # noqa: F403
from tests.sites.base import MIDDLEWARE

MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", *MIDDLEWARE]
