"""The doctor can visit host sites of every kind."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.doctor.deployment import PATIENCE_SECONDS
from tests.serving import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "site", ["plain", "atomic_requests", "cached_sessions", "custom_user", "signed_cookies"]
)
def test_the_doctor_is_let_in_by_a_site_that_is(site: str) -> None:
    visit = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *(f"--ds=tests.sites.{site}", str(Path(__file__).parent / "arriving.py")),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert visit.returncode == 0, visit.stdout[-8000:]
