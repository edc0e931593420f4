"""What is sent in the faults: one piece for each kind of partner, and the key under which that partner counts it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from connectors.collection.debitura import reference_of
from connectors.collection.mailed import message_id_of
from connectors.collection.sftp import stem
from connectors.erp.export import read_export
from connectors.erp.mapping import build
from connectors.laid_folder import mark_of
from connectors.ports import Attachment, Mail
from flows.envelope import message_id, pack
from flows.filings import COVER
from receivables import dossier
from receivables.claim_file import ClaimedInvoice, ClaimFile, Costs, Party
from receivables.claims import ZERO
from receivables.ledger.reports import REPORT
from receivables.ledger.store import Store
from ubl.invoice import Invoice
from ubl.profile import document_type_id, process_id
from ubl.write import write

EXPORT = Path(__file__).resolve().parents[2] / "examples" / "erp-export.json"
DAY = date(2026, 1, 5)
SELLER, SENDER = "faults", "Faults <invoices@faults.example>"
KIND, OCCURRENCE = "invoice", "1"
AGENCY, CLAIMS_AT, POLICY = "Agency", "claims@agency.example", "POLICY-1"
OWED = Decimal("121.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One thing to be sent: what `dispatch.plan` is given, and the key under which its partner counts it."""

    subject: str
    receiver: str
    content: str
    details: Mapping[str, Any]
    key: str


@cache
def sample() -> Invoice:
    """A Belgian invoice of the examples."""
    row = next(
        row for row in read_export(EXPORT.read_bytes(), EXPORT.name).ready if row.customer.address.country == "BE"
    )
    invoice = build(row)
    if not isinstance(invoice, Invoice):
        raise ValueError(f"{EXPORT}: the first Belgian row is refused")
    return replace(invoice, number="F-00000")


@cache
def sample_ubl() -> bytes:
    return write(sample())


def network_document(store: Store, number: str) -> Piece:
    invoice = sample()
    sender = str(invoice.seller.endpoint)
    details = {
        "sender": sender,
        "document_type": document_type_id(invoice.type),
        "process": process_id(invoice.type),
        "sender_country": "BE",
    }
    content = store.put(sample_ubl().replace(b"F-00000", number.encode()))
    receiver = str(invoice.buyer.endpoint)
    return Piece(subject=number, receiver=receiver, content=content, details=details, key=f"{sender} {number}")


def mail(store: Store, number: str) -> Piece:
    to, identity = f"{number.lower()}@customer.example", message_id(SELLER, KIND, number, OCCURRENCE, SENDER)
    document = Attachment(filename=f"{number}.xml", mime="application/xml", content=sample_ubl())
    message = Mail(
        message_id=identity,
        sender=SENDER,
        reply_to="desk@faults.example",
        to=to,
        subject=f"Invoice {number}",
        text="Attached.",
        html=None,
        attachments=(document,),
        date=DAY,
    )
    content, details = pack(message, store)
    return Piece(subject=number, receiver=to, content=content, details=details, key=f"{identity} {to}")


def claim(store: Store, number: str) -> Piece:
    """A claim of one invoice, `number`; the agency by our own contract counts it under our key."""
    archive = dossier.build(claim_file(number), {})
    details = {"filename": f"{number}.zip"}
    return Piece(subject=number, receiver=AGENCY, content=store.put(archive), details=details, key=key_of(number))


def claim_at_debitura(store: Store, number: str) -> Piece:
    return replace(claim(store, number), key=reference_of(key_of(number)))


def claim_at_payt(store: Store, number: str) -> Piece:
    return replace(claim(store, number), key=f"invoices/{number}")


def claim_by_sftp(store: Store, number: str) -> Piece:
    return replace(claim(store, number), key=f"{stem(key_of(number))}-claim.zip")


def claim_by_mail(store: Store, number: str) -> Piece:
    return replace(claim(store, number), key=f"{message_id_of(key_of(number), SENDER)} {CLAIMS_AT}")


def claim_file(number: str) -> ClaimFile:
    invoice = ClaimedInvoice(
        number=number,
        issued=DAY,
        printed_due=DAY,
        lawful_due=DAY,
        received=DAY,
        gross=OWED,
        open=OWED,
        interest=ZERO,
        interest_lines=(),
        goods=False,
        files=(),
    )
    return ClaimFile(
        reference=f"{SELLER}/{number}",
        on=DAY,
        currency="EUR",
        law="BE",
        creditor=Party(name="Faults", country="BE", address="Street 1, 2800 Mechelen"),
        debtor=Party(name="Customer", country="BE", address="Street 2, 2800 Mechelen", reference=number),
        invoices=(invoice,),
        principal=OWED,
        interest=ZERO,
        costs=Costs(amount=ZERO, vat=ZERO, lump_sum=ZERO, articles=(), explanation=()),
        total=OWED,
        interest_articles=(),
        provisional=False,
        steps=(),
    )


def cover(store: Store, number: str) -> Piece:
    """A request for a limit; the insurer by our own contract counts it under our key."""
    details = about_buyer(number) | {"amount": "1000.00"}
    content = store.put(json.dumps(details, sort_keys=True).encode())
    return Piece(subject=number, receiver=POLICY, content=content, details=details, key=key_of(number, COVER))


def cover_by_mark(store: Store, number: str) -> Piece:
    """The same where it is counted under the reference, or laid under the name, that is made of our key."""
    return replace(cover(store, number), key=mark_of(key_of(number, COVER)))


def arrears(store: Store, number: str) -> Piece:
    """A notification of arrears, which Allianz Trade counts by buyer and invoice."""
    details = about_buyer(number) | {"category": "OVD", "invoices": [[number, DAY.isoformat(), str(OWED)]]}
    content = store.put(json.dumps(details, sort_keys=True).encode())
    key = f"{POLICY}/OVD/{number}/{number}"
    return Piece(subject=number, receiver=POLICY, content=content, details=details, key=key)


def arrears_by_file(store: Store, number: str) -> Piece:
    return replace(arrears(store, number), key=mark_of(key_of(number, REPORT)))


def about_buyer(number: str) -> dict[str, Any]:
    return {
        "policy": POLICY,
        "debtor_id": 1,
        "buyer_id": number,
        "buyer_name": "Customer",
        "buyer_country": "BE",
        "currency": "EUR",
    }


def letter(store: Store, number: str) -> Piece:
    sheet = {"filename": f"{number}.pdf", "mime": "application/pdf", "content": store.put(b"%PDF-1.7")}
    details = {
        "to": "Customer",
        "address": ["Street 1", "2800 Mechelen"],
        "country": "BE",
        "planned": DAY.isoformat(),
        "sheets": [sheet],
    }
    return Piece(
        subject=number,
        receiver="Customer",
        content=sheet["content"],
        details=details,
        key=mark_of(key_of(number)),
    )


def key_of(number: str, kind: str = KIND) -> str:
    """As `Dispatch.key` has it."""
    return f"{SELLER}/{kind}/{number}/{OCCURRENCE}"
