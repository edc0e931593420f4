"""One invoice of a claim as the dossier shows it: its papers, its proof, who owns the goods, and when it lapses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from flows.demands import Reckoning
from receivables.claim_file import (
    ClaimedInvoice,
    CreditNote,
    Deadline,
    EvidenceItem,
    InterestLine,
    Payment,
    TitleStatus,
)
from receivables.dossier import archive_name
from receivables.law.limitation import limitation
from receivables.law.reclaim import right_of_reclaim
from receivables.law.regime import Regime
from receivables.ledger.claim_course import CreditRecord
from receivables.ledger.claim_data import DebtorRecord, InvoiceRecord, SellerRecord
from receivables.ledger.evidence import Kept
from receivables.ledger.store import Store
from receivables.title import Sale, Standing, title
from ubl.invoice import Invoice
from ubl.read import read
from ubl.retention import LAWS, Clause, clause

Files = dict[str, bytes]
PIECE = "C62"  # UN/ECE recommendation 20
SUFFIX = {
    "application/json": ".json",
    "application/xml": ".xml",
    "text/plain": ".txt",
    "message/rfc822": ".eml",
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
}


def claimed_invoice(
    record: InvoiceRecord,
    reckoned: Reckoning,
    regime: Regime,
    seller: SellerRecord,
    debtor: DebtorRecord,
    store: Store,
    files: Files,
    evidence: list[EvidenceItem],
) -> ClaimedInvoice:
    """The invoice in claim.json; its bytes go into `files`, what they prove into `evidence`."""
    name = archive_name(record.number, "")
    ubl = store.get(record.ubl)
    invoice = read(ubl)
    own = {f"invoices/{name}.xml": ubl, f"invoices/{name}.pdf": store.get(record.paper)}
    own |= attached(name, invoice)
    own |= proofs(f"evidence/{name}", record.number, record.proofs, store, evidence)
    files |= own
    standing = title_of(record, invoice, seller, debtor)
    interest = reckoned.demand.interest
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
        retention_of_title=standing.clause,
        title=standing,
        limitation=lapses(record, regime),
        order=invoice.purchase_order,
        delivery_note=invoice.despatch_advice,
        files=tuple(own),
    )


def credit_note(record: CreditRecord, store: Store, files: Files) -> CreditNote:
    stem = f"invoices/{archive_name(record.number, '')}"
    own = {f"{stem}.xml": store.get(record.ubl), f"{stem}.pdf": store.get(record.paper)}
    files |= own
    return CreditNote(
        number=record.number,
        issued=record.issued,
        amount=record.amount,
        invoices=record.preceding,
        files=tuple(own),
    )


def attached(name: str, invoice: Invoice) -> Files:
    """What the ERP attached (BG-24): orders, delivery notes, terms. Our own paper bears the invoice's number there."""
    found = [one for one in invoice.documents if one.content is not None and one.id != invoice.number]
    return {
        f"invoices/{name}-{n}-{archive_name(document.filename or document.id, '')}": document.content or b""
        for n, document in enumerate(found, 1)
    }


def proofs(stem: str, about: str, kept: Sequence[Kept], store: Store, evidence: list[EvidenceItem]) -> Files:
    """The bytes of each proof by its path; what each proves goes into `evidence`."""
    found: Files = {}
    for number, proof in enumerate(kept, 1):
        path = f"{stem}-{number}-{archive_name(proof.kind, '')}{SUFFIX.get(proof.mime, '.bin')}"
        found[path] = store.get(proof.content)
        evidence.append(EvidenceItem(file=path, about=about, kind=proof.kind, proves=proof.level))
    return found


def sale_of(record: InvoiceRecord, invoice: Invoice, seller: SellerRecord, debtor: DebtorRecord) -> Sale:
    """What decides about title to what an invoice sold."""
    accepted = debtor.details.get("terms_accepted")
    return Sale(
        goods=record.goods,
        retained=bool(seller.details.get("retention_of_title")),
        law=law_of_clause(seller),
        accepted=date.fromisoformat(accepted["on"]) if accepted else None,
        proof=accepted.get("proof") if accepted else None,
        delivered=invoice.delivery.date if invoice.delivery and invoice.delivery.date else record.issued,
    )


def law_of_clause(seller: SellerRecord) -> str:
    return str(seller.details.get("retention_law") or seller.law)


def title_of(record: InvoiceRecord, invoice: Invoice, seller: SellerRecord, debtor: DebtorRecord) -> TitleStatus:
    """Whether the goods are still the seller's, which they are and where, and the Dutch right to take them back."""
    sale = sale_of(record, invoice, seller, debtor)
    found = title(sale, LAWS)
    if found.standing is Standing.NO_GOODS:
        return TitleStatus(standing=found.standing.value, why=found.why)
    printed = printed_clause(sale.law, debtor) if sale.retained else None
    reclaim = right_of_reclaim(seller.law, record.printed_due, sale.delivered)
    return TitleStatus(
        standing=found.standing.value,
        why=found.why,
        clause=printed.text if printed else None,
        article=printed.article if printed else None,
        goods=goods_sold(record, invoice),
        delivered=sale.delivered,
        place=delivered_at(invoice),
        reclaim_until=reclaim.last_day if reclaim else None,
        reclaim=reclaim.explanation if reclaim else None,
    )


def printed_clause(law: str, debtor: DebtorRecord) -> Clause | None:
    return clause(law, debtor.language) if law in LAWS else None


def goods_sold(record: InvoiceRecord, invoice: Invoice) -> tuple[str, ...]:
    """The lines that are goods, as '3 × Pump (4711)' or '2.5 KGM Grain'; all where that is not known.

    There are no words in it, so that a letter or a dossier in any language can use it.
    """
    return tuple(
        f"{line.quantity.normalize():f} {'×' if line.unit == PIECE else line.unit} {' '.join(line.item.name.split())}"
        + (f" ({line.item.seller_id})" if line.item.seller_id else "")
        for line in invoice.lines
        if record.goods_lines is None or line.id in record.goods_lines
    )


def delivered_at(invoice: Invoice) -> str | None:
    """Where the goods went: the address of delivery (BG-15), else the buyer's (BG-8)."""
    address = invoice.delivery.address if invoice.delivery and invoice.delivery.address else invoice.buyer.address
    parts = (address.line_1, address.line_2, " ".join(p for p in (address.postal_code, address.city) if p))
    return ", ".join(part for part in parts if part) or None


def lapses(record: InvoiceRecord, regime: Regime) -> Deadline:
    """The earliest day on which the claim may lapse; a written demand or an acknowledgement can move it."""
    subject: Any = "goods" if record.goods else "services"
    found = limitation(country=regime.country, debtor=regime.debtor, subject=subject, due=record.printed_due)
    return Deadline(
        last_day=found.last_day,
        article=found.article,
        explanation=found.explanation,
        verified=found.mark == "verified",
    )
