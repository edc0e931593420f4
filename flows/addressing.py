"""Where the ledger says that a customer can be reached, and the route that its wish and the law give a document."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from flows.issue import Issued, verdict
from flows.sending import Addressee, Postal
from flows.workspace import Workspace
from receivables.claims import DebtorKind
from receivables.law.e_invoicing import Mandate, mandate
from receivables.ledger import claim_data, preferences
from receivables.ledger.claim_data import DebtorRecord
from receivables.ledger.lookup import FoundInvoice
from receivables.preferences import Preference, Route, route
from ubl.read import read

USUAL = "usual"  # who chose it, where nobody did


def law_for(connection: Connection, debtor: DebtorRecord, issued: date) -> Mandate | None:
    """The law that wants an invoice of that day to this customer by Peppol, if there is one."""
    details = debtor.details
    return mandate(
        seller=claim_data.seller(connection, debtor.seller).country,
        buyer=debtor.country,
        kind=DebtorKind(debtor.kind),
        registered=bool(details.get("registration_number") or details.get("vat_number")),
        issued=issued,
    )


def route_for(connection: Connection, debtor: DebtorRecord, issued: date) -> Route:
    """How a document of the day `issued` goes, as the customer's wish stands in the ledger and the law lets it."""
    usual = Preference(kind="invoice", way=None, by=USUAL, on=issued, source="erp")
    wish = preferences.chosen(connection, debtor.seller, debtor.ref).get("invoice", usual)
    return route(wish, law_for(connection, debtor, issued), ref=debtor.ref, issued=issued)


def addressed(debtor: DebtorRecord, way: Route) -> Addressee:
    """The customer as a document's addressee by the route `way`: invoices go to the contact for invoices, if any."""
    details = debtor.details
    contacts = details.get("contacts") or ()
    invoiced_at = next((c["email"] for c in contacts if c["role"] == "invoice" and c.get("email")), debtor.email)
    place = {name: part for name, part in (details.get("address") or {}).items() if part is not None}
    return Addressee(
        route=way,
        endpoint=debtor.endpoint,
        email=invoiced_at,
        language=debtor.language,
        postal=Postal(name=debtor.name, country=debtor.country, address=place),
    )


def kept_document(connection: Connection, workspace: Workspace, found: FoundInvoice) -> tuple[Issued, tuple[str, str]]:
    """The document as it was made, and the hashes of its UBL and paper: nothing in it changes by being sent again."""
    (record,) = claim_data.invoice_records(connection, [found.id])
    ubl, paper = workspace.store.get(record.ubl), workspace.store.get(record.paper)
    invoice = read(ubl)
    return Issued(invoice, ubl, paper, verdict(invoice, ubl)), (record.ubl, record.paper)
