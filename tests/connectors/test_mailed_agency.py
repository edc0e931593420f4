"""The encrypted mail to a partner: only its key opens it, and OpenSSL alone can."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from connectors.collection.access import AgencyAccess
from connectors.collection.mailed import MailedAgency
from connectors.http import NoAnswer
from connectors.ports import Answer, Finding, Found, Mail, Submission
from tests.connectors.claim_samples import ZUID, dossier, news

KEY = "vdb/handover/C-1/1"


class Box:
    """A mail server that keeps what it took."""

    name = "box"

    def __init__(self) -> None:
        self.taken: dict[str, Mail] = {}
        self.bounced = False

    def submit(self, mail: Mail) -> Submission:
        self.taken[mail.message_id] = mail
        return Submission(answer=Answer.SUBMITTED, partner_id=mail.message_id.strip("<>"))

    def status(self, message_id: str) -> Submission:
        return Submission(answer=Answer.NOT_DELIVERED if self.bounced else Answer.UNKNOWN, reason="no such mailbox")

    def find(self, message_id: str) -> Finding:
        return Finding(found=Found.TAKEN if message_id in self.taken else Found.NOT_TAKEN)


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, days: int = 3650) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Incasso")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=days))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def agency(box: Box, pem: bytes) -> MailedAgency:
    access = AgencyAccess(certificate=pem, to="claims@agency.example", sender="V <v@seller.example>", mail=box)
    return MailedAgency(access)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
def test_openssl_opens_it_with_the_partners_key_and_the_mail_names_no_debtor(
    rsa_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    box = Box()
    partner = agency(box, certificate(rsa_key))
    assert partner.submit(dossier(), "claim.zip", KEY).answer is Answer.SUBMITTED
    (mail,) = box.taken.values()
    (enclosed,) = mail.attachments
    assert enclosed.filename == "claim.zip.p7m" and ZUID not in mail.text + mail.subject
    assert dossier()[:200] not in enclosed.content
    pem = rsa_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "claim.zip.p7m").write_bytes(enclosed.content)
    command = "openssl cms -decrypt -inform DER -in claim.zip.p7m -inkey key.pem -out claim.zip"
    subprocess.run(command.split(), cwd=tmp_path, check=True)
    assert (tmp_path / "claim.zip").read_bytes() == dossier()
    shown = subprocess.run(
        ["openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", "claim.zip.p7m"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert b"aes-256-cbc" in shown.stdout


def test_it_is_found_by_our_key_and_news_goes_the_same_way(rsa_key: rsa.RSAPrivateKey) -> None:
    box = Box()
    partner = agency(box, certificate(rsa_key))
    assert partner.find(KEY).found is Found.NOT_TAKEN
    claim = partner.submit(dossier(), "claim.zip", KEY).partner_id or ""
    assert partner.find(KEY).found is Found.TAKEN
    assert partner.update(claim, news("payment"), "u").answer is Answer.SUBMITTED
    assert partner.withdraw(claim, news("recall"), "r").answer is Answer.SUBMITTED
    assert partner.find_update(claim, news("recall"), "r").found is Found.TAKEN
    with pytest.raises(NoAnswer, match="tells nothing by itself"):
        partner.status(claim)
    box.bounced = True
    assert partner.status(claim).state == "rejected"


def test_a_certificate_that_ended_is_asked_for_anew(rsa_key: rsa.RSAPrivateKey) -> None:
    answer = agency(Box(), certificate(rsa_key, days=10)).submit(dossier(), "claim.zip", KEY)
    assert answer.answer is Answer.PRECONDITION and "2026-01-11" in (answer.reason or "")


@pytest.mark.parametrize("kind", ["none", "curve"])
def test_a_certificate_that_cannot_be_used_is_said(kind: str) -> None:
    pem = b"" if kind == "none" else certificate(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(ValueError, match="certificate"):
        agency(Box(), pem)
