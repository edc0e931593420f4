"""Certificates of the sandbox's network: an authority that signs SMPs, another that does not, and one for HTTPS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
LAPSED = datetime(2025, 12, 31, tzinfo=UTC)
FIRST, SECOND = "PSB000001", "PSB000002"  # the two SMPs' names, which a redirect cites
FILES = ("smp-ca.pem", "https-ca.pem", "https.pem", "smp.key", "first.pem", "second.pem", "lapsed.pem", "stranger.pem")


@dataclass(frozen=True, slots=True)
class Pki:
    """The files in `folder`: `smp-ca.pem` is the trust anchor, `https-ca.pem` the authority for HTTPS."""

    folder: Path

    def path(self, name: str) -> Path:
        return self.folder / name

    def read(self, name: str) -> bytes:
        return self.path(name).read_bytes()


def pki(folder: Path) -> Pki:
    """The certificates in `folder`, made where they are not all there."""
    folder.mkdir(parents=True, exist_ok=True)
    if not all((folder / name).is_file() for name in FILES):
        for name, content in _made().items():
            (folder / name).write_bytes(content)
    return Pki(folder)


@cache
def _made() -> dict[str, bytes]:
    """One set per process; the SMPs share one RSA key, which takes the longest to make."""
    authority, stranger, https = (_Authority(f"Sandbox {name}") for name in ("SMP CA", "other CA", "HTTPS CA"))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    server = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName(
        [x509.DNSName("*.sandbox.test"), x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]
    )
    return {
        "smp-ca.pem": _pem(authority.certificate),
        "https-ca.pem": _pem(https.certificate),
        "https.pem": _pem(https.issue("smp.sandbox.test", server, END, names)) + _private(server),
        "smp.key": _private(key),
        "first.pem": _pem(authority.issue(FIRST, key, END)),
        "second.pem": _pem(authority.issue(SECOND, key, END)),
        "lapsed.pem": _pem(authority.issue(FIRST, key, LAPSED)),
        "stranger.pem": _pem(stranger.issue(FIRST, key, END)),
    }


class _Authority:
    def __init__(self, name: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = (
            _builder(_name(name), _name(name), self.key, END)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(keys=True), critical=True)
            .sign(self.key, SHA256())
        )

    def issue(
        self,
        name: str,
        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
        until: datetime,
        names: x509.SubjectAlternativeName | None = None,
    ) -> x509.Certificate:
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        built = (
            _builder(_name(name), self.certificate.subject, key, until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(keys=False), critical=True)
            .add_extension(issuer, critical=False)
        )
        return (built.add_extension(names, critical=False) if names else built).sign(self.key, SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, until: datetime
) -> x509.CertificateBuilder:
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(until)
        .add_extension(identifier, critical=False)
    )


def _name(common: str) -> x509.Name:
    parts = ((NameOID.COUNTRY_NAME, "BE"), (NameOID.ORGANIZATION_NAME, "Sandbox"), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _usage(*, keys: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not keys,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=keys,
        crl_sign=keys,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _private(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
