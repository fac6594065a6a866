"""The doctor and sites that speak TLS, by a proxy before them."""

from pathlib import Path

import pytest

from tests.doctor.deployment import GOOD, DeployedSite, examine, nginx
from tests.providers.conftest import certificate

__all__ = ["certificate"]

pytestmark = pytest.mark.services


def tls(certificate: Path, *, protocols: str = "ssl http2") -> dict[str, str]:
    return {
        "listening": protocols,
        "server": f"ssl_certificate {certificate}; ssl_certificate_key {certificate};",
    }


def test_a_site_with_http_2_is_healthy(site: DeployedSite, tmp_path: Path, certificate: Path) -> None:
    with nginx(site, tmp_path, **tls(certificate)) as port:
        report = examine(site, f"https://127.0.0.1:{port}", "--quick", SSL_CERT_FILE=str(certificate))

    assert report.problems() == {}
    assert report.levels("http-version") == {"ok"}
    assert report.status == 0


def test_a_site_with_http_1_only_works(site: DeployedSite, tmp_path: Path, certificate: Path) -> None:
    with nginx(site, tmp_path, **tls(certificate, protocols="ssl")) as port:
        report = examine(site, f"https://127.0.0.1:{port}", "--quick", "--insecure")

    assert report.problems() == {}
    assert report.levels("http-version") == {"warning"}


def test_a_certificate_that_nobody_knows_is_not_trusted(
    site: DeployedSite, tmp_path: Path, certificate: Path
) -> None:
    with nginx(site, tmp_path, **tls(certificate)) as port:
        report = examine(site, f"https://127.0.0.1:{port}")

    assert report.status == 1
    assert "certificate is not trusted" in report.problems()["reachable"]


@pytest.mark.parametrize(
    ("location", "named"),
    [
        pytest.param(
            GOOD.replace("$scheme", "http"), ("websocket", "SECURE_PROXY_SSL_HEADER"), id="hides the scheme"
        ),
        pytest.param(
            "return 301 https://$http_host$request_uri;",
            ("reachable", "without end"),
            id="goes round in circles",
        ),
    ],
)
def test_a_proxy_is_named_that(
    site: DeployedSite, tmp_path: Path, certificate: Path, location: str, named: tuple[str, str]
) -> None:
    with nginx(site, tmp_path, location=location, **tls(certificate)) as port:
        report = examine(site, f"https://127.0.0.1:{port}", "--quick", "--insecure")

    check, words = named
    assert report.status == 1
    assert words in report.problems()[check]
