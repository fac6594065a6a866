"""Imports and exports over the running doors: the same fixtures as the engine's own tests."""

from tests.browsing import client
from tests.runs.conftest import configure, conversation, engine, member, say

__all__ = ["client", "configure", "conversation", "engine", "member", "say"]
