"""What an SMP says of a participant (SMP 1.4.0): read only out of what its signature covers.

Signed is enveloped XMLDSig with RSA and SHA-2 by a certificate that the Peppol SMP authority issued, and by no other:
that a public certificate authority trusts somebody says nothing here. Revocation is not asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.verifier import SignatureConfiguration, XMLVerifier

from connectors.peppol.participant import META_SCHEME
from ubl.safe_xml import UnreadableXml, parse

PUBLISHING = "{http://busdox.org/serviceMetadata/publishing/1.0/}"
IDS = "{http://busdox.org/transport/identifiers/1.0/}"
ADDRESSING = "{http://www.w3.org/2005/08/addressing}"
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
MOST_BYTES, DEEPEST = 2_000_000, 40


class Distrusted(Exception):
    """The answer is not what a Peppol SMP may say; one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One way in to a receiver's access point, under one process. Times have a zone, None where there is no bound."""

    process: str
    profile: str
    address: str
    active_from: datetime | None
    expires: datetime | None
    certificate: str  # its subject, empty where it cannot be read
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    href: str
    certificate_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """A signed answer: the ids it is about and the endpoints, or the redirect."""

    signer: x509.Certificate
    redirect: Redirect | None
    participant: str = ""
    document_type: str = ""
    endpoints: tuple[Endpoint, ...] = ()


def group_url(smp: str, participant: str) -> str:
    """Where the SMP says what a participant takes."""
    return f"{smp.rstrip('/')}/{quote(f'{META_SCHEME}::{participant.lower()}', safe='')}"


def service_url(smp: str, participant: str, document_type: str) -> str:
    """Where the SMP says how a participant takes one document type."""
    return f"{group_url(smp, participant)}/services/{quote(document_type, safe='')}"


def read_group(content: bytes) -> tuple[str, frozenset[str]]:
    """The participant ('scheme:value') that a service group is about, and the document types that it lists.

    A service group is not signed. Raises Distrusted.
    """
    root = _parse(content)
    if root.tag != f"{PUBLISHING}ServiceGroup":
        raise Distrusted("the SMP's answer is no ServiceGroup")
    hrefs = (each.get("href", "") for each in root.iter(f"{PUBLISHING}ServiceMetadataReference"))
    listed = frozenset(unquote(href.rpartition("/services/")[2]) for href in hrefs)
    return _identifier(root, "ParticipantIdentifier").removeprefix(f"{META_SCHEME}::"), listed


def read_metadata(content: bytes, anchors: Path, at: datetime) -> Metadata:
    """The service metadata in `content`, its signature checked against `anchors` as of `at`. Raises Distrusted."""
    _parse(content)  # size, depth and DOCTYPE are judged before anything is computed over it
    signed, signer = _verified(content, anchors, at)
    if signed.tag != f"{PUBLISHING}SignedServiceMetadata":
        raise Distrusted("the SMP's signature does not cover the whole answer")
    metadata = signed.find(f"{PUBLISHING}ServiceMetadata")
    if metadata is None:
        raise Distrusted("the SMP's answer holds no ServiceMetadata")
    redirect = metadata.find(f"{PUBLISHING}Redirect")
    if redirect is not None:
        uid = redirect.findtext(f"{PUBLISHING}CertificateUID", "").strip()
        return Metadata(signer=signer, redirect=Redirect(href=redirect.get("href", ""), certificate_uid=uid))
    information = metadata.find(f"{PUBLISHING}ServiceInformation")
    if information is None:
        raise Distrusted("the SMP's answer holds neither ServiceInformation nor Redirect")
    return Metadata(
        signer=signer,
        redirect=None,
        participant=_identifier(information, "ParticipantIdentifier").removeprefix(f"{META_SCHEME}::"),
        document_type=_identifier(information, "DocumentIdentifier"),
        endpoints=tuple(_endpoints(information)),
    )


def is_signed_by(metadata: Metadata, certificate_uid: str) -> bool:
    """Whether the signer is the one that a redirect named: its whole subject, in any order, or its common name.

    The subject may be followed by a colon and the serial number in hexadecimal digits.
    """
    subject, serial = metadata.signer.subject, f"{metadata.signer.serial_number:x}"
    if certificate_uid in {name.value for name in subject.get_attributes_for_oid(NameOID.COMMON_NAME)}:
        return True
    written, colon, number = certificate_uid.rpartition(":")
    if colon and number.lower().lstrip("0") == serial:
        certificate_uid = written
    try:
        named = x509.Name.from_rfc4514_string(re.sub(r",\s+", ",", certificate_uid))
    except ValueError:
        return False
    return {(a.oid, a.value) for a in named} == {(a.oid, a.value) for a in subject}


CONFIGURATION = SignatureConfiguration(
    location="./",
    expect_references=1,
    signature_methods=frozenset({SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512}),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}),
)


def _verified(content: bytes, anchors: Path, at: datetime) -> tuple[Any, x509.Certificate]:
    """What the signature covers, and whose it is."""
    expected = replace(CONFIGURATION, verification_time=at)
    try:
        result = XMLVerifier().verify(content, ca_pem_file=str(anchors), expect_config=expected)
        if isinstance(result, list) or result.signed_xml is None:
            raise ValueError("it does not cover the answer once")
        return result.signed_xml, _signer(result.signature_xml, result.signature_key)
    except Exception as error:  # whatever a hostile signature makes the library raise: it is not accepted
        raise Distrusted(f"the SMP's signature is not accepted ({type(error).__name__}: {_first(error)})") from error


def _signer(signature: Any, key: bytes) -> x509.Certificate:
    """The certificate in the signature that has the key which verified it."""
    for element in signature.iter(f"{DSIG}X509Certificate"):
        certificate = _certificate(element.text or "")
        public = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        if public == key:
            return certificate
    raise ValueError("it names no certificate of its own key")


def _endpoints(information: Any) -> Iterator[Endpoint]:
    for process in information.iter(f"{PUBLISHING}Process"):
        name = _identifier(process, "ProcessIdentifier")
        for endpoint in process.iter(f"{PUBLISHING}Endpoint"):
            yield Endpoint(
                process=name,
                profile=endpoint.get("transportProfile", ""),
                address=endpoint.findtext(f"{ADDRESSING}EndpointReference/{ADDRESSING}Address", "").strip(),
                active_from=_time(endpoint, "ServiceActivationDate"),
                expires=_time(endpoint, "ServiceExpirationDate"),
                certificate=_subject(endpoint.findtext(f"{PUBLISHING}Certificate", "")),
                description=endpoint.findtext(f"{PUBLISHING}ServiceDescription", "").strip(),
            )


def _identifier(parent: Any, name: str) -> str:
    """'scheme::value'."""
    found = parent.find(f"{IDS}{name}")
    if found is None or not (found.text or "").strip():
        raise Distrusted(f"the SMP's answer has no {name}")
    return f"{found.get('scheme', '').strip()}::{found.text.strip()}"


def _time(endpoint: Any, name: str) -> datetime | None:
    """A time of XML Schema; without a zone it is taken as UTC."""
    written = endpoint.findtext(f"{PUBLISHING}{name}", "").strip()
    if not written:
        return None
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        raise Distrusted(f"the SMP's answer has {written!r} as {name}, which is no time") from None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read


def _subject(base64: str) -> str:
    """The subject of an endpoint's certificate; empty where it cannot be read."""
    try:
        return _certificate(base64).subject.rfc4514_string()
    except ValueError:
        return ""


def _certificate(base64: str) -> x509.Certificate:
    """Some SMPs publish it with the lines of PEM around it."""
    body = re.sub(r"-----[^-]+-----", "", "".join(base64.split()))
    return x509.load_pem_x509_certificate(f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n".encode())


def _parse(content: bytes) -> Any:
    try:
        return parse(content, max_bytes=MOST_BYTES, max_depth=DEEPEST)
    except UnreadableXml as problem:
        raise Distrusted(f"the SMP's answer cannot be read: {problem}") from problem


def _first(error: Exception) -> str:
    return " ".join(str(error).split())[:150]
