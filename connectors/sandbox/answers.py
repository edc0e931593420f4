"""What a buyer of the sandbox says of an invoice: a UBL ApplicationResponse, as the network brings it (BIS 63, MLS)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from xml.sax.saxutils import escape

MESSAGES = {
    "invoice_response": (
        "urn:fdc:peppol.eu:poacc:trns:invoice_response:3",
        "urn:fdc:peppol.eu:poacc:bis:invoice_response:3",
    ),
    "mlr": ("urn:fdc:peppol.eu:poacc:trns:mlr:3", "urn:fdc:peppol.eu:poacc:bis:mlr:3"),
    "mls": ("urn:peppol:edec:mls:1.0", "urn:peppol:edec:mls"),
}
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """What a participant answers to every invoice, so many days after it was delivered."""

    code: str  # AB, IP, UQ, CA, RE, AP, PD
    after: int = 0
    reasons: tuple[str, ...] = ()  # OPStatusReason: REF, PRI, …
    words: str = ""


def answer(
    about: str,
    code: str,
    *,
    sender: str,
    receiver: str,
    issued: date,
    time: str | None = "12:00:00Z",
    message: Literal["invoice_response", "mlr", "mls"] = "invoice_response",
    reasons: Sequence[str] = (),
    actions: Sequence[str] = (),
    words: str = "",
    about_issued: date | None = None,
    identity: str | None = None,
) -> bytes:
    """The answer of `sender` to `receiver` ('scheme:id') about a document's number, or its envelope's id."""
    customization, profile = MESSAGES[message]
    when = f"<cbc:IssueTime>{time}</cbc:IssueTime>" if time else ""
    dated = f"<cbc:IssueDate>{about_issued}</cbc:IssueDate>" if about_issued else ""
    described = f"<cbc:Description>{escape(words)}</cbc:Description>" if words and message != "invoice_response" else ""
    if message == "invoice_response":
        codes = [("OPStatusReason", reason) for reason in reasons] + [("OPStatusAction", action) for action in actions]
        spoken = f"<cbc:StatusReason>{escape(words)}</cbc:StatusReason>" if words else ""
        clarified, lines = "".join(_status(name, value, spoken) for name, value in codes), ""
    else:
        clarified, lines = "", "".join(_line(reason, words) for reason in reasons)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ApplicationResponse xmlns="{UBL}ApplicationResponse-2"'
        f' xmlns:cac="{UBL}CommonAggregateComponents-2" xmlns:cbc="{UBL}CommonBasicComponents-2">'
        f"<cbc:CustomizationID>{customization}</cbc:CustomizationID><cbc:ProfileID>{profile}</cbc:ProfileID>"
        f"<cbc:ID>{escape(identity or f'{about}-{code}')}</cbc:ID><cbc:IssueDate>{issued}</cbc:IssueDate>{when}"
        f"{_party('Sender', sender)}{_party('Receiver', receiver)}"
        f"<cac:DocumentResponse><cac:Response><cbc:ResponseCode>{code}</cbc:ResponseCode>{described}{clarified}"
        f"</cac:Response><cac:DocumentReference><cbc:ID>{escape(about)}</cbc:ID>{dated}"
        "<cbc:DocumentTypeCode>380</cbc:DocumentTypeCode></cac:DocumentReference>"
        f"{lines}</cac:DocumentResponse></ApplicationResponse>"
    ).encode()


def _party(role: str, participant: str) -> str:
    scheme, _, identity = participant.partition(":")
    return (
        f'<cac:{role}Party><cbc:EndpointID schemeID="{scheme}">{escape(identity)}</cbc:EndpointID>'
        f"<cac:PartyLegalEntity><cbc:RegistrationName>{role}</cbc:RegistrationName></cac:PartyLegalEntity>"
        f"</cac:{role}Party>"
    )


def _status(code_list: str, code: str, spoken: str) -> str:
    named = f'<cbc:StatusReasonCode listID="{code_list}">{code}</cbc:StatusReasonCode>'
    return f"<cac:Status>{named}{spoken}</cac:Status>"


def _line(code: str, words: str) -> str:
    return (
        "<cac:LineResponse><cac:LineReference><cbc:LineID>NA</cbc:LineID></cac:LineReference><cac:Response>"
        f"<cbc:Description>{escape(words or code)}</cbc:Description>"
        f"<cac:Status><cbc:StatusReasonCode>{code}</cbc:StatusReasonCode></cac:Status>"
        "</cac:Response></cac:LineResponse>"
    )
