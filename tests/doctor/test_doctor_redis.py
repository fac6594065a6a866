"""The doctor and a site of several processes whose event log is in Redis."""

import sys
from pathlib import Path

import pytest

from tests.doctor.deployment import DeployedSite, examine
from tests.services.redis import running_redis

pytestmark = pytest.mark.services


class ServedSite(DeployedSite):
    """Two processes of the production server."""

    def __init__(self, folder: Path, *, redis_url: str) -> None:
        super().__init__(folder)
        self._environment |= {"REDIS_URL": redis_url, "WORKERS": "2", "PORT": str(self.port)}

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "chatproject.serve"]


def test_the_doctor_is_heard_through_redis_and_notices_a_log_that_is_not_the_sites(tmp_path: Path) -> None:
    with running_redis() as redis, ServedSite(tmp_path, redis_url=redis.url()).running() as site:
        healthy = examine(site, site.url, "--quick")
        foreign = examine(site, site.url, "--quick", REDIS_URL=redis.url(database=1))

    assert healthy.problems() == {}
    assert healthy.status == 0
    assert foreign.status == 1
    assert "different event logs" in foreign.problems()["following"]
