"""The site as it is deployed, proxies before it, and the doctor as its operator calls it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import free_port
from tests.serving import ROOT, START_SECONDS, UvicornSite, migrated_database
from tests.sharing import made_once

PATIENCE_SECONDS = 180
# What docs/operating.md asks of a proxy.
GOOD = """
proxy_http_version 1.1;
proxy_set_header Host $http_host;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;
"""
_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    server {{
        listen 127.0.0.1:{port} {listening};
        {server}
        location / {{
            proxy_pass http://127.0.0.1:{site_port};
            {location}
        }}
    }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the doctor said: its exit status, the findings, and what it wrote to people."""

    status: int
    checks: list[dict[str, str]]
    errors: str

    def levels(self, check: str) -> set[str]:
        return {one["level"] for one in self.checks if one["check"] == check}

    def problems(self) -> dict[str, str]:
        """Return what is wrong, in words, by the check that found it."""
        found = [one for one in self.checks if one["level"] == "problem"]
        return {one["check"]: f"{one['says']} {one['advice']}" for one in found}


class DeployedSite(UvicornSite):
    """Under uvicorn with DEBUG off, and its static files collected."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder,
            {
                "DJANGO_SETTINGS_MODULE": "tests.doctor.site",
                "DEBUG": "0",
                "HTTPS": "0",
                "BEHIND_PROXY": "1",
                "SECRET_KEY": "only-for-tests-" * 4,
                "ALLOWED_HOSTS": "127.0.0.1,localhost",
            },
        )
        self.database = folder / "site.sqlite3"

    def prepare(self) -> None:
        """Give it a database, and the static files that all of them share: to compress them takes 10 s."""
        shutil.copy(migrated_database(), self.database)
        self._environment["TEST_STATIC_ROOT"] = str(made_once("static", self._collect))

    def _collect(self, folder: Path) -> None:
        subprocess.run(
            self.manage("collectstatic", "--noinput", "--verbosity", "0"),
            cwd=ROOT,
            env=self.environment(TEST_STATIC_ROOT=str(folder)),
            check=True,
            capture_output=True,
        )

    def _command(self) -> list[str]:
        # The one of uvicorn's two parsers that answers HTTP/1.0 in HTTP/1.0, without chunks.
        return [*super()._command(), "--http", "h11"]

    def manage(self, *command: str) -> list[str]:
        """Return a management command of the site."""
        return [sys.executable, "manage.py", *command]

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the environment of the site's processes."""
        return {**self._environment, **changes}


class WsgiSite(DeployedSite):
    """The same, served by Django's own WSGI server."""

    def _command(self) -> list[str]:
        return self.manage("runserver", "--noreload", f"127.0.0.1:{self.port}")


def examine(site: DeployedSite, url: str, *options: str, **environment: str) -> Report:
    """Call the doctor as an operator would, on the site's host."""
    done = subprocess.run(
        site.manage("chat_doctor", url, "--json", *options),
        cwd=ROOT,
        env=site.environment(**environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    report: dict[str, Any] = json.loads(done.stdout) if done.stdout else {"checks": []}
    return Report(status=done.returncode, checks=report["checks"], errors=done.stderr)


@contextmanager
def nginx(
    site: DeployedSite, folder: Path, *, location: str = GOOD, server: str = "", listening: str = ""
) -> Iterator[int]:
    """Run nginx before the site and yield its port."""
    binary = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert binary, "nginx is not installed"
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            folder=folder,
            port=port,
            site_port=site.port,
            location=location,
            server=server,
            listening=listening,
        )
    )
    process = subprocess.Popen(
        [binary, "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(configuration)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process, folder / "error.log")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _listens(port):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
