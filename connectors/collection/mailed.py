"""A collection partner by e-mail: the dossier encrypted so that only the partner's certificate opens it.

CMS enveloped data with AES-256 in CBC, the form of S/MIME, as the attachment NAME.zip.p7m; without a mail program for
it `openssl cms -decrypt -inform DER -in NAME.zip.p7m -inkey key.pem -out NAME.zip` opens it. The text of the mail names
no debtor. What SMTP proves is all that is proven; how the claim stands a person says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options

from connectors.collection.access import AgencyAccess
from connectors.collection.agency_wire import packed_news
from connectors.http import NoAnswer
from connectors.ports import (
    AgencyStatus,
    Answer,
    Attachment,
    BadWebhook,
    Event,
    Finding,
    Mail,
    MailSender,
    News,
    Submission,
)
from receivables.claims import HandoverState
from receivables.dossier import claim_in

WORDS = (
    "Enclosed, encrypted for the holder of your certificate: {what}.\n\n"
    "To open it without a mail program that knows S/MIME:\n"
    "openssl cms -decrypt -inform DER -in {name}.p7m -inkey YOUR-KEY.pem -out {name}\n\nReference: {reference}\n"
)


class MailedAgency:
    """A CollectionAgency. Raises ValueError where the certificate cannot be used."""

    name = "email"

    def __init__(self, access: AgencyAccess) -> None:
        try:
            self._certificate = x509.load_pem_x509_certificate(access.certificate)
        except ValueError as problem:
            raise ValueError("the certificate is no X.509 certificate in PEM; ask the partner for one") from problem
        if not isinstance(self._certificate.public_key(), RSAPublicKey):
            raise ValueError(
                "the certificate's key is not RSA; ask the partner for one that mail programs decrypt with"
            )
        if access.mail is None:
            raise ValueError("there is no mail server to send by")
        self._mail: MailSender = access.mail
        self._to, self._sender = access.to, access.sender
        self._reply_to = access.reply_to or access.sender

    def submit(self, claim: bytes, filename: str, key: str) -> Submission:
        """SUBMITTED is the mail server's word that it took it; delivery shows in a delivery report."""
        told = claim_in(claim)
        if told.on > self._certificate.not_valid_after_utc.date():
            reason = (
                f"the partner's certificate ended on {self._certificate.not_valid_after_utc.date()}: ask for a new one"
            )
            return Submission(answer=Answer.PRECONDITION, reason=reason)
        return self._send(claim, filename, "a claim for you to collect", told.reference, key, told.on)

    def find(self, key: str, claim: bytes = b"") -> Finding:
        return self._mail.find(message_id_of(key, self._sender))

    def update(self, partner_id: str, news: News, key: str) -> Submission:
        told = news.update
        return self._send(packed_news(news), "update.zip", "news about a claim", told.reference, key, told.on)

    def withdraw(self, partner_id: str, news: News, key: str) -> Submission:
        """Asked by mail; that it was given back a person says."""
        told = news.update
        return self._send(packed_news(news), "recall.zip", "a claim that we take back", told.reference, key, told.on)

    def find_update(self, partner_id: str, news: News, key: str) -> Finding:
        return self._mail.find(message_id_of(key, self._sender))

    def status(self, partner_id: str) -> AgencyStatus:
        """What a delivery report says: a mail that came back was never taken. Raises NoAnswer where there is none."""
        found = self._mail.status(f"<{partner_id.strip('<>')}>")
        if found.answer is Answer.NOT_DELIVERED:
            state = HandoverState.REJECTED.value
            return AgencyStatus(partner_id=partner_id, state=state, word="not delivered", message=found.reason)
        raise NoAnswer("by e-mail a partner tells nothing by itself: write down what it says")

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Event:
        raise BadWebhook("a partner by e-mail makes no calls")

    def check(self) -> str | None:
        """Nothing can be tried without sending; the certificate was read."""
        return None

    def _send(self, content: bytes, filename: str, what: str, reference: str, key: str, on: date) -> Submission:
        enclosed = Attachment(
            filename=f"{filename}.p7m", mime="application/pkcs7-mime", content=sealed(content, self._certificate)
        )
        mail = Mail(
            message_id=message_id_of(key, self._sender),
            sender=self._sender,
            reply_to=self._reply_to,
            to=self._to,
            subject=f"Voldaan: {what} ({reference})",
            text=WORDS.format(what=what, name=filename, reference=reference),
            html=None,
            attachments=(enclosed,),
            date=on,
        )
        return self._mail.submit(mail)


def message_id_of(key: str, sender: str) -> str:
    """From the key and the sender's domain alone, so that a copy is found by it."""
    domain = sender.rsplit("@", 1)[-1].rstrip(">").strip()
    return f"<handover.{hashlib.sha256(key.encode()).hexdigest()[:24]}@{domain}>"


def sealed(content: bytes, certificate: x509.Certificate) -> bytes:
    """`content` for the holder of the certificate's key: CMS in DER. Each time other bytes, since the key is new."""
    builder = PKCS7EnvelopeBuilder().set_data(content).add_recipient(certificate)
    builder = builder.set_content_encryption_algorithm(algorithms.AES256)
    return builder.encrypt(Encoding.DER, [PKCS7Options.Binary])
