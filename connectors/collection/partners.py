"""The collection partners that Voldaan knows, by the name by which `voldaan.toml` chooses one, and what each needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.collection.access import AgencyAccess
from connectors.collection.agency import SignedAgency
from connectors.collection.debitura import Debitura
from connectors.collection.mailed import MailedAgency
from connectors.collection.payt import Payt
from connectors.collection.sftp import SftpDrop
from connectors.ports import CollectionAgency
from receivables.completeness import Need


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAgency:
    """One kind of partner.

    `settings`: what [[agency]] must hold beside its name; `needs`: what a claim must hold, in the codes of
    `receivables.completeness`; `sends` and `tells` in words, for the documentation's table.
    """

    open: Callable[[AgencyAccess], CollectionAgency]
    url: str | None  # None: everybody's own
    settings: tuple[str, ...]
    needs: tuple[Need, ...]
    sends: str
    tells: str
    proves: str  # its row in receivables.ledger.life.CAN_PROVE
    verified: str
    documents_apart: bool = False  # it takes fields: the dossier's documents follow as an update


def _signed(access: AgencyAccess) -> SignedAgency:
    return SignedAgency(access.url, access.client, access.key, webhook_secret=access.webhook_secret)


PARTNERS: Mapping[str, KnownAgency] = {
    "signed": KnownAgency(
        open=_signed,
        url=None,
        settings=("url", "client", "key"),
        needs=(),
        sends="the dossier whole (ZIP), as `POST /claims`; updates and recalls as a ZIP with `update.json`",
        tells="state, collected, fees, questions; calls our webhook",
        proves="agency",
        verified="our own contract: schemas/agency.openapi.json",
    ),
    "debitura": KnownAgency(
        open=Debitura,
        url=None,
        settings=("url", "key", "client"),
        needs=("debtor_address", "debtor_registration"),
        sends="the fields of a case; then every document of the dossier as a file (text files as .txt), updates as "
        "chat messages",
        tells="lifecycle, close code, dispute, remainder and added fees; calls our webhook (not signed in its "
        "documentation: give it an address with a secret)",
        proves="agency/debitura",
        verified="as its published client 1.0.0 has it; not tried with an account",
        documents_apart=True,
    ),
    "payt": KnownAgency(
        open=Payt,
        url="https://api.paytsoftware.com",
        settings=("key", "account"),
        needs=("debtor_address", "debtor_email"),
        sends="the debtor and each invoice with what is open (upserts), updates as new open amounts; "
        "answers, documents and word of goods taken back it does not take",
        tells="the moments of the credit case, what was paid through its payment provider; calls our webhook, signed",
        proves="agency/payt",
        verified="as its published OpenAPI and documentation of July 2026 have it; not tried with an account",
    ),
    "sftp": KnownAgency(
        open=SftpDrop,
        url=None,
        settings=("url", "client", "key", "host_key"),
        needs=(),
        sends="the dossier whole, as a file in in/; updates and recalls as ZIPs beside it",
        tells="what it writes in ack/ as our claim document; else a person says",
        proves="agency/sftp",
        verified="tried against an SFTP server on this machine",
    ),
    "email": KnownAgency(
        open=MailedAgency,
        url=None,
        settings=("to", "certificate"),
        needs=(),
        sends="the dossier whole, in a mail that only the partner's certificate opens (S/MIME, AES-256)",
        tells="nothing by itself: a person says, with `voldaan handovers note`",
        proves="agency/email",
        verified="opened by OpenSSL",
    ),
}
