"""All that `decide` may look at, read in bulk: a fixed number of queries for every thousand debtors."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Select, select
from sqlalchemy.engine import Row

from receivables.claims import (
    ZERO,
    ClaimFacts,
    Consent,
    DebtorFacts,
    DebtorKind,
    DispatchState,
    History,
    Hold,
    ItemKind,
    Notice,
    Step,
)
from receivables.ledger import claim_rows
from receivables.ledger.bank_gaps import reach
from receivables.ledger.consents import consents, last_looks
from receivables.ledger.credits import open_credits
from receivables.ledger.histories import histories
from receivables.ledger.preferences import by_post
from receivables.ledger.tables import debtors, invoices, sellers
from receivables.money import from_minor

AT_ONCE = 1_000  # debtors per round of queries

Accounts = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one round of queries found, by invoice or debtor id."""

    claims: dict[int, list[Row[Any]]]
    opens: dict[int, dict[ItemKind, int]]
    holds: dict[int, list[Hold]]
    notices: dict[int, list[Notice]]
    deliveries: dict[int, DispatchState]
    handed_over: set[int]
    credits: dict[int, dict[str, int]]
    contacts: dict[int, date]
    bounced: set[str]
    histories: dict[int, History]
    consents: dict[int, tuple[tuple[Step, Consent], ...]]
    looks: dict[int, date]
    by_post: dict[int, frozenset[str]]


def debtor_facts(
    connection: Connection,
    on: date,
    *,
    accounts: Accounts,
    seller: str | None = None,
    debtor_id: int | None = None,
) -> Iterator[DebtorFacts]:
    """Every debtor with something open, of one seller or all, or one debtor alone, in the order of their ids.

    `accounts`: the IBANs on which each seller is paid. `bank_data_until` is the day that the statements of all of them
    reach without a gap, None where one of them
    has none: then nobody can know who paid. Holds count as they stand on `on`.
    """
    until = reach(connection, accounts)
    of_interest = select(debtors.c.id).where(debtors.c.id.in_(select(invoices.c.debtor_id))).order_by(debtors.c.id)
    if seller is not None:
        of_interest = of_interest.where(debtors.c.seller == seller)
    if debtor_id is not None:
        of_interest = of_interest.where(debtors.c.id == debtor_id)
    ids = connection.scalars(of_interest).all()
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        found = gather(connection, some[0], some[-1], on)
        for row in connection.execute(debtor_rows(some[0], some[-1], seller)):
            if row.id in found.claims:
                yield facts_of(row, found, until.get(row.seller))


def debtor_rows(first: int, last: int, seller: str | None) -> Select[Any]:
    rows = (
        select(debtors, sellers.c.country.label("seller_country"))
        .outerjoin(sellers, sellers.c.ref == debtors.c.seller)
        .where(debtors.c.id.between(first, last))
        .order_by(debtors.c.id)
    )
    return rows if seller is None else rows.where(debtors.c.seller == seller)


def gather(connection: Connection, first: int, last: int, on: date) -> Gathered:
    """One round of queries over the debtors with ids from `first` to `last`."""
    claims, opens = claim_rows.open_claims(connection, first, last)
    return Gathered(
        claims=claims,
        opens=opens,
        holds=claim_rows.holds_of(connection, first, last),
        notices=claim_rows.notices_of(connection, first, last),
        deliveries=claim_rows.deliveries_of(connection, first, last),
        handed_over=claim_rows.handed_over(connection, first, last),
        credits=open_credits(connection, first, last),
        contacts=claim_rows.last_contacts(connection, first, last),
        bounced=claim_rows.bounced_addresses(connection, first, last),
        histories=histories(connection, first, last, on),
        consents=consents(connection, first, last),
        looks=last_looks(connection, first, last, on),
        by_post=by_post(connection, first, last),
    )


def facts_of(row: Row[Any], found: Gathered, until: date | None) -> DebtorFacts:
    if row.seller_country is None:
        raise ValueError(f"seller '{row.seller}' is not in the ledger: take in an export that describes it")
    claims = tuple(claim_facts(claim, found) for claim in found.claims[row.id])
    credit = found.credits.get(row.id, {}).get(claims[0].currency, 0)
    return DebtorFacts(
        debtor_id=row.id,
        ref=row.ref,
        name=row.name or "",
        kind=DebtorKind(row.kind),
        country=row.country,
        language=row.language,
        seller=row.seller,
        seller_country=row.seller_country,
        claims=claims,
        open_credits=max(from_minor(credit, claims[0].currency), ZERO),
        last_contact=found.contacts.get(row.id),
        bank_data_until=until,
        customer_since=row.customer_since,
        ladder=row.ladder,
        reachable=("email",) if row.email and row.email not in found.bounced else (),
        size=row.details.get("size") or "sme",
        history=found.histories.get(row.id, History()),
        contacts=contacts_in(row.details, found.bounced),
        by_post=found.by_post.get(row.id, frozenset()),
        insolvency_checked=found.looks.get(row.id),
    )


def contacts_in(details: Mapping[str, Any], bounced: set[str]) -> tuple[tuple[str, str], ...]:
    """(role, e-mail address) of every contact in the ERP's record that has both and can be reached."""
    listed = details.get("contacts") or ()
    given = [(one.get("role"), one.get("email")) for one in listed if isinstance(one, Mapping)]
    return tuple((role, email) for role, email in given if role and email and email not in bounced)


def claim_facts(row: Row[Any], found: Gathered) -> ClaimFacts:
    opens = found.opens[row.id]
    accessories = sum(amount for kind, amount in opens.items() if kind != ItemKind.PRINCIPAL)
    return ClaimFacts(
        invoice_id=row.id,
        number=row.number,
        issued=row.issued,
        printed_due=row.printed_due,
        lawful_due=row.lawful_due,
        insurer_due=row.insurer_due,
        currency=row.currency,
        principal=from_minor(row.payable, row.currency),
        open_principal=amount_of(opens.get(ItemKind.PRINCIPAL, 0), row),
        open_accessories=amount_of(accessories, row),
        holds=tuple(found.holds.get(row.id, ())),
        notices=tuple(found.notices.get(row.id, ())),
        received=row.received,
        delivery=found.deliveries.get(row.id, DispatchState.PLANNED),
        handed_over=row.id in found.handed_over,
        goods=row.goods,
        consents=found.consents.get(row.id, ()),
    )


def amount_of(minor: int, row: Row[Any]) -> Decimal:
    return from_minor(minor, row.currency)
