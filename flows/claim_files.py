"""The dossier of one claim, gathered from the ledger and the store: nothing in it is made up for the occasion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, cast

from sqlalchemy import Connection

from flows.demands import Reckoning
from receivables.claim_file import ClaimedInvoice, ClaimFile, Costs, InterestLine, Party, Payment, TakenStep
from receivables.claims import ZERO
from receivables.dossier import archive_name, build
from receivables.ledger import claim_data
from receivables.ledger.claim_data import DebtorRecord, InvoiceRecord, SellerRecord, StepRecord
from receivables.ledger.evidence import Kept
from receivables.ledger.store import Store
from receivables.money import cents
from ubl.retention import clause

SUFFIX = {
    "application/json": ".json",
    "application/xml": ".xml",
    "text/plain": ".txt",
    "message/rfc822": ".eml",
    "application/pdf": ".pdf",
}


@dataclass(frozen=True, slots=True)
class ClaimDossier:
    """`archive` is the ZIP, `claim` what its claim.json says."""

    claim: ClaimFile
    archive: bytes


def dossier(
    connection: Connection,
    store: Store,
    debtor_id: int,
    reckoned: Sequence[Reckoning],
    reference: str,
    law: str,
    on: date,
    missing: tuple[str, ...],
) -> ClaimDossier:
    """The dossier of a debtor's claims as `reckoned` to the day `on`."""
    files: dict[str, bytes] = {}
    debtor = claim_data.debtor(connection, debtor_id)
    seller = claim_data.seller(connection, debtor.seller)
    ids = [r.claim.invoice_id for r in reckoned]
    records = {record.id: record for record in claim_data.invoice_records(connection, ids)}
    steps = claim_data.step_records(connection, ids)
    claimed = tuple(_invoice(records[r.claim.invoice_id], r, seller, debtor, store, files) for r in reckoned)
    principal = sum((r.claim.open_principal for r in reckoned), ZERO)
    interest = sum((r.demand.interest_amount for r in reckoned), ZERO)
    owed = _costs(reckoned)
    claim = ClaimFile(
        reference=reference,
        on=on,
        currency=reckoned[0].claim.currency,
        law=cast(Literal["BE", "NL"], law),
        creditor=_creditor(seller),
        debtor=_debtor(debtor),
        invoices=claimed,
        principal=principal,
        interest=interest,
        costs=owed,
        total=principal + interest + owed.amount + owed.vat,
        interest_articles=_articles(reckoned),
        provisional=any(r.demand.provisional for r in reckoned),
        steps=tuple(_step(step, store, files) for step in steps),
        holds=claim_data.hold_sentences(connection, ids),
        missing=missing,
    )
    return ClaimDossier(claim, build(claim, files))


def _invoice(
    record: InvoiceRecord,
    reckoned: Reckoning,
    seller: SellerRecord,
    debtor: DebtorRecord,
    store: Store,
    files: dict[str, bytes],
) -> ClaimedInvoice:
    folder = "invoices/" + archive_name(record.number, "")
    own = {f"{folder}.xml": store.get(record.ubl), f"{folder}.pdf": store.get(record.paper)}
    own |= _proofs(f"evidence/{archive_name(record.number, '')}", record.proofs, store)
    files |= own
    interest = reckoned.demand.interest
    retained = record.goods and seller.details.get("retention_of_title")
    return ClaimedInvoice(
        number=record.number,
        issued=record.issued,
        printed_due=record.printed_due,
        lawful_due=record.lawful_due,
        received=record.received,
        gross=record.payable,
        open=reckoned.claim.open_principal,
        payments=tuple(Payment(on=m.on, amount=m.amount, source=cast(Any, m.source)) for m in record.movements),
        interest=reckoned.demand.interest_amount,
        interest_lines=tuple(
            InterestLine(
                start=line.from_,
                end=line.to,
                days=line.days,
                rate=line.rate_pct,
                base=line.base,
                amount=line.amount.quantize(Decimal("0.0001")),
            )
            for line in (interest.lines if interest else ())
        ),
        goods=record.goods,
        retention_of_title=clause(seller.law, debtor.language).text if retained else None,
        files=tuple(own),
    )


def _step(step: StepRecord, store: Store, files: dict[str, bytes]) -> TakenStep:
    name = archive_name(f"{step.dispatch.planned}-{step.step}-{step.dispatch.id}", "")
    own = {f"notices/{name}.eml": store.get(step.dispatch.content)}
    own |= _proofs(f"evidence/{name}", step.proofs, store)
    files |= own
    best = step.proofs[-1].level if step.proofs else "no proof of delivery"
    return TakenStep(
        step=step.step,
        invoices=step.numbers,
        on=step.dispatch.planned,
        channel=step.dispatch.channel,
        proven=step.dispatch.proven,
        proof=best,
        files=tuple(own),
    )


def _proofs(stem: str, proofs: Sequence[Kept], store: Store) -> dict[str, bytes]:
    return {
        f"{stem}-{n}-{archive_name(proof.kind, '')}{SUFFIX.get(proof.mime, '.bin')}": store.get(proof.content)
        for n, proof in enumerate(proofs, 1)
    }


def _costs(reckoned: Sequence[Reckoning]) -> Costs:
    """The costs of all claims together; VAT is counted apart where it is claimable."""
    found = [r.demand.costs for r in reckoned if r.demand.costs is not None]
    lump = sum((r.demand.lump_sum for r in reckoned), ZERO)
    collection = sum((r.demand.collection_costs for r in reckoned), ZERO)
    vat = sum((c.vat for c in found), ZERO) if collection else ZERO
    return Costs(
        amount=cents(lump + collection - vat),
        vat=vat,
        lump_sum=lump,
        articles=tuple(dict.fromkeys(article for c in found for article in c.articles)),
        explanation=tuple(dict.fromkeys(c.explanation for c in found)),
    )


def _articles(reckoned: Sequence[Reckoning]) -> tuple[str, ...]:
    found = [r.demand.interest for r in reckoned if r.demand.interest is not None]
    return tuple(dict.fromkeys(article for interest in found for article in interest.articles))


def _creditor(seller: SellerRecord) -> Party:
    details = seller.details
    return Party(
        name=seller.name,
        country=seller.country,
        address=", ".join(address_lines(details["address"])),
        registration=details.get("registration_number"),
        vat=details.get("vat_number"),
        email=details.get("email"),
        phone=(details.get("contact") or {}).get("phone"),
        iban=details.get("iban"),
        language=details.get("language"),
    )


def _debtor(debtor: DebtorRecord) -> Party:
    details = debtor.details
    return Party(
        name=debtor.name,
        kind=cast(Any, debtor.kind),
        country=debtor.country,
        address=", ".join(address_lines(details["address"])),
        registration=details.get("registration_number"),
        vat=details.get("vat_number"),
        email=debtor.email,
        phone=details.get("phone"),
        reference=debtor.ref,
        language=debtor.language,
    )


def address_lines(address: Mapping[str, Any]) -> tuple[str, ...]:
    """Street and building, postal code and town, each on a line of its own."""
    town = " ".join(part for part in (address.get("postal_code"), address.get("city")) if part)
    return tuple(part for part in (address.get("street"), address.get("street_2"), town) if part)
