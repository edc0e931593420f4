"""Each type of document, and the ones that follow on each other; each becomes a golden."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.ubl.cases_vat import DUTCH
from tests.ubl.samples import invoice, line
from ubl.arithmetic import totals
from ubl.invoice import DocumentType, Identifier, Invoice, PrecedingInvoice, SupportingDocument
from ubl.statutory import credit_note_sentence, self_billed_sentence, with_exemptions

ORDER = line(1, "10", "100", "21")
DEPOSIT = invoice(
    line(1, "1", "300", "21"),
    type=DocumentType.PREPAYMENT_INVOICE,
    number="2026-0010",
    purchase_order="PO-1",
    note="Voorschot van 30 % op bestelling PO-1",
)
CREDITED = (PrecedingInvoice(number="2026-0001", issued=date(2026, 1, 5)),)
CREDIT = {"type": DocumentType.CREDIT_NOTE, "number": "C2026-001", "issued": date(2026, 1, 20), "preceding": CREDITED}

CASES: dict[str, Invoice] = {
    "deposit": DEPOSIT,
    "final_after_deposit": invoice(
        ORDER,
        number="2026-0020",
        issued=date(2026, 2, 10),
        due=date(2026, 3, 12),
        purchase_order="PO-1",
        preceding=(PrecedingInvoice(number=DEPOSIT.number, issued=DEPOSIT.issued),),
        prepaid=totals(DEPOSIT).payable,
        note="Eindafrekening van bestelling PO-1",
    ),
    "partial_second_of_three": invoice(
        line(1, "4", "100"), purchase_order="PO-1", note="Deelfactuur 2 van 3 bij bestelling PO-1"
    ),
    "partial_last_of_three": invoice(
        line(1, "2", "100"),
        number="2026-0003",
        purchase_order="PO-1",
        note="Deelfactuur 3 van 3 bij bestelling PO-1 (slotfactuur)",
    ),
    "credit_note_belgium": invoice(
        ORDER, **(CREDIT | {"due": None, "payment": (), "note": credit_note_sentence("BE", "nl")})
    ),
    "credit_note_netherlands": invoice(line(1, "2", "80", "21"), **(DUTCH | CREDIT)),
    "credit_note_in_full": invoice(
        line(1, "1", "100", object_id=Identifier("T-5", "AKG")),
        **CREDIT,
        project="P-12",
        tender="Perceel 2",
        contract="C-2025-3",
        object_id=Identifier("meter 5"),
        tax_point=date(2026, 1, 20),
        documents=(SupportingDocument(id="Retourbon 4"),),
    ),
    "credit_note_of_a_reverse_charge": with_exemptions(
        invoice(line(1, "8", "52.50", None, "AE", unit="HUR"), **CREDIT), "fr"
    ),
    "self_billed": invoice(
        ORDER, type=DocumentType.SELF_BILLED_INVOICE, number="SB-1", note=self_billed_sentence("nl")
    ),
    "self_billed_credit_note": invoice(
        line(1, "1", "100"), **(CREDIT | {"type": DocumentType.SELF_BILLED_CREDIT_NOTE, "number": "SBC-1"})
    ),
    "replacement_after_credit_note": replace(
        invoice(line(1, "9", "100"), number="2026-0002", issued=date(2026, 1, 20), due=date(2026, 2, 19)),
        preceding=CREDITED,
        rounding=Decimal("0.01"),
    ),
}
