"""Two service metadata publishers on loopback (SMP 1.4.0), the second under `/second`: they sign, redirect and lie."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from connectors.sandbox.directory import SMP_HOST
from connectors.sandbox.pki import FIRST, SECOND, Pki
from connectors.sandbox.registration import Registered

META = "iso6523-actorid-upis"
DOCUMENT_SCHEME = "busdox-docid-qns"
BILLING = "cenbii-procid-ubl::urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
SELF_BILLING = "cenbii-procid-ubl::urn:fdc:peppol.eu:2017:poacc:selfbilling:01:1.0"
AS4 = "peppol-transport-as4-v2_0"
NAMESPACES = (
    'xmlns="http://busdox.org/serviceMetadata/publishing/1.0/" xmlns:ids="http://busdox.org/transport/identifiers/1.0/"'
)
SOMEBODY = "0208:0999999922"
CERTIFICATES = {"other_authority": "stranger.pem", "lapsed_certificate": "lapsed.pem"}


@dataclass(frozen=True, slots=True)
class Listed:
    """What a participant is registered for."""

    document_types: tuple[str, ...]
    registered: Registered


class Smp:
    """`participants` by 'scheme:value'; `port` is its own."""

    def __init__(self, participants: Mapping[str, Listed], pki: Pki, port: int) -> None:
        self._participants = {name.lower(): listed for name, listed in participants.items()}
        self._pki = pki
        self._url = f"https://{SMP_HOST}:{port}"
        self._signed: dict[tuple[str, str, bool], bytes] = {}

    def app(self) -> Starlette:
        routes = [
            Route("/second/{participant}/services/{document_type:path}", self.second),
            Route("/{participant}/services/{document_type:path}", self.service),
            Route("/{participant}", self.group),
        ]
        return Starlette(routes=routes)

    async def group(self, request: Request) -> Response:
        participant, listed = self._asked(request)
        if listed is None or listed.registered == "not_at_smp":
            return PlainTextResponse("not found", 404)
        about = SOMEBODY if listed.registered == "other_group" else participant
        references = "".join(
            f"<ServiceMetadataReference href={quoteattr(self._href(participant, each))}/>"
            for each in listed.document_types
        )
        body = (
            f"<ServiceGroup {NAMESPACES}><ids:ParticipantIdentifier scheme='{META}'>{about}</ids:ParticipantIdentifier>"
            f"<ServiceMetadataReferenceCollection>{references}</ServiceMetadataReferenceCollection></ServiceGroup>"
        )
        return _xml(body.encode())

    async def service(self, request: Request) -> Response:
        participant, listed = self._asked(request)
        document_type = _without_scheme(request.path_params["document_type"])
        if listed is None or document_type not in listed.document_types:
            return PlainTextResponse("not found", 404)
        how = listed.registered
        if how in ("not_at_smp", "listed_but_gone"):
            return PlainTextResponse("not found", 404)
        if how == "redirect_by_http":
            return RedirectResponse(self._href(participant, document_type, "/second"))
        if how in STRANGE:
            return STRANGE[how](self._answer(participant, document_type, how, second=False))
        return _xml(self._answer(participant, document_type, how, second=False))

    async def second(self, request: Request) -> Response:
        """The other SMP, to which the first one redirects."""
        participant, listed = self._asked(request)
        if listed is None or listed.registered == "redirect_to_nothing":
            return PlainTextResponse("not found", 404)
        document_type = _without_scheme(request.path_params["document_type"])
        return _xml(self._answer(participant, document_type, listed.registered, second=True))

    def _asked(self, request: Request) -> tuple[str, Listed | None]:
        participant = str(request.path_params["participant"]).partition("::")[2]
        return participant, self._participants.get(participant.lower())

    def _href(self, participant: str, document_type: str, under: str = "") -> str:
        document = quote(f"{DOCUMENT_SCHEME}::{document_type}", safe="")
        return f"{self._url}{under}/{quote(f'{META}::{participant}', safe='')}/services/{document}"

    def _answer(self, participant: str, document_type: str, how: Registered, *, second: bool) -> bytes:
        key = (participant, document_type, second)
        if key not in self._signed:
            self._signed[key] = self._made(participant, document_type, how, second)
        return self._signed[key]

    def _made(self, participant: str, document_type: str, how: Registered, second: bool) -> bytes:
        redirects = how.startswith("redirect") and (not second or how == "redirect_twice")
        inside = (
            self._redirect(participant, document_type, how)
            if redirects
            else information(participant, document_type, how)
        )
        xml = f"<SignedServiceMetadata {NAMESPACES}><ServiceMetadata>{inside}</ServiceMetadata></SignedServiceMetadata>"
        if how == "unsigned":
            return xml.encode()
        certificate = CERTIFICATES.get(how, "second.pem" if second else "first.pem")
        signed = sign(xml.encode(), self._pki, certificate, sha1=how == "sha1")
        return signed.replace(b"as4.sandbox.test", b"as4.elsewhere.test") if how == "tampered" else signed

    def _redirect(self, participant: str, document_type: str, how: Registered) -> str:
        signer = FIRST if how == "redirect_to_stranger" else SECOND
        href = quoteattr(self._href(participant, document_type, "/second"))
        return f"<Redirect href={href}><CertificateUID>CN={signer}, O=Sandbox, C=BE</CertificateUID></Redirect>"


def information(participant: str, document_type: str, how: Registered) -> str:
    """The ServiceInformation of one document type, true or not."""
    about = SOMEBODY if how == "other_participant" else participant
    document = document_type.replace("billing:3.0", "billing:9.0") if how == "other_document" else document_type
    scheme, _, process = (SELF_BILLING if how == "other_process" else BILLING).partition("::")
    profile = "busdox-transport-as2-ver1p0" if how == "other_transport" else AS4
    begins = "2048-01-01T00:00:00Z" if how == "not_yet_active" else "2020-01-01T00:00:00Z"
    ends = "2025-12-31T23:59:59Z" if how == "expired" else "2049-12-31T23:59:59Z"
    host = "as4.hermes-belgium.test" if how == "by_government_access_point" else "as4.sandbox.test"
    return (
        "<ServiceInformation>"
        f"<ids:ParticipantIdentifier scheme='{META}'>{escape(about)}</ids:ParticipantIdentifier>"
        f"<ids:DocumentIdentifier scheme='{DOCUMENT_SCHEME}'>{escape(document)}</ids:DocumentIdentifier>"
        f"<ProcessList><Process><ids:ProcessIdentifier scheme='{scheme}'>{process}</ids:ProcessIdentifier>"
        f"<ServiceEndpointList><Endpoint transportProfile='{profile}'>"
        "<EndpointReference xmlns='http://www.w3.org/2005/08/addressing'>"
        f"<Address>https://{host}/as4</Address></EndpointReference>"
        "<RequireBusinessLevelSignature>false</RequireBusinessLevelSignature>"
        f"<ServiceActivationDate>{begins}</ServiceActivationDate><ServiceExpirationDate>{ends}</ServiceExpirationDate>"
        "<Certificate></Certificate><ServiceDescription>Sandbox access point</ServiceDescription>"
        "<TechnicalContactUrl>https://sandbox.test</TechnicalContactUrl>"
        "</Endpoint></ServiceEndpointList></Process></ProcessList></ServiceInformation>"
    )


class _OldSigner(XMLSigner):
    """Signs with SHA-1, as SMPs did before June 2024."""

    def check_deprecated_methods(self) -> None:
        return None


def sign(
    xml: bytes,
    pki: Pki,
    certificate: str,
    *,
    sha1: bool = False,
    c14n: CanonicalizationMethod = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
) -> bytes:
    """`xml` with an enveloped signature by the SMPs' key, under the certificate of that file name."""
    signer: XMLSigner = (_OldSigner if sha1 else XMLSigner)(
        signature_algorithm=SignatureMethod.RSA_SHA1 if sha1 else SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA1 if sha1 else DigestAlgorithm.SHA256,
        c14n_algorithm=c14n,
    )
    key: Any = load_pem_private_key(pki.read("smp.key"), None)
    signed = signer.sign(etree.fromstring(xml), key=key, cert=pki.read(certificate).decode())
    return bytes(etree.tostring(signed, xml_declaration=True, encoding="UTF-8"))


def _xml(content: bytes) -> Response:
    return Response(content, media_type="application/xml")


def _without_scheme(document_type: str) -> str:
    return document_type.removeprefix(f"{DOCUMENT_SCHEME}::")


def _doctype(content: bytes) -> Response:
    head, _, rest = content.partition(b"?>")
    return _xml(head + b'?><!DOCTYPE x [<!ENTITY a "b">]>' + rest)


def _drip(content: bytes) -> Response:
    async def bytewise() -> AsyncIterator[bytes]:
        for position in range(len(content)):
            yield content[position : position + 1]
            await asyncio.sleep(0.05)

    return StreamingResponse(bytewise(), media_type="application/xml")


STRANGE = {
    "no_xml": lambda content: PlainTextResponse("<html>It works!"),
    "doctype": _doctype,
    "huge": lambda content: _xml(content + b" " * 3_000_000),
    "drip": _drip,
}
