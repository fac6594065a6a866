"""A host site with nothing special, and the app under another prefix than the demo site's."""

from tests.sites.base import *  # noqa: F403
