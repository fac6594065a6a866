"""The app on several host sites: the same visit to each."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
MOST_SECONDS = 120

SITES = (
    "plain",
    "atomic_requests",
    "cached_sessions",
    "compressing",
    "custom_user",
    "signed_cookies",
    "sync_middleware",
    "without_channels",
)


@pytest.mark.parametrize("site", SITES)
def test_the_app_works_on_a_site_that_is(site: str) -> None:
    visit = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *(f"--ds=tests.sites.{site}", str(FOLDER / "visiting.py")),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )

    assert visit.returncode == 0, visit.stdout[-8000:]
