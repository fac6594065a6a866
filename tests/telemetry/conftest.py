"""What is told about runs: the same running engine as in the engine's own tests."""

from tests.runs.conftest import configure, conversation, engine, member, say

__all__ = ["configure", "conversation", "engine", "member", "say"]
