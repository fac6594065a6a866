"""The site that the doctor examines."""

from collections.abc import Iterator

import pytest

from tests.doctor.deployment import DeployedSite


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedSite]:
    """The site under uvicorn; each proxy of a test stands before it."""
    with DeployedSite(tmp_path_factory.mktemp("site")).running() as site:
        yield site
