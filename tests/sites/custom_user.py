"""A host site with accounts of its own: other fields, other keys, and no names."""

from tests.sites.base import *  # noqa: F403
from tests.sites.base import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.sites.people"]
AUTH_USER_MODEL = "people.Person"
