"""What Recommand's twin shows of a document, in the shapes of its server (f26b74e) and its tests of September 2026."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sqlite3
from datetime import date
from typing import Any

from connectors.sandbox.network import Fate, Network, clock
from connectors.sandbox.ubl_fields import NotUbl, read_fields

PARTNER = "recommand"
TEAM = "team_sandbox"
NOT_SENT = "Failed to send document over Peppol network."
DELIVERY = {"under_way": "pending", "delivered": "delivered", "failed": "failed"}
ANSWERED = (
    "teamId",
    "companyId",
    "id",
    "sentOverPeppol",
    "sentOverEmail",
    "emailRecipients",
    "peppolMessageId",
    "envelopeId",
    "deliveries",
    "deliveryStatus",
)  # what the send says of a document
RECEIPT = """<?xml version="1.0" encoding="UTF-8"?>
<eb:Messaging xmlns:eb="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"><eb:SignalMessage>\
<eb:MessageInfo><eb:Timestamp>{at}</eb:Timestamp><eb:MessageId>{id}@c3.sandbox</eb:MessageId>\
<eb:RefToMessageId>{id}@sandbox</eb:RefToMessageId></eb:MessageInfo><eb:Receipt>\
<ebbp:NonRepudiationInformation xmlns:ebbp="http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0">\
<ebbp:MessagePartNRInformation><ds:Reference xmlns:ds="http://www.w3.org/2000/09/xmldsig#" URI="cid:{id}">\
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>{digest}</ds:DigestValue>\
</ds:Reference></ebbp:MessagePartNRInformation></ebbp:NonRepudiationInformation></eb:Receipt></eb:SignalMessage>\
</eb:Messaging>"""


def company_of(participant: str) -> str:
    """The id of the company that sends for `participant`.

    >>> company_of("0106:12345678")
    'c_0106_12345678'
    """
    return "c_" + participant.replace(":", "_")


def participant_of(company: str) -> str:
    """Whom a company sends for."""
    scheme, identity = company.split("_")[1:3]
    return f"{scheme}:{identity}"


def shown(network: Network, row: sqlite3.Row, *, whole: bool = True) -> dict[str, Any]:
    """A document that was sent; the lists leave out its XML."""
    facts, fate = json.loads(row["facts"]), network.fate_of(row)
    at = clock(date.fromisoformat(row["sent_on"]), row["seq"]).isoformat()
    credit = "CreditNote" in row["document_type"].partition("##")[0]
    number = {"creditNoteNumber" if credit else "invoiceNumber": row["number"]}
    sent = facts["sentOverPeppol"]
    xml = network.as_sent(row)
    told: dict[str, Any] = {
        "id": row["id"],
        "teamId": TEAM,
        "companyId": facts["company"],
        "direction": "outgoing",
        "senderId": row["sender"],
        "receiverId": row["receiver"],
        "docTypeId": row["document_type"],
        "processId": facts["process"],
        "countryC1": "NL",
        "type": "creditNote" if credit else "invoice",
        "createdAt": at,
        "updatedAt": at,
        "parsed": number,
        "sentOverPeppol": sent,
        "sentOverEmail": facts["sentOverEmail"],
        "emailRecipients": ["buyer@sandbox.example"] if facts["sentOverEmail"] else [],
        "peppolMessageId": f"{row['id']}@sandbox" if sent else None,
        "peppolConversationId": f"conv-{row['id']}" if sent else None,
        "receivedPeppolSignalMessage": _receipt(row, xml, at) if sent and fate.word == "delivered" else None,
        "envelopeId": f"sbdh-{row['id']}" if sent else None,
        "deliveries": _deliveries(row, fate),
        "deliveryStatus": "delivered" if facts["sentOverEmail"] else DELIVERY[fate.word],
    }
    return told | {"xml": xml.decode()} if whole else told


def answered(network: Network, identity: str) -> dict[str, Any]:
    """What the send says of a document."""
    row = network.find(PARTNER, identity)
    assert row is not None
    whole = shown(network, row, whole=False)
    told = {name: whole[name] for name in ANSWERED}
    return told if whole["sentOverPeppol"] else told | {"additionalPeppolFailureContext": NOT_SENT}


def signature(secret: str, body: str) -> str:
    """The value of X-Signature."""
    return "sha256=" + hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()


def _deliveries(row: sqlite3.Row, fate: Fate) -> list[dict[str, Any]]:
    """To the network, or to a mailbox where it went by e-mail only."""
    if json.loads(row["facts"])["sentOverEmail"]:
        return [{"id": "dlv_1", "channel": "email", "address": "buyer@sandbox.example", "status": "delivered"}]
    told = {"id": "dlv_1", "channel": "peppol", "address": row["receiver"], "status": DELIVERY[fate.word]}
    failure = {"category": "recipient", "message": fate.reason, "providerCode": None}
    return [told | {"failure": failure if fate.word == "failed" else None}]


def _receipt(row: sqlite3.Row, xml: bytes, at: str) -> str:
    digest = base64.b64encode(hashlib.sha256(xml).digest()).decode()
    return RECEIPT.format(id=row["id"], at=at, digest=digest)


def arrived(row: sqlite3.Row, *, whole: bool = False) -> dict[str, Any]:
    told = {
        "id": row["id"],
        "teamId": TEAM,
        "companyId": company_of(row["receiver"]),
        "direction": "incoming",
        "senderId": row["sender"],
        "receiverId": row["receiver"],
        "type": _type(row["document"]),
        "readAt": row["arrived_on"] if row["confirmed"] else None,
        "createdAt": row["arrived_on"],
    }
    return told | {"xml": row["document"].decode()} if whole else told


def _type(document: bytes) -> str:
    try:
        return "invoice" if read_fields(document)["document_type"] == "INVOICE" else "creditNote"
    except NotUbl:
        return "unknown"
