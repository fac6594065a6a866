"""The app on several host sites: the same visits to each, by a member and by the doctor."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
VISITS = ("tests/sites/visiting.py", "tests/doctor/arriving.py")
# Ten times what a machine needs that does nothing else.
MOST_SECONDS = 300

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
            *(f"--ds=tests.sites.{site}", *VISITS),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )

    assert visit.returncode == 0, visit.stdout[-8000:]
