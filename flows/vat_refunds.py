"""The VAT that may come back on an invoice of the ledger, by the rates on the invoice itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flows.workspace import Workspace
from receivables.claims import ZERO
from receivables.ledger.claim_data import InvoiceRecord
from receivables.vat_refund import Cause, Rate, VatRefund, vat_refund
from ubl.arithmetic import totals
from ubl.read import read


def refund_of(
    workspace: Workspace, record: InvoiceRecord, country: str, unpaid: Decimal, cause: Cause, since: date
) -> VatRefund:
    """What comes back on `unpaid`, in the invoice's currency; `country` is the seller's. Raises NoRefund."""
    summed = totals(read(workspace.store.get(record.ubl)))
    return vat_refund(
        country=country,
        invoice=record.number,
        issued=record.issued,
        due=record.printed_due,
        currency=record.currency,
        gross=summed.with_vat,
        rates=[Rate(one.category, one.rate or ZERO, one.taxable, one.tax) for one in summed.vat_breakdown],
        unpaid=min(unpaid, summed.with_vat),
        cause=cause,
        on=since,
    )
