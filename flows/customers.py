"""What an export says of the customers that the ledger knows: a corrected address counts from then on.

What was sent stays as it was, and so does every document that was made. What is planned and has not left goes to the
new address, under the same key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import Connection

from connectors.erp.export import Export
from connectors.erp.parties import language_of
from connectors.erp.party_records import Customer, Seller
from flows.redirect import redirect
from flows.rows import new_debtor, wishes
from flows.workspace import Workspace
from receivables.ledger import claim_data, intake, journal, preferences
from receivables.ledger.database import reading, writing
from receivables.ledger.intake import NewDebtor
from receivables.preferences import Preference

TAKEN_OVER = "export.customers"  # the journal's entry about a file whose customers were brought up to date


def bring_up_to_date(workspace: Workspace, export: Export, file: str, on: date) -> int:
    """Takes over what changed about known customers; how many those were. `file`: the export's hash in the store.

    The same file again changes nothing, also where a later one said something else since.
    """
    subject = f"export:{file}"
    with reading(workspace.engine) as connection:
        if any(entry.kind == TAKEN_OVER for entry in journal.entries_about(connection, subject)):
            return 0
        changed = list(differing(connection, export, on))
    for new, said in changed:
        with writing(workspace.engine) as connection:
            take_over(connection, workspace, new, said, on)
    with writing(workspace.engine) as connection:
        facts: dict[str, journal.Json] = {"changed": len(changed)}
        journal.append(connection, at=workspace.now(), on=on, kind=TAKEN_OVER, subject=subject, facts=facts)
    return len(changed)


def differing(connection: Connection, export: Export, on: date) -> Iterator[tuple[NewDebtor, tuple[Preference, ...]]]:
    """The customers of whom the ledger holds something else than the export says."""
    for seller in export.sellers:
        known = intake.debtors_of(connection, seller.ref)
        for customer in customers_of(export.customers, seller):
            new = new_debtor(seller.ref, customer, language_of(customer, seller))
            held = known.get(customer.ref)
            if held is not None and intake.changes(held, new):
                yield new, wishes(customer, on)


def customers_of(customers: Iterable[Customer], seller: Seller) -> Iterable[Customer]:
    """Those of this seller alone go before those that the file gives to every seller."""
    of_all = {one.ref: one for one in customers if one.seller is None}
    own = {one.ref: one for one in customers if one.seller == seller.ref}
    return (of_all | own).values()


def take_over(
    connection: Connection, workspace: Workspace, new: NewDebtor, said: Iterable[Preference], on: date
) -> int:
    """The customer as the ERP knows it now; its id. What is planned for it and has not left follows a new address."""
    at = workspace.now()
    before = claim_data.known_debtor(connection, new.seller, new.ref)
    debtor_id = intake.keep_debtor(connection, new, workspace.store, on=on, at=at)
    preferences.keep_from_erp(connection, debtor_id, said, on=on, at=at)
    if before is not None:
        redirect(connection, workspace, before, claim_data.debtor(connection, debtor_id), on)
    return debtor_id
