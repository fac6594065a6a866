"""Over TLS the provider answers as without, if it can trust the server, and not at all if it cannot."""

import datetime
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bench.upstream import ScriptedUpstream
from chat.exceptions import ProviderUnavailable
from chat.providers.openai import OpenAIProvider
from tests.providers.asking import ask, opened, prompt_of, seconds_until_closed


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate and its key in one file, valid for the local address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "scripted upstream")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
async def secure_upstream(certificate: Path) -> AsyncIterator[ScriptedUpstream]:
    """A scripted upstream behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async with ScriptedUpstream(tls=context) as upstream:
        yield upstream


@pytest.fixture
async def provider(secure_upstream: ScriptedUpstream) -> AsyncIterator[OpenAIProvider]:
    provider = OpenAIProvider(
        model_name="m", base_url=secure_upstream.base_url, read_timeout_seconds=2, max_retries=0
    )
    yield provider
    await provider.aclose()


@pytest.fixture
def trust(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the certificate a trusted one."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.mark.usefixtures("trust")
async def test_a_trusted_server_answers_and_its_connection_is_used_again(
    provider: OpenAIProvider, secure_upstream: ScriptedUpstream
) -> None:
    answers = [await ask(provider, "tokens count=2000") for _ in range(2)]

    assert [answer.error for answer in answers] == [None, None]
    assert [len(answer.text.split()) for answer in answers] == [2000, 2000]
    assert len(secure_upstream.connections) == 1


@pytest.mark.usefixtures("trust")
async def test_closing_early_closes_the_connection_at_once(
    provider: OpenAIProvider, secure_upstream: ScriptedUpstream
) -> None:
    async with opened(provider, prompt_of("hang")) as chunks:
        await anext(chunks)
        closed_at = time.monotonic()

    assert await seconds_until_closed(secure_upstream.requests[-1], closed_at) < 0.25


async def test_a_server_that_nobody_vouches_for_is_unavailable(
    provider: OpenAIProvider, secure_upstream: ScriptedUpstream
) -> None:
    heard = await ask(provider, "say")

    assert type(heard.error) is ProviderUnavailable
    assert not secure_upstream.requests
