"""A host site where channels is not installed, and neither are the database drivers that it does not use."""

import sys

from tests.sites.base import *  # noqa: F403

# Python's own way to say that there is no such module.
sys.modules["channels"] = None  # type: ignore[assignment]
sys.modules["daphne"] = None  # type: ignore[assignment]
