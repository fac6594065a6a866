"""The Dockerfile, as far as it goes without an engine: what it copies and runs makes a site that serves."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.processes import free_port
from tests.serving import ROOT

pytestmark = pytest.mark.slow

START_SECONDS = 180.0
STOP_SECONDS = 60.0
PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
INSTRUCTIONS = [
    tuple(line.split(" ", 1))
    for line in (ROOT / "Dockerfile").read_text().splitlines()
    if line and not line.startswith("#")
]


def instructions(name: str) -> list[str]:
    return [rest for instruction, rest in INSTRUCTIONS if instruction == name]


def copied() -> list[tuple[str, str]]:
    """What comes from the project's folder, and where it goes to."""
    pairs = [rest.split() for rest in instructions("COPY") if not rest.startswith("--from=")]
    return [(source, target) for source, target in pairs]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean folder with what the image has, after the commands of its build."""
    folder = tmp_path_factory.mktemp("image")
    for source, target in copied():
        destination = folder / target
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, destination, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            destination = destination / Path(source).name if target.endswith("/") else destination
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / source, destination)
    for command in instructions("RUN"):
        # The others make an account and the environment: what runs the tests has both.
        if "useradd" not in command and "/opt/venv" not in command:
            subprocess.run(["sh", "-c", command], cwd=folder, env={"PATH": PATH}, check=True)
    return folder


def test_nothing_but_what_the_site_needs_can_get_into_the_image() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}

    assert rules[1] == "*"
    assert allowed == {source for source, _ in copied()}


def test_the_packages_are_those_of_the_lock_with_their_hashes() -> None:
    installing = [command for command in instructions("RUN") if "install" in command]

    assert len(installing) == 1
    assert "--require-hashes -r requirements.lock" in installing[0]


def test_the_process_is_nobody_in_particular_and_owns_nothing() -> None:
    (user,) = instructions("USER")

    assert user == "10001:10001"
    names = [name for name, _ in INSTRUCTIONS]
    assert "COPY" not in names[names.index("USER") :]
    assert not any("--chown" in rest for rest in instructions("COPY"))


def test_static_files_are_hashed_and_compressed_by_the_build(image: Path) -> None:
    assert (image / "staticfiles/staticfiles.json").exists()
    assert list((image / "staticfiles").rglob("main.*.js.br"))
    assert not (image / "db.sqlite3").exists()
    assert not (image / ".state").exists()


def test_the_image_serves_and_its_health_check_says_so(image: Path, tmp_path: Path) -> None:
    environment = {
        "PATH": PATH,
        **dict(pair.split("=", 1) for rest in instructions("ENV")[1:] for pair in shlex.split(rest)),
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
        "SECRET_KEY": "for-this-test-only-and-nobody-else-ever-has-to-know-it-abcdefghijkl",
        "ALLOWED_HOSTS": ".chat.example.org,other.example",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'site.sqlite3'}",
        "WORKERS": "1",
    }
    check = _command(instructions("HEALTHCHECK")[0].partition(" CMD ")[2])
    migrate = ["python", "manage.py", "migrate", "--noinput"]
    subprocess.run(migrate, cwd=image, env=environment, check=True, capture_output=True)

    assert not _succeeds(check, image, environment)
    with (tmp_path / "site.log").open("wb") as log:
        server = subprocess.Popen(
            _command(instructions("CMD")[0]), cwd=image, env=environment, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _succeeds(check, image, environment):
            said = (tmp_path / "site.log").read_text()
            assert server.poll() is None, said
            assert time.monotonic() < deadline, said
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=STOP_SECONDS)

    assert "Traceback" not in (tmp_path / "site.log").read_text()


def _command(form: str) -> list[str]:
    """Return the words of an instruction's JSON form."""
    words = form.strip().removeprefix("[").removesuffix("]").split(",")
    return [word.strip().strip('"') for word in words]


def _succeeds(command: list[str], folder: Path, environment: dict[str, str]) -> bool:
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    return run.returncode == 0
