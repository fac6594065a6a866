"""The servers that tests share: started when the first test asks for one, ended with the last."""

from collections.abc import Iterator

import pytest

from tests.services.redis import RedisService, running_redis


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisService]:
    """A Redis that all tests share: each uses a prefix of its own, and none harms the server."""
    with running_redis() as server:
        yield server
