"""From a finding on an e-invoice back to the export: which of the ERP's own fields it came from."""

from __future__ import annotations

import re

from connectors.erp.export import Ready
from ubl.binding import terms_by_path
from ubl.validation import Finding

FIELDS: dict[str, str] = {
    "BT-1": "document.number",
    "BT-2": "document.issued",
    "BT-3": "document.kind",
    "BT-5": "document.currency",
    "BT-9": "document.due",
    "BT-10": "document.buyer_reference",
    "BT-11": "document.project",
    "BT-12": "document.contract",
    "BT-13": "document.order",
    "BT-14": "document.sales_order",
    "BT-16": "document.delivery_note",
    "BT-19": "document.cost_centre",
    "BT-20": "document.payment_terms",
    "BT-22": "document.note",
    "BG-3": "document.original_invoice",
    "BT-25": "document.original_invoice.number",
    "BT-26": "document.original_invoice.issued",
    "BT-27": "seller.name",
    "BT-28": "seller.trading_name",
    "BT-30": "seller.registration_number",
    "BT-31": "seller.vat_number",
    "BT-33": "seller.legal_information",
    "BT-34": "seller.registration_number",
    "BG-5": "seller.address",
    "BT-35": "seller.address.street",
    "BT-36": "seller.address.street_2",
    "BT-37": "seller.address.city",
    "BT-38": "seller.address.postal_code",
    "BT-39": "seller.address.region",
    "BT-40": "seller.address.country",
    "BG-6": "seller.contact",
    "BT-41": "seller.contact.name",
    "BT-42": "seller.contact.phone",
    "BT-43": "seller.contact.email",
    "BT-44": "customer.name",
    "BT-46": "customer.ref",
    "BT-47": "customer.registration_number",
    "BT-48": "customer.vat_number",
    "BT-49": "customer.peppol_endpoint",
    "BG-8": "customer.address",
    "BT-50": "customer.address.street",
    "BT-51": "customer.address.street_2",
    "BT-52": "customer.address.city",
    "BT-53": "customer.address.postal_code",
    "BT-54": "customer.address.region",
    "BT-55": "customer.address.country",
    "BT-56": "customer.contact",
    "BT-57": "customer.phone",
    "BT-58": "customer.email",
    "BG-10": "document.payee",
    "BT-59": "document.payee.name",
    "BT-61": "document.payee.registration_number",
    "BG-11": "seller.tax_representative",
    "BT-62": "seller.tax_representative.name",
    "BT-63": "seller.tax_representative.vat_number",
    "BG-12": "seller.tax_representative.address",
    "BT-64": "seller.tax_representative.address.street",
    "BT-66": "seller.tax_representative.address.city",
    "BT-67": "seller.tax_representative.address.postal_code",
    "BT-69": "seller.tax_representative.address.country",
    "BG-13": "document.delivery",
    "BT-70": "document.delivery.name",
    "BT-72": "document.delivery.date",
    "BG-14": "document.period",
    "BT-73": "document.period.start",
    "BT-74": "document.period.end",
    "BG-15": "document.delivery.address",
    "BT-75": "document.delivery.address.street",
    "BT-77": "document.delivery.address.city",
    "BT-78": "document.delivery.address.postal_code",
    "BT-80": "document.delivery.address.country",
    "BG-16": "document.payment",
    "BT-81": "document.payment.by",
    "BT-83": "document.payment_reference",
    "BG-17": "seller.iban",
    "BT-84": "seller.iban",
    "BT-85": "seller.account_name",
    "BT-86": "seller.bic",
    "BG-18": "document.payment.card",
    "BT-87": "document.payment.card.last_digits",
    "BT-88": "document.payment.card.holder",
    "BG-19": "document.payment.mandate",
    "BT-89": "document.payment.mandate.reference",
    "BT-90": "seller.sepa_creditor_id",
    "BT-91": "document.payment.mandate.iban",
    "BT-111": "document.vat_in_euro",
    "BT-113": "document.prepaid.amount",
    "BT-114": "document.totals.payable",
    "BT-120": "document.vat_exemption_reason",
    "BG-25": "line",
    "BT-126": "line.id",
    "BT-127": "line.note",
    "BT-129": "line.quantity",
    "BT-130": "line.unit",
    "BT-132": "line.order_line",
    "BT-133": "line.cost_centre",
    "BG-26": "line.period",
    "BT-134": "line.period.start",
    "BT-135": "line.period.end",
    "BT-146": "line.unit_price",
    "BT-149": "line.price_per",
    "BT-150": "line.unit",
    "BG-30": "line.vat_category",
    "BT-151": "line.vat_category",
    "BT-152": "line.vat_rate",
    "BT-153": "line.description",
    "BT-154": "line.details",
    "BT-155": "line.item_number",
    "BT-156": "line.buyer_item_number",
    "BT-157": "line.gtin",
    "BT-159": "line.origin",
}
ADJUSTMENTS: dict[str, str] = {
    "BT-92": "amount",
    "BT-99": "amount",
    "BT-93": "base",
    "BT-100": "base",
    "BT-94": "percent",
    "BT-101": "percent",
    "BT-95": "vat_category",
    "BT-102": "vat_category",
    "BT-96": "vat_rate",
    "BT-103": "vat_rate",
    "BT-97": "reason",
    "BT-104": "reason",
}
LINE_SHARES = frozenset(f"BT-{number}" for number in range(136, 146))
ATTACHMENTS = frozenset({"BG-24", "BT-122", "BT-123", "BT-124", "BT-125"})


def fields_of(finding: Finding, row: Ready) -> tuple[str, ...]:
    """The places in the export that a finding speaks of, such as 'customers[C-1].vat_number'; none where unknown.

    Documents and lines are counted from 0 as in JSON; sellers and customers are named by their ref.
    """
    found = (place_of(term, finding.path, row) for term in terms_of(finding))
    return tuple(dict.fromkeys(place for place in found if place))


def terms_of(finding: Finding) -> list[str]:
    """The business terms at the finding's path; where that is no single term's place, those that the rule names."""
    root, *steps = [re.sub(r"\[\d+\]$", "", step).rpartition(":")[2] for step in finding.path.strip("/").split("/")]
    known = [step.removeprefix("@") for step in steps]
    at_path = terms_by_path(root).get("/".join(known), ()) or terms_by_path(root).get("/".join(known[:-1]), ())
    exact = [term for term in at_path if term.startswith("BT-")]
    return exact or re.findall(r"\bB[TG]-\d+\b", finding.term) or list(at_path)


def place_of(term: str, path: str, row: Ready) -> str | None:
    """Where `term` stands in the export, if it does; the path tells which line, allowance or attachment."""
    here = f"documents[{row.row - 1}]"
    if term in ADJUSTMENTS:
        return adjustment_at(position(path, "AllowanceCharge"), ADJUSTMENTS[term], here, row)
    if term in ATTACHMENTS:
        return attachment_at(position(path, "AdditionalDocumentReference"), here, row)
    line = position(path, "(?:InvoiceLine|CreditNoteLine)")
    if term in LINE_SHARES:
        return None if line is None else f"{here}.lines[{line}].discount"
    holder, _, field = (given_elsewhere(term, row) or FIELDS.get(term, "")).partition(".")
    if holder == "line":
        whole = f"{here}.lines" if line is None else f"{here}.lines[{line}]"
        return f"{whole}.{field}" if field and line is not None else whole
    holders = {
        "document": here,
        "seller": f"sellers[{row.document.seller}]",
        "customer": f"customers[{row.document.customer}]",
    }
    return f"{holders[holder]}.{field}" if holder else None


def given_elsewhere(term: str, row: Ready) -> str | None:
    """Where this document takes `term` from another field than most do."""
    document = row.document
    if document.payee is not None and term in ("BT-84", "BT-85"):
        return "document.payee.iban" if term == "BT-84" else "document.payee.name"
    if term in ("BT-89", "BT-91") and (document.payment is None or document.payment.mandate is None):
        return "customer.mandate.reference" if term == "BT-89" else "customer.mandate.iban"
    if term in ("BG-3", "BT-25", "BT-26") and document.original_invoice is None and document.prepaid is not None:
        return "document.prepaid.deposit_invoices"
    if term == "BT-9" and document.due is None:
        return "document.term_days" if document.term_days is not None else "customer.term_days"
    if term == "BT-49" and row.customer.peppol_endpoint is None:
        return "customer.registration_number" if row.customer.registration_number else "customer.vat_number"
    if term == "BT-10" and document.buyer_reference is None and row.customer.buyer_reference is not None:
        return "customer.buyer_reference"
    return None


def attachment_at(place: int | None, here: str, row: Ready) -> str | None:
    """Attachments are written first, then the seller's terms and the invoice's own PDF."""
    if place is None:
        return None
    if row.document.is_credit_note and row.document.project is not None:
        place -= 1  # a credit note names its project in the same kind of element
    return f"{here}.attachments[{place}]" if 0 <= place < len(row.document.attachments) else None


def adjustment_at(place: int | None, field: str, here: str, row: Ready) -> str | None:
    """Allowances are written before charges; what follows both was added for prompt payment."""
    if place is None:
        return None
    allowances, charges = len(row.document.allowances), len(row.document.charges)
    if place < allowances:
        return f"{here}.allowances[{place}].{field}"
    if place < allowances + charges:
        return f"{here}.charges[{place - allowances}].{field}"
    return f"{here}.cash_discount" if row.document.cash_discount else None


def position(path: str, element: str) -> int | None:
    """The place of `element` in `path`, counted from 0; XPath counts from 1 and may leave out a lone one's place."""
    found = re.search(rf"/(?:\w+:)?{element}(?:\[(\d+)\])?(?:/|$)", path)
    return None if found is None else int(found[1] or 1) - 1
