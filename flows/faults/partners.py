"""Whom the faults are played against: one row per partner, and the settings of a house that sends to it only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from connectors.laid_folder import INDEX
from connectors.peppol.providers import PROVIDERS
from connectors.sandbox import atradius, coface, debitura, payt, recommand, scrada, sftp, storecove
from connectors.sandbox.recommand_shapes import company_of
from connectors.sandbox.sandbox import (
    AGENCY_CLIENT,
    AGENCY_SECRET,
    API_KEY,
    INSURER_TOKEN,
    SandboxAddresses,
)
from flows.demo_settings import network, table
from flows.faults import pieces
from flows.faults.pieces import AGENCY, CLAIMS_AT, DAY, KIND, OCCURRENCE, OWED, POLICY, SELLER, SENDER, Piece, sample
from flows.filings import COVER
from flows.post_envelope import POST
from flows.workspace import Workspace
from receivables.ledger.dispatch import plan
from receivables.ledger.intake import NewDebtor, NewInvoice, keep_debtor, keep_invoice
from receivables.ledger.reports import REPORT
from receivables.ledger.store import Store

LAID = f"insurer/{POLICY}"  # where files for the insurer of the policy are laid
MAILBOXES = ("email/mailbox", "agency/email")  # rows whose mail server keeps a copy


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
    connector: str = ""  # of an agency or an insurer
    laid: str = ""  # the folder of the house whose index says what was laid there, where nobody answers

    @property
    def provider(self) -> str | None:
        return self.name if self.channel == "peppol" else None

    @property
    def index(self) -> str:
        return f"{self.laid}/{INDEX}"


def network_row(name: str) -> Tried:
    twin = "access_point" if name == "e-invoice.be" else name
    return Tried(
        name=name,
        channel="peppol",
        twin=twin,
        proves=f"peppol/{name}",
        make=pieces.network_document,
        drafts=name == "e-invoice.be",
    )


def agency_row(name: str, connector: str, make: Callable[[Store, str], Piece], **options: Any) -> Tried:
    proves = f"agency/{connector}" if connector != "signed" else "agency"
    usual = {"twin": connector, "proves": proves, **options}
    return Tried(name=name, channel="agency", make=make, connector=connector, **usual)


def insurer_row(name: str, connector: str, make: Callable[[Store, str], Piece], **options: Any) -> Tried:
    return Tried(name=name, channel="insurer", twin="insurer", make=make, connector=connector, **options)


TRIED: Mapping[str, Tried] = {
    row.name: row
    for row in (
        *map(network_row, PROVIDERS),
        Tried(name="e-mail", channel="email", twin="mail", proves="email/mailbox", make=pieces.mail, call="DATA"),
        Tried(name="e-mail, no mailbox", channel="email", twin="mail", proves="email", make=pieces.mail, call="DATA"),
        agency_row("agency", "signed", pieces.claim, twin="agency"),
        agency_row("debitura", "debitura", pieces.claim_at_debitura),
        agency_row("payt", "payt", pieces.claim_at_payt),
        agency_row("agency, SFTP", "sftp", pieces.claim_by_sftp, call="RENAME"),
        agency_row(
            "agency, SFTP that keeps files", "sftp", pieces.claim_by_sftp, call="RENAME", proves="agency/sftp/kept"
        ),
        agency_row("agency, encrypted e-mail", "email", pieces.claim_by_mail, twin="mail", call="DATA"),
        insurer_row("insurer", "voldaan", pieces.cover, kind=COVER, proves="insurer"),
        insurer_row("allianz-trade", "allianz-trade", pieces.arrears, kind=REPORT, proves="insurer/allianz-trade"),
        insurer_row("atradius", "atradius", pieces.cover_by_mark, kind=COVER, proves="insurer/atradius"),
        insurer_row("coface", "coface", pieces.cover_by_mark, kind=COVER, proves="insurer/file", laid=LAID),
        insurer_row("insurer, files", "file", pieces.arrears_by_file, kind=REPORT, proves="insurer/file", laid=LAID),
        Tried(name="post", channel="post", twin="post", proves="post", make=pieces.letter, laid=POST),
    )
}


def plan_pieces(workspace: Workspace, connection: Connection, row: Tried, numbers: Sequence[str]) -> list[Piece]:
    """Plans one dispatch for each number; what it is about stands in the ledger where a last look asks after it."""
    made = [row.make(workspace.store, number) for number in numbers]
    if row.kind == REPORT:
        owe(connection, workspace, numbers)
    for piece in made:
        plan(
            connection,
            seller=SELLER,
            kind=row.kind,
            subject=piece.subject,
            occurrence=OCCURRENCE,
            channel=row.channel,
            receiver=piece.receiver,
            content=piece.content,
            details=piece.details,
            on=DAY,
            at=workspace.now(),
        )
    return made


def owe(connection: Connection, workspace: Workspace, numbers: Sequence[str]) -> None:
    """One customer owes these invoices."""
    customer = NewDebtor(
        seller=SELLER,
        ref="C-1",
        name="Customer",
        kind="business",
        country="BE",
        language="nl",
        email=None,
        endpoint=None,
        preference="email",
        details={},
        customer_since=None,
    )
    debtor_id = keep_debtor(connection, customer, workspace.store, on=DAY, at=workspace.now())
    for number in numbers:
        invoice = NewInvoice(
            seller=SELLER,
            number=number,
            kind="invoice",
            currency="EUR",
            payable=OWED,
            issued=DAY,
            printed_due=DAY,
            lawful_due=DAY,
            insurer_due=DAY,
            reference=None,
            preceding=(),
            goods=False,
            content_hash="",
            ubl="",
            paper="",
            flags=(),
        )
        keep_invoice(connection, invoice, debtor_id, on=DAY, at=workspace.now())


def account_of(name: str | None) -> tuple[str, str | None, str | None]:
    """Key, secret and account that the provider's twin knows; most know the sandbox's usual key."""
    accounts = {
        "recommand": (recommand.KEY, recommand.SECRET, company_of(str(sample().seller.endpoint))),
        "scrada": (scrada.KEY, scrada.PASSWORD, scrada.COMPANY),
        "storecove": (storecove.KEY, None, str(storecove.ENTITY)),
    }
    return accounts.get(name or "", (API_KEY, None, None))


AGENCY_KEYS = {"signed": AGENCY_SECRET, "debitura": debitura.KEY, "payt": payt.TOKEN, "sftp": sftp.PASSWORD}
INSURER_SECRETS = {"atradius": atradius.APP_KEY, "coface": coface.API_KEY}


def agency_table(row: Tried, addresses: SandboxAddresses) -> list[str]:
    """The account at a collection partner; that of the house's own contract where the row is none."""
    connector = row.connector if row.channel == "agency" else "signed"
    accounts: Mapping[str, Mapping[str, Any]] = {
        "signed": {"url": addresses.urls["agency"], "client": AGENCY_CLIENT, "consumers": True},
        "debitura": {"url": f"{addresses.urls['debitura']}/v1", "client": debitura.USER},
        "payt": {"url": addresses.urls["payt"], "account": payt.ADMINISTRATION},
        "sftp": {
            "url": f"sftp://127.0.0.1:{addresses.ports.get('sftp')}",
            "client": sftp.USER,
            "host_key": addresses.host_key,
            "keeps_files": row.proves == "agency/sftp/kept",
        },
        "email": {"to": CLAIMS_AT, "certificate": str(addresses.certificate)},
    }
    key = ['key = { env = "VOLDAAN_FAULTS_AGENCY" }'] if connector in AGENCY_KEYS else []
    return [table("[[agency]]", name=AGENCY, connector=connector, **accounts[connector]), *key]


def insurance_table(row: Tried, addresses: SandboxAddresses) -> list[str]:
    """The policy at a credit insurer; that of the house's own contract where the row is none."""
    partner, url = row.connector if row.channel == "insurer" else "voldaan", addresses.urls["insurer"]
    accounts: Mapping[str, Mapping[str, Any]] = {
        "voldaan": {"url": url},
        "allianz-trade": {"url": f"{url}/allianz", "account": "BU-1"},
        "atradius": {"url": f"{url}/atradius", "account": atradius.CLIENT},
        "coface": {"url": f"{url}/coface", "account": coface.USER},
        "file": {},
    }
    head = table("[[insurance]]", number=POLICY, insurer="Insurer", seller=SELLER, partner=partner, **accounts[partner])
    names = {"key": "VOLDAAN_FAULTS_INSURER", "secret": "VOLDAAN_FAULTS_INSURER_SECRET"}
    needed = [name for name in names if name == "key" or partner in INSURER_SECRETS]
    return [head, *(f'{name} = {{ env = "{names[name]}" }}' for name in needed)]


def settings(row: Tried, addresses: SandboxAddresses, ledger: str | None) -> str:
    """The `voldaan.toml` of a house that sends to this partner only. `ledger`: another database than its own file."""
    top = f"ledger = {json.dumps(ledger)}" if ledger else ""
    box = {"archive": str(addresses.sent_mail), "archive_complete": True, "reports": str(addresses.mail_reports)}
    mailbox = box if row.proves in MAILBOXES else {}
    parts = [
        top,
        network(addresses.finding),
        table("[mail]", host="127.0.0.1", port=addresses.ports["mail"], security="none", **mailbox),
        *agency_table(row, addresses),
        *insurance_table(row, addresses),
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
        "VOLDAAN_FAULTS_AGENCY": AGENCY_KEYS.get(row.connector, AGENCY_SECRET),
        "VOLDAAN_FAULTS_INSURER": INSURER_TOKEN,
        "VOLDAAN_FAULTS_INSURER_SECRET": INSURER_SECRETS.get(row.connector, ""),
    }
