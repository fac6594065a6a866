"""nginx with the site's own configuration, for tests: other addresses and folders, nothing else."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from bench.processes import free_port
from tests.serving import ROOT

START_SECONDS = 60.0
CONFIGURATION = ROOT / "deploy/nginx.conf"


class Nginx:
    """A running nginx; ``url`` is its TLS address, ``plain_url`` the other one."""

    def __init__(
        self, folder: Path, *, upstream_ports: tuple[int, int], replaced: Mapping[str, str] | None = None
    ) -> None:
        self._folder = folder
        self.port, self._plain_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.plain_url = f"http://127.0.0.1:{self._plain_port}"
        certificates = folder / "certificates"
        make_certificate(certificates)
        self.certificate = certificates / "fullchain.pem"
        self.tls = ssl.create_default_context(cafile=self.certificate)
        self._configuration = _with_replaced(
            CONFIGURATION.read_text(),
            {
                "/tmp/": f"{folder}/",
                "/dev/stdout": f"{folder}/access.log",
                "/etc/nginx/certificates": str(certificates),
                "listen 8080": f"listen 127.0.0.1:{self._plain_port}",
                "listen 8443": f"listen 127.0.0.1:{self.port}",
                "web-1:8000": f"127.0.0.1:{upstream_ports[0]}",
                "web-2:8000": f"127.0.0.1:{upstream_ports[1]}",
                **(replaced or {}),
            },
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start nginx and wait until it listens."""
        path = self._folder / "nginx.conf"
        path.write_text(self._configuration)
        binary = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert binary, "nginx is not installed: scripts/install_test_services.sh nginx"
        # In its container everything belongs to one user; so here, whoever runs the tests.
        directives = "daemon off;" if os.getuid() else "daemon off; user root;"
        with (self._folder / "nginx.log").open("wb") as log:
            self._process = subprocess.Popen(
                [binary, "-e", "stderr", "-g", directives, "-c", path], stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._listens():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.02)

    def reload(self) -> None:
        """Read the configuration again, as after a deployment."""
        assert self._process
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End nginx and its workers."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=START_SECONDS)
            self._process = None

    def log(self) -> str:
        """Return what nginx says of itself."""
        return (self._folder / "nginx.log").read_text()

    def access_log(self) -> str:
        """Return a line for each request; nginx writes it after the last byte of the answer."""
        return (self._folder / "access.log").read_text()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def make_certificate(folder: Path) -> None:
    """Make a certificate for this machine, as docs/operating.md shows it."""
    folder.mkdir()
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        *("-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        *("-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")),
    ]
    subprocess.run(command, check=True, capture_output=True)


def _with_replaced(text: str, replaced: Mapping[str, str]) -> str:
    for old, new in replaced.items():
        assert old in text, f"{CONFIGURATION.name} does not say {old!r} any more"
        text = text.replace(old, new)
    return text
