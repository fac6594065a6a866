"""Fixtures of every test; those of one subject live in that folder's own conftest."""

pytest_plugins = ["tests.fixtures_services", "tests.fixtures_upstream"]
