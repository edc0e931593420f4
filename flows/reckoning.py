"""`voldaan interest`: what one invoice bears in interest until a day, line by line, as it was paid off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flows.demands import agreed_terms
from flows.law import interest_answer, interest_text, table_of
from flows.workspace import Workspace
from receivables.claims import ZERO, Notice, Step
from receivables.law.interest import Interest, interest
from receivables.law.letters import Channel, belgian_consumer_interest_from
from receivables.law.limitation import Limitation, Subject, limitation
from receivables.law.regime import Regime, resolve
from receivables.ledger import claim_data, claim_rows, lookup
from receivables.ledger.claim_data import DebtorRecord, InvoiceRecord
from receivables.ledger.database import reading

WARN_DAYS = 180


@dataclass(frozen=True, slots=True)
class Reckoned:
    """Interest on one invoice, the regime it follows, and by when the claim lapses. `note`: what stands in its way."""

    number: str
    on: date
    interest: Interest
    regime: Regime
    lapses: Limitation
    note: str

    @property
    def text(self) -> str:
        lines = [self.number + f", interest until {self.on}", self.regime.explanation, interest_text(self.interest)]
        warning = (
            ""
            if self.lapses.days_left(self.on) > WARN_DAYS
            else f" WARNING: {self.lapses.days_left(self.on)} days left."
        )
        return "\n".join(filter(None, [*lines, self.note, f"Lapses: {self.lapses.explanation}{warning}"]))

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "on": self.on.isoformat(),
            **interest_answer(self.interest),
            "regime": self.regime.explanation,
            "note": self.note,
            "lapses": self.lapses.last_day.isoformat(),
        }


def reckon_invoice(workspace: Workspace, number: str, seller_ref: str | None, on: date) -> Reckoned:
    """Raises NotFound for an unknown number, RegimeError where neither Belgian nor Dutch law governs."""
    with reading(workspace.engine) as connection:
        found = lookup.invoice(connection, number, seller_ref)
        (record,) = claim_data.invoice_records(connection, [found.id])
        seller = claim_data.seller(connection, found.seller)
        debtor = claim_data.debtor(connection, found.debtor_id)
        notices = claim_rows.notices_of(connection, found.debtor_id, found.debtor_id).get(found.id, [])
    regime = resolve(seller.country, debtor.country, debtor.kind, record.issued, seller.law)  # type: ignore[arg-type]
    agreed = agreed_terms(seller.details, debtor.details)
    start, note = begins(record, regime, debtor, notices, agreed.seller_is_sme)
    reckoned = interest(
        country=regime.country,
        debtor=regime.debtor,
        principal=ZERO if note else record.payable,
        due=start,
        until=on,
        contract_rate=agreed.interest_percent,
        contract_date=record.issued,
        movements=tuple((movement.on, movement.amount) for movement in record.movements),
        table=table_of(workspace.root),
    )
    subject: Subject = "goods" if record.goods else "services"
    lapses = limitation(country=regime.country, debtor=regime.debtor, subject=subject, due=record.printed_due)
    return Reckoned(number, on, reckoned, regime, lapses, note)


def begins(
    record: InvoiceRecord, regime: Regime, debtor: DebtorRecord, notices: list[Notice], sme: bool
) -> tuple[date, str]:
    """The last day without interest, and why there is none at all where that is so."""
    if (regime.country, regime.debtor) != ("BE", "consumer"):
        return record.lawful_due, ""
    first = next((n for n in notices if n.step is Step.BOOK_XIX_NOTICE and n.proven is not None), None)
    if first is None:
        return (
            record.lawful_due,
            f"No interest yet: the free first reminder to {debtor.ref} is not proven (art. XIX.2 WER).",
        )
    channel: Channel = "post" if first.channel == "post" else "email"
    day = belgian_consumer_interest_from(channel=channel, sent=first.on, creditor_is_sme=sme)
    return max(record.lawful_due, day - timedelta(days=1)), ""
