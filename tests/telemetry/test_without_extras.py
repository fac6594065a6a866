"""The app needs none of the extras of this subject, and says so where one is asked for."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.checks import Error

from chat.checks import check_settings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 300


def test_without_the_extras_everything_else_works() -> None:
    visit = subprocess.run(
        [sys.executable, "-m", "tests.telemetry.without_extras"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DEBUG": "1"},
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )

    assert visit.returncode == 0, visit.stderr
    assert visit.stdout.splitlines()[-3:] == ["answered", "metrics 501", "ready 200"]


def test_an_observer_that_cannot_be_imported_is_an_error(configure: Callable[..., None]) -> None:
    configure(OBSERVERS=["chat.metrics.observer.RunMetrics", "nowhere.Observer"])

    found = check_settings(None)

    assert [(type(problem), problem.id) for problem in found] == [(Error, "chat.E002")]
    assert "nowhere" in found[0].msg


def test_what_is_no_address_is_an_error(configure: Callable[..., None]) -> None:
    configure(METRICS_ALLOWED_ADDRESSES=["10.0.0.0/8", "localhost"])

    assert [(problem.id, "localhost" in problem.msg) for problem in check_settings(None)] == [
        ("chat.E004", True)
    ]
