"""Doors over the running engine, with the engine's own fixtures, and the member's browser."""

from tests.browsing import client
from tests.runs.conftest import configure, conversation, engine, member, say

__all__ = ["client", "configure", "conversation", "engine", "member", "say"]
