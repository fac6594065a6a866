"""Fixtures of the event logs' own tests."""

from tests.providers.conftest import certificate

__all__ = ["certificate"]
