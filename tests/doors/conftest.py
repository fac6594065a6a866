"""Doors over the running engine: the same fixtures as the engine's own tests."""

from tests.runs.conftest import configure, conversation, engine, member, say

__all__ = ["configure", "conversation", "engine", "member", "say"]
