"""Where processes share their metrics: there while the server is, and gone with it."""

import os
from pathlib import Path

import pytest

from chatproject.metrics_directory import VARIABLE, metrics_directory


def test_a_server_makes_a_directory_and_removes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    with metrics_directory():
        made = Path(os.environ[VARIABLE])
        (made / "counter_1.db").touch()

    assert not made.exists()
    assert VARIABLE not in os.environ


def test_a_directory_that_is_named_is_emptied_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "of" / "the-operator"
    monkeypatch.setenv(VARIABLE, str(named))

    with metrics_directory():
        (named / "counter_1.db").touch()
        (named / "README").touch()
    with metrics_directory():
        begun_with = {path.name for path in named.iterdir()}

    assert begun_with == {"README"}
    assert os.environ[VARIABLE] == str(named)
