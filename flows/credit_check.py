"""Before the sale: what is known of a customer, put together for one verdict; and at intake, what is beyond cover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from flows.facts import all_facts
from flows.workspace import Workspace
from receivables.behaviour import assess
from receivables.claims import ZERO, DebtorFacts, DebtorKind, HoldKind
from receivables.cover import InsurancePolicy
from receivables.credit_check import CreditCheck, CreditFacts, Limit, check, named
from receivables.ledger import claim_data, limits
from receivables.ledger.claim_data import DebtorRecord
from receivables.ledger.consents import found_insolvent, last_looks
from receivables.ledger.database import reading
from receivables.ledger.histories import histories
from receivables.ledger.lookup import NotFound, debtor_ids
from receivables.ledger.signatories import signatory
from receivables.ledger.stop_signals import standing
from receivables.money import from_minor
from ubl.identifiers import legal_registration, vat_number

EURO = "EUR"
WORDS = {
    "extension_over": "an invoice is past the insurer's extension period",
    "limit_withdrawn": "the insurer covers no further deliveries",
    "insolvency": "insolvency",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The answer for one customer; amounts are in euro."""

    seller: str
    customer: str
    name: str
    on: date
    amount: Decimal
    verdict: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    open: Decimal
    overdue: Decimal
    ordered: Decimal
    exposure: Decimal
    room: Decimal | None
    currency: str = EURO
    format: str = field(default="voldaan-credit-check/1", kw_only=True)

    @property
    def ok(self) -> bool:
        return self.verdict == "ok"


def credit_check(
    workspace: Workspace,
    customer: str,
    *,
    amount: Decimal = ZERO,
    ordered: Decimal | None = None,
    seller: str | None = None,
    on: date,
) -> Checked:
    """The verdict on selling `amount` more on credit. `ordered` None: as the ERP's last export had it.

    Reads the ledger only; `flows.limits.refresh` brings the insurer's decisions up to date. Raises NotFound.
    """
    with reading(workspace.engine) as connection:
        ids = debtor_ids(connection, customer, seller)
        if len(ids) != 1:
            where = f" of {seller}" if seller else ""
            raise NotFound(
                f"several sellers have a customer {customer}: name the seller"
                if ids
                else f"the ledger has no customer {customer}{where}; take an export in that names it"
            )
        debtor = claim_data.debtor(connection, ids[0])
        facts = facts_of(connection, workspace, debtor, amount, ordered, on)
    credit = workspace.policy.credit
    return told(debtor, facts, check(facts, beyond=credit.beyond_cover, firm=credit.firm))


def told(debtor: DebtorRecord, facts: CreditFacts, found: CreditCheck) -> Checked:
    return Checked(
        seller=debtor.seller,
        customer=debtor.ref,
        name=debtor.name,
        on=facts.on,
        amount=facts.asked,
        verdict=found.verdict,
        reasons=found.reasons,
        notes=found.notes,
        open=facts.open,
        overdue=facts.overdue,
        ordered=facts.ordered,
        exposure=found.exposure,
        room=found.room,
    )


def facts_of(
    connection: Connection,
    workspace: Workspace,
    debtor: DebtorRecord,
    amount: Decimal,
    ordered: Decimal | None,
    on: date,
) -> CreditFacts:
    known = next(all_facts(connection, workspace, on, debtor.id), None)
    claims = [c for c in known.claims if c.currency == EURO] if known else []
    opened = sum((c.open_principal for c in claims), ZERO)
    history = known.history if known else histories(connection, debtor.id, debtor.id, on).get(debtor.id)
    wrong, unknown = numbers(debtor)
    return CreditFacts(
        on=on,
        currency=EURO,
        open=opened,
        overdue=sum((c.open_principal for c in claims if c.printed_due < on), ZERO),
        ordered=ordered if ordered is not None else Decimal(debtor.details.get("ordered") or 0),
        asked=amount,
        limits=tuple(limits_of(connection, workspace, debtor, on)),
        behaviour=assess(history, claims, debtor.customer_since, on),
        wrong_numbers=tuple(wrong),
        unknown_numbers=tuple(unknown),
        insolvent=insolvency(connection, debtor, known, on),
        insolvency_checked=last_looks(connection, debtor.id, debtor.id, on).get(debtor.id),
        stopped=tuple(WORDS[reason] for reason in standing(connection, debtor.id)),
        signatory=signatory(connection, debtor.id) or debtor.details.get("authorised_signatory"),
    )


def insolvency(connection: Connection, debtor: DebtorRecord, known: DebtorFacts | None, on: date) -> str | None:
    """The register's entry, or the hold that a person put."""
    entry = found_insolvent(connection, debtor.seller, debtor.ref, on)
    if entry is not None or known is None:
        return entry
    held = [h.reason for c in known.claims for h in c.holds if h.kind is HoldKind.INSOLVENCY and h.covers(on)]
    return held[0] if held else None


def limits_of(connection: Connection, workspace: Workspace, debtor: DebtorRecord, on: date) -> list[Limit]:
    """The limit under each policy that insures the customer, and our own where the ERP has one."""
    found = [
        limit_under(connection, policy, debtor.id, on)
        for policy in workspace.insurance_policies
        if covers(policy, debtor)
    ]
    own = debtor.details.get("credit_limit")
    return found + ([Limit(source="own", amount=Decimal(own))] if own is not None else [])


def covers(policy: InsurancePolicy, debtor: DebtorRecord) -> bool:
    in_country = not policy.countries or debtor.country in policy.countries
    return policy.seller == debtor.seller and debtor.kind == DebtorKind.BUSINESS and in_country


def limit_under(connection: Connection, policy: InsurancePolicy, debtor_id: int, on: date) -> Limit:
    known = limits.decisions(connection, policy.number, debtor_id)
    held = limits.in_force(known, on)
    if held is None:
        return Limit(source=policy.number, amount=policy.discretionary, decided=False)
    amount = from_minor(limits.limit_on(known, on) or 0, held.currency)
    ended = held.until is not None and held.until < on
    words = f"it ended on {held.until}" if ended else held.state if held.state != "granted" else ""
    return Limit(source=policy.number, amount=amount, until=None if ended else held.until, words=words)


def numbers(debtor: DebtorRecord) -> tuple[list[str], list[str]]:
    """Sentences about registration and VAT numbers: those that cannot be right, and those that nobody gave."""
    if debtor.kind == DebtorKind.CONSUMER:
        return [], []
    registration, vat = debtor.details.get("registration_number"), debtor.details.get("vat_number")
    checked = (debtor.details.get("vat_check") or {}).get("valid", True)
    wrong, unknown = [], []
    if registration is None:
        unknown.append("its enterprise or KvK number is not known")
    else:
        wrong += refused(lambda: legal_registration(debtor.country, registration))
    if vat is None:
        unknown.append("its VAT number is not known")
    else:
        wrong += refused(lambda: vat_number(vat[:2] if vat[:2].isalpha() else debtor.country, vat))
        wrong += [] if checked else [f"VIES says that the VAT number {vat} is not valid"]
    return wrong, unknown


def refused(parse: Any) -> list[str]:
    try:
        parse()
    except ValueError as problem:
        return [str(problem)]
    return []


def beyond_cover(
    connection: Connection, workspace: Workspace, debtor_id: int, payable: Decimal, currency: str, on: date
) -> str | None:
    """The sentence for an invoice beyond what the insurer decided; None where it fits or nothing is decided."""
    if currency != EURO:
        return None
    debtor = claim_data.debtor(connection, debtor_id)
    deciding = [one for one in limits_of(connection, workspace, debtor, on) if one.decided and one.source != "own"]
    if not deciding:
        return None
    known = next(all_facts(connection, workspace, on, debtor_id), None)
    opened = sum((c.open_principal for c in known.claims if c.currency == EURO), ZERO) if known else ZERO
    least = min(deciding, key=lambda limit: limit.amount)
    if opened + payable <= least.amount:
        return None
    return (
        f"beyond cover: {opened + payable} {EURO} open with this invoice, {named(least)} is {least.amount}; "
        "what is beyond it is our own risk"
    )


def as_dict(found: Checked) -> Mapping[str, Any]:
    """The answer as the ERP gets it; amounts are decimal strings."""
    from dataclasses import asdict

    return {name: str(value) if isinstance(value, (Decimal, date)) else value for name, value in asdict(found).items()}


def as_text(found: Checked) -> str:
    room = "" if found.room is None else f"; room for {found.room}"
    head = f"{found.customer} {found.name}: {found.verdict}, {found.exposure} {found.currency} of exposure{room}"
    return "\n".join([head, *(f"  because {reason}" for reason in found.reasons), *(f"  {n}" for n in found.notes)])
