"""Whom the faults are played against: one row per partner, and what is sent to it. A new access point is one row."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from connectors.erp.export import read_export
from connectors.erp.mapping import build
from connectors.laid_folder import mark_of
from connectors.peppol.providers import PROVIDERS
from connectors.ports import Attachment, Mail
from connectors.sandbox import recommand, scrada, storecove
from connectors.sandbox.recommand_shapes import company_of
from connectors.sandbox.sandbox import AGENCY_CLIENT, AGENCY_SECRET, API_KEY, INSURER_TOKEN, SandboxAddresses
from flows.demo_settings import network, table
from flows.envelope import message_id, pack
from flows.filings import COVER
from receivables.dossier import packed
from receivables.ledger.store import Store
from ubl.invoice import Invoice
from ubl.profile import document_type_id, process_id
from ubl.write import write

EXPORT = Path(__file__).resolve().parents[2] / "examples" / "erp-export.json"
DAY = date(2026, 1, 5)
SELLER, SENDER = "faults", "Faults <invoices@faults.example>"
KIND, OCCURRENCE = "invoice", "1"
AGENCY, POLICY = "Agency", "POLICY-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One thing to be sent: what `dispatch.plan` is given, and the key under which its partner counts it."""

    subject: str
    receiver: str
    content: str
    details: Mapping[str, Any]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """`twin`: its name in the sandbox's receipts; `proves`: its row of `life.CAN_PROVE`; `drafts`: it makes drafts."""

    name: str
    channel: str
    twin: str
    proves: str
    make: Callable[[Store, str], Piece]
    kind: str = KIND  # of the dispatch
    drafts: bool = False
    call: str = ""  # the part of a conversation whose answer can be lost; left out: every call

    @property
    def provider(self) -> str | None:
        return self.name if self.channel == "peppol" else None


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
    told = {"total": "121.00", "currency": "EUR", "debtor": {"reference": number}}
    files = {"claim.json": json.dumps(told).encode(), "SHA256SUMS": b""}
    details = {"filename": f"{number}.zip"}
    return Piece(subject=number, receiver=AGENCY, content=store.put(packed(files)), details=details, key=key_of(number))


def cover(store: Store, number: str) -> Piece:
    """A request for a limit: no last look withdraws it, as it would arrears of an invoice that is not there."""
    details = {
        "policy": POLICY,
        "debtor_id": 1,
        "buyer_id": number,
        "buyer_name": "Customer",
        "buyer_country": "BE",
        "amount": "1000.00",
        "currency": "EUR",
    }
    content = store.put(json.dumps(details, sort_keys=True).encode())
    return Piece(subject=number, receiver=POLICY, content=content, details=details, key=key_of(number, COVER))


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


def network_row(name: str) -> Tried:
    twin = "access_point" if name == "e-invoice.be" else name
    drafts = name == "e-invoice.be"
    return Tried(name=name, channel="peppol", twin=twin, proves=f"peppol/{name}", make=network_document, drafts=drafts)


TRIED: Mapping[str, Tried] = {
    row.name: row
    for row in (
        *map(network_row, PROVIDERS),
        Tried(name="e-mail", channel="email", twin="mail", proves="email/mailbox", make=mail, call="DATA"),
        Tried(name="e-mail, no mailbox", channel="email", twin="mail", proves="email", make=mail, call="DATA"),
        Tried(name="agency", channel="agency", twin="agency", proves="agency", make=claim),
        Tried(name="insurer", channel="insurer", twin="insurer", proves="insurer", make=cover, kind=COVER),
        Tried(name="post", channel="post", twin="post", proves="post", make=letter),
    )
}


def account_of(name: str | None) -> tuple[str, str | None, str | None]:
    """Key, secret and account that the provider's twin knows; most know the sandbox's usual key."""
    accounts = {
        "recommand": (recommand.KEY, recommand.SECRET, company_of(str(sample().seller.endpoint))),
        "scrada": (scrada.KEY, scrada.PASSWORD, scrada.COMPANY),
        "storecove": (storecove.KEY, None, str(storecove.ENTITY)),
    }
    return accounts.get(name or "", (API_KEY, None, None))


def settings(row: Tried, addresses: SandboxAddresses, ledger: str | None) -> str:
    """The `voldaan.toml` of a house that sends to this partner only. `ledger`: another database than its own file."""
    top = f"ledger = {json.dumps(ledger)}" if ledger else ""
    box = {"archive": str(addresses.sent_mail), "archive_complete": True, "reports": str(addresses.mail_reports)}
    mailbox = box if row.proves == "email/mailbox" else {}
    parts = [
        top,
        network(addresses.finding),
        table("[mail]", host="127.0.0.1", port=addresses.ports["mail"], security="none", **mailbox),
        table("[[agency]]", name=AGENCY, url=addresses.urls["agency"], client=AGENCY_CLIENT, consumers=True),
        'key = { env = "VOLDAAN_FAULTS_AGENCY" }',
        table("[[insurance]]", number=POLICY, insurer="Insurer", seller=SELLER, url=addresses.urls["insurer"]),
        'key = { env = "VOLDAAN_FAULTS_INSURER" }',
        table("[[seller]]", ref=SELLER, accounts=["BE68539007547034"], sender=SENDER, reply_to="desk@faults.example"),
    ]
    if row.provider:
        _, secret, account = account_of(row.provider)
        extra = {"account": account} if account else {}
        url = addresses.urls[row.twin] + urlsplit(PROVIDERS[row.provider].url or "").path
        parts.append(table("[seller.peppol]", provider=row.provider, url=url, **extra))
        parts.append('key = { env = "VOLDAAN_FAULTS_KEY" }')
        if secret:
            parts.append('secret = { env = "VOLDAAN_FAULTS_SECRET" }')
    return "\n".join(parts) + "\n"


def secrets(row: Tried) -> dict[str, str]:
    """The environment in which `settings` finds its secrets; they open nothing but the twins."""
    key, secret, _ = account_of(row.provider)
    return {
        "VOLDAAN_FAULTS_KEY": key,
        "VOLDAAN_FAULTS_SECRET": secret or "",
        "VOLDAAN_FAULTS_AGENCY": AGENCY_SECRET,
        "VOLDAAN_FAULTS_INSURER": INSURER_TOKEN,
    }
