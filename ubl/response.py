"""Reads what comes back about a document: a UBL 2.1 ApplicationResponse of the Peppol network.

| kind | customization | who speaks |
|---|---|---|
| invoice_response | urn:fdc:peppol.eu:poacc:trns:invoice_response:3 (T111, BIS 63) | the buyer |
| mlr | urn:fdc:peppol.eu:poacc:trns:mlr:3 (T71) | the buyer's side: the message was or was not readable |
| mls | urn:peppol:edec:mls:1.0 | the buyer's access point |

Source: OpenPEPPOL rules 2026.5 for T111 and T71, MLS 1.0.1. The schema of ApplicationResponse is in no package that we
build on, so the elements that carry a meaning are judged here one by one; the others are not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ubl.safe_xml import parse

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 32
NAMESPACES = {
    "ar": "urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
ROOT = f"{{{NAMESPACES['ar']}}}ApplicationResponse"
LONGEST = 500  # characters of any text that is kept


class Kind(StrEnum):
    """Which of the three messages it is."""

    INVOICE_RESPONSE = "invoice_response"
    MLR = "mlr"
    MLS = "mls"


CUSTOMIZATIONS = {
    "urn:fdc:peppol.eu:poacc:trns:invoice_response:3": Kind.INVOICE_RESPONSE,
    "urn:fdc:peppol.eu:poacc:trns:mlr:3": Kind.MLR,
    "urn:peppol:edec:mls:1.0": Kind.MLS,
}
CODES = {
    Kind.INVOICE_RESPONSE: frozenset({"AB", "IP", "UQ", "CA", "RE", "AP", "PD"}),
    Kind.MLR: frozenset({"AB", "AP", "RE"}),
    Kind.MLS: frozenset({"AB", "AP", "RE"}),
}
REASONS = frozenset({"NON", "REF", "LEG", "REC", "QUA", "DEL", "PRI", "QTY", "ITM", "PAY", "UNR", "FIN", "PPD", "OTH"})
ACTIONS = frozenset({"NOA", "PIN", "NIN", "CNF", "CNP", "CNA", "OTH"})
FAILURES = frozenset({"BV", "BW", "SV", "FD"})


class NotAResponse(ValueError):
    """The document is no answer that can be understood; one sentence with the XML path, what was found, what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer about one document. Participants as 'scheme:id'; `code` as in UNCL4343 (RE, AP, …).

    `reasons` and `actions` are codes of OPStatusReason and OPStatusAction; of MLR and MLS `reasons` are BV, BW, SV, FD.
    `words` is what the sender wrote in clear, for a person to read.
    """

    kind: Kind
    id: str
    issued: date
    at: datetime | None  # date and time where the time is given; without a zone where the sender gives none
    sender: str
    receiver: str
    code: str
    about: str  # the number of the document; for MLS and MLR also the id of the envelope it travelled in
    about_issued: date | None = None
    about_type: str | None = None  # UNCL1001: 380, 381, …
    reasons: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def is_response(data: bytes) -> bool:
    """Whether it is an ApplicationResponse at all; UnreadableXml where the bytes cannot be read."""
    return bool(parse(data, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH).tag == ROOT)


def read_response(data: bytes) -> Response:
    """The answer in `data`, with or without its SBDH envelope. Raises UnreadableXml or NotAResponse."""
    root = parse(data, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    if root.tag != ROOT:
        raise NotAResponse(f"The document is {_short(root.tag)}; an ApplicationResponse was expected.")
    kind = _kind(root)
    (answer,) = _exactly_one(root, "cac:DocumentResponse")
    code = _needed(answer, "cac:Response/cbc:ResponseCode")
    if code not in CODES[kind]:
        known = ", ".join(sorted(CODES[kind]))
        raise NotAResponse(f"cac:Response/cbc:ResponseCode is '{code}'; in this message it can be {known}.")
    (reference,) = _exactly_one(answer, "cac:DocumentReference")
    issued = _day(root, "cbc:IssueDate")
    if issued is None:
        raise NotAResponse("cbc:IssueDate is missing; the day of the answer is needed.")
    reasons, actions = _clarified(answer, kind)
    return Response(
        kind=kind,
        id=_needed(root, "cbc:ID"),
        issued=issued,
        at=_moment(root, issued),
        sender=_participant(root, "cac:SenderParty"),
        receiver=_participant(root, "cac:ReceiverParty"),
        code=code,
        about=_needed(reference, "cbc:ID"),
        about_issued=_day(reference, "cbc:IssueDate"),
        about_type=_text(reference, "cbc:DocumentTypeCode"),
        reasons=reasons,
        actions=actions,
        words=_words(root, answer),
    )


def _kind(root: Any) -> Kind:
    said = _needed(root, "cbc:CustomizationID")
    found = next((kind for name, kind in CUSTOMIZATIONS.items() if said == name or said.startswith(name + ".")), None)
    if found is None:
        raise NotAResponse(f"cbc:CustomizationID is '{said}'; known are {', '.join(CUSTOMIZATIONS)}.")
    return found


def _exactly_one(parent: Any, path: str) -> list[Any]:
    found: list[Any] = parent.findall(path, NAMESPACES)
    if len(found) != 1:
        raise NotAResponse(f"{path} stands {len(found)} times in {_short(parent.tag)}; it must stand there once.")
    return found


def _text(parent: Any, path: str) -> str | None:
    """The text with its blanks made one; None where there is none."""
    found = parent.find(path, NAMESPACES)
    text = " ".join((found.text or "").split())[:LONGEST] if found is not None else ""
    return text or None


def _needed(parent: Any, path: str) -> str:
    text = _text(parent, path)
    if text is None:
        raise NotAResponse(f"{_short(parent.tag)}/{path} is missing or empty.")
    return text


def _day(parent: Any, path: str) -> date | None:
    text = _text(parent, path)
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as problem:
        raise NotAResponse(f"{path} is '{text}'; a day is written as 2026-01-31.") from problem


def _moment(root: Any, issued: date) -> datetime | None:
    text = _text(root, "cbc:IssueTime")
    if text is None:
        return None
    whole = re.sub(r"(\.\d{6})\d+", r"\1", text)  # XML knows finer fractions of a second than we do
    try:
        return datetime.fromisoformat(f"{issued}T{whole}")
    except ValueError as problem:
        raise NotAResponse(f"cbc:IssueTime is '{text}'; a time is written as 14:30:00.") from problem


def _participant(root: Any, party: str) -> str:
    found = root.find(f"{party}/cbc:EndpointID", NAMESPACES)
    scheme = " ".join(found.get("schemeID", "").split()) if found is not None else ""
    identity = _text(root, f"{party}/cbc:EndpointID")
    if not scheme or identity is None:
        raise NotAResponse(f"{party}/cbc:EndpointID with its schemeID is missing: who answers cannot be told.")
    return f"{scheme}:{identity}"


def _clarified(answer: Any, kind: Kind) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(reasons, actions), each code once and in order; a code that the lists do not know is told as OTH."""
    if kind is not Kind.INVOICE_RESPONSE:
        codes = answer.findall("cac:LineResponse/cac:Response/cac:Status/cbc:StatusReasonCode", NAMESPACES)
        said = [" ".join((code.text or "").split()) for code in codes]
        return tuple(dict.fromkeys(code for code in said if code in FAILURES)), ()
    reasons, actions = [], []
    for code in answer.findall("cac:Response/cac:Status/cbc:StatusReasonCode", NAMESPACES):
        text = " ".join((code.text or "").split())
        if text and code.get("listID") == "OPStatusAction":
            actions.append(text if text in ACTIONS else "OTH")
        elif text:
            reasons.append(text if text in REASONS else "OTH")
    return tuple(dict.fromkeys(reasons)), tuple(dict.fromkeys(actions))


def _words(root: Any, answer: Any) -> tuple[str, ...]:
    paths = (
        (root, "cbc:Note"),
        (answer, "cac:Response/cbc:Description"),
        (answer, "cac:Response/cac:Status/cbc:StatusReason"),
        (answer, "cac:Response/cac:Status/cac:Condition/cbc:Description"),
        (answer, "cac:LineResponse/cac:Response/cbc:Description"),
    )
    texts = [" ".join((f.text or "").split()) for parent, path in paths for f in parent.findall(path, NAMESPACES)]
    return tuple(dict.fromkeys(text[:LONGEST] for text in texts if text))[:10]


def _short(tag: object) -> str:
    """The element's own name, without its namespace."""
    return str(tag).rpartition("}")[2][:80]
