"""Encrypted mail: STARTTLS and implicit TLS with a certificate that is vouched for, and with one that is not."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from connectors.mail.archive import MailArchive
from connectors.mail.message import render
from connectors.mail.smtp import SmtpSender
from connectors.ports import Answer
from tests.connectors.samples import mail

pytest.importorskip("cryptography")
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")


class Mailbox:
    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        assert server.transport.get_extra_info("ssl_object") is not None
        self.taken.append(envelope.original_content or b"")
        return "250 OK"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Certificate and key of 127.0.0.1."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(address, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    return folder / "cert.pem", folder / "key.pem"


Tls = Literal["starttls", "implicit"]
Running = tuple[Tls, int, Mailbox, Path]


@pytest.fixture(params=["starttls", "implicit"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """A mail server that takes only encrypted, authenticated mail: kind, port, what it took, its certificate."""
    certificate, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.login == b"us" and data.password == b"secret", handled=False)

    settings: dict[str, Any] = {
        "authenticator": check,
        "auth_required": True,
        "hostname": "127.0.0.1",
        "port": free_port(),
    }
    mailbox = Mailbox()
    if request.param == "starttls":
        controller = Controller(mailbox, tls_context=context, require_starttls=True, **settings)
    else:
        controller = Controller(mailbox, ssl_context=context, auth_require_tls=False, **settings)
    controller.start()
    yield request.param, settings["port"], mailbox, certificate
    controller.stop()


def sender(running: Running, archive: Path, password: str = "secret") -> SmtpSender:
    tls, port, _, _ = running
    archived = MailArchive(archive)
    return SmtpSender("127.0.0.1", port, archive=archived, tls=tls, username="us", password=password, timeout=5)


def test_mail_goes_encrypted_to_a_server_that_is_vouched_for(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(running[3]))
    assert sender(running, tmp_path).submit(mail()).answer is Answer.SUBMITTED
    assert running[2].taken == [render(mail())]
    refused = sender(running, tmp_path, password="wrong").submit(mail())
    assert refused.answer is Answer.PRECONDITION and len(running[2].taken) == 1


def test_a_server_that_nobody_vouches_for_gets_neither_mail_nor_password(running: Running, tmp_path: Path) -> None:
    assert sender(running, tmp_path).submit(mail()).answer is Answer.PRECONDITION
    assert running[2].taken == []
