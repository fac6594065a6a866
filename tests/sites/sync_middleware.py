"""A host site with a middleware that knows only synchronous requests."""

from tests.sites.base import *  # noqa: F403
from tests.sites.base import MIDDLEWARE

MIDDLEWARE = [*MIDDLEWARE, "tests.sites.middleware.StampMiddleware"]
