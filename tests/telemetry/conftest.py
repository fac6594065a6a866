"""What is told about runs: the same running engine as in the engine's own tests."""

from tests.browsing import client
from tests.runs.conftest import configure, conversation, engine, member, say

__all__ = ["client", "configure", "conversation", "engine", "member", "say"]
