"""What stands on the paper of an invoice, as words: a pure function from the model to the data of invoice.typ."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel import Locale

from ubl.arithmetic import Totals, line_net, totals, vat_key
from ubl.invoice import ZERO, Buyer, DocumentType, Identifier, Invoice, Line, Period, Seller, Vat
from ubl.paper.payment_view import payment_panel
from ubl.paper.words import (
    address_lines,
    country_name,
    day,
    enterprise_number,
    in_fours,
    labels,
    locale_of,
    money,
    number,
    short_day,
    vat_number,
)

KINDS: dict[str, str] = {
    DocumentType.INVOICE: "invoice",
    DocumentType.CREDIT_NOTE: "credit_note",
    DocumentType.PREPAYMENT_INVOICE: "prepayment",
    DocumentType.SELF_BILLED_INVOICE: "self_billed",
    DocumentType.SELF_BILLED_CREDIT_NOTE: "self_billed_credit",
}


def invoice_view(invoice: Invoice, language: str) -> dict[str, Any]:
    """Every word of the paper in `language` (nl, fr, de, en). Raises NoSuchLanguage."""
    words = labels(language)
    home = invoice.seller.address.country
    locale = locale_of(language, home)
    sums = totals(invoice)
    kind = KINDS.get(invoice.type.value, "credit_note" if invoice.type.is_credit_note else "invoice")
    title = f"{words[kind]} {invoice.number}"
    return {
        "lang": language,
        "title": title,
        "subtitle": preceding(invoice, words, locale),
        "running_title": f"{title} · {invoice.seller.name}",
        "seller": {"name": invoice.seller.trading_name or invoice.seller.name, "lines": seller_lines(invoice, locale)},
        "to_label": words["to"],
        "to": [invoice.buyer.name, *address_lines(invoice.buyer.address, home, locale)],
        "to_ids": buyer_ids(invoice.buyer, words),
        "facts": facts(invoice, words, locale),
        "panel": payment_panel(invoice, sums.payable, words, locale),
        "columns": [
            words["description"],
            words["quantity"],
            words["price"],
            words["vat_rate"],
            words["amount"].format(currency=invoice.currency),
        ],
        "lines": [line_view(line, words, locale) for line in invoice.lines],
        "carried": running_sums(invoice, locale),
        "carried_label": words["carried"],
        "totals": total_rows(invoice, sums, words, locale),
        "vat": vat_view(invoice, sums, words, locale),
        "notes": notes(invoice, words),
        "footer": footer(invoice, words),
        "page_of": words["page"],
    }


def preceding(invoice: Invoice, words: dict[str, Any], locale: Locale) -> str | None:
    """'Betreft factuur 2026-0007 van 3 maart 2026' (BG-3)."""
    if not invoice.preceding:
        return None
    numbers = ", ".join(
        words["preceding_one"].format(number=p.number, date=day(p.issued, locale)) if p.issued else p.number
        for p in invoice.preceding
    )
    return str(words["preceding"].format(numbers=numbers))


def seller_lines(invoice: Invoice, locale: Locale) -> list[str]:
    """Address and contact beside the logo."""
    seller = invoice.seller
    abroad = seller.address.country if invoice.buyer.address.country == seller.address.country else ""
    contact = seller.contact
    reach = [contact.phone, contact.email] if contact else []
    name = [seller.name] if seller.trading_name and seller.trading_name != seller.name else []
    return [*name, *address_lines(seller.address, abroad, locale), *(item for item in reach if item)]


def buyer_ids(buyer: Buyer, words: dict[str, Any]) -> list[str]:
    return ids(buyer.vat_id, buyer.legal_id, words)


def ids(vat_id: str | None, legal_id: Identifier | None, words: dict[str, Any]) -> list[str]:
    """VAT and registration numbers; a Belgian enterprise number only where the VAT number does not say it already."""
    printed = [f"{words['vat_id']} {vat_number(vat_id)}"] if vat_id else []
    if legal_id and not (vat_id and legal_id.value in vat_id):
        name = words["legal_id"].get(legal_id.scheme or "", "")
        belgian = legal_id.scheme == "0208" and legal_id.value.isdigit()
        value = enterprise_number(legal_id.value) if belgian else legal_id.value
        printed.append(f"{name} {value}".strip())
    return printed


def facts(invoice: Invoice, words: dict[str, Any], locale: Locale) -> list[list[str]]:
    """What identifies the document, label and value; only what the invoice says."""
    delivery = invoice.delivery
    issued = "issued_credit" if invoice.type.is_credit_note else "issued"
    where = delivery.address if delivery else None
    place = [delivery.name] if delivery and delivery.name else []
    place += address_lines(where, invoice.seller.address.country, locale) if where else []
    contact = invoice.buyer.contact
    rows = (
        (issued, day(invoice.issued, locale)),
        ("due", day(invoice.due, locale) if invoice.due else None),
        ("tax_point", day(invoice.tax_point, locale) if invoice.tax_point else None),
        ("delivered", day(delivery.date, locale) if delivery and delivery.date else None),
        ("delivered_to", ", ".join(place) or None),
        ("period", period(invoice.period, locale)),
        ("attention", contact.name if contact else None),
        ("buyer_reference", invoice.buyer_reference),
        ("purchase_order", invoice.purchase_order),
        ("sales_order", invoice.sales_order),
        ("despatch_advice", invoice.despatch_advice),
        ("contract", invoice.contract),
        ("project", invoice.project),
    )
    return [[words[key], value] for key, value in rows if value]


def period(of: Period | None, locale: Locale) -> str | None:
    """'01/03/2026 – 31/03/2026'."""
    if of is None:
        return None
    return " – ".join(short_day(on, locale) for on in (of.start, of.end) if on) or None


def line_view(line: Line, words: dict[str, Any], locale: Locale) -> dict[str, Any]:
    base = line.price.base_quantity or Decimal(1)
    unit = words["unit"].get(line.unit, line.unit)
    per = words["per"].format(quantity=f"{number(base, locale, (0, 6))} {unit}".strip()) if base != 1 else ""
    return {
        "name": line.item.name,
        "details": line_details(line, words, locale),
        "quantity": number(line.quantity, locale, (0, 6)),
        "unit": unit,
        "price": number(line.price.net, locale, (2, 8)),
        "per": per,
        "vat": rate(line.vat, locale),
        "amount": number(line_net(line), locale),
    }


def line_details(line: Line, words: dict[str, Any], locale: Locale) -> list[str]:
    """The small print beneath the name of an item."""
    item = line.item
    codes = [words["article"].format(id=item.seller_id)] if item.seller_id else []
    codes += [words["your_article"].format(id=item.buyer_id)] if item.buyer_id else []
    codes += [f"GTIN {item.standard_id.value}"] if item.standard_id and item.standard_id.scheme == "0160" else []
    allowances = [
        f"{allowance.reason or words['charge' if allowance.charge else 'allowance']}: "
        f"{'+' if allowance.charge else '−'}{number(allowance.amount, locale)}"
        for allowance in line.allowances
    ]
    origin = words["origin"].format(country=country_name(item.origin, locale)) if item.origin else None
    attributes = ", ".join(f"{name}: {value}" for name, value in item.attributes)
    found = (item.description, " · ".join(codes), period(line.period, locale), attributes, origin, line.note)
    return [part for part in (*found, *allowances) if part]


def rate(vat: Vat, locale: Locale) -> str:
    """'21 %', or the category's code where no rate is charged."""
    return percent(vat.rate, locale) if vat.category == "S" and vat.rate is not None else vat.category


def percent(value: Decimal, locale: Locale) -> str:
    return f"{number(value, locale, (0, 4))}\u00a0%"


def running_sums(invoice: Invoice, locale: Locale) -> list[str]:
    """The sum of the lines up to and including each one, for the pages on which the table breaks."""
    running, printed = ZERO, []
    for line in invoice.lines:
        running += line_net(line)
        printed.append(number(running, locale))
    return printed


def total_rows(invoice: Invoice, sums: Totals, words: dict[str, Any], locale: Locale) -> list[dict[str, Any]]:
    """BG-22 as a column that adds up; the sums that repeat another are left out."""
    rows: list[tuple[str, Decimal]] = []
    if invoice.allowances:
        rows.append((words["lines"], sums.lines))
    for item in invoice.allowances:
        name = item.reason or words["charge" if item.charge else "allowance"]
        share = f" {percent(item.percentage, locale)}" if item.percentage is not None else ""
        rows.append((name + share, item.amount if item.charge else -item.amount))
    rows.append((words["without_vat"], sums.without_vat))
    for part in sums.vat_breakdown:
        if part.category == "S" and part.rate is not None:
            rows.append((f"{words['vat']} {percent(part.rate, locale)}", part.tax))
    if not any(part.category == "S" for part in sums.vat_breakdown):
        rows.append((words["vat"], sums.vat))
    view = [{"label": label, "value": number(value, locale), "strong": False, "grand": False} for label, value in rows]
    if sums.prepaid or sums.rounding:
        view.append(
            {"label": words["with_vat"], "value": number(sums.with_vat, locale), "strong": True, "grand": False}
        )
    for key, value in (("prepaid", -sums.prepaid), ("rounding", sums.rounding)):
        if value:
            view.append({"label": words[key], "value": number(value, locale), "strong": False, "grand": False})
    grand = words["amount_credit" if invoice.type.is_credit_note else "amount_due"]
    view.append({"label": grand, "value": money(sums.payable, invoice.currency, locale), "strong": True, "grand": True})
    return view


def vat_view(invoice: Invoice, sums: Totals, words: dict[str, Any], locale: Locale) -> dict[str, Any]:
    """The VAT breakdown (BG-23), and why no VAT is charged where it is not (BT-120)."""
    rows, reasons = [], []
    for part in sums.vat_breakdown:
        shown = rate(Vat(category=part.category, rate=part.rate), locale)
        rows.append([shown, number(part.taxable, locale), number(part.tax, locale)])
        if vat_key(Vat(category=part.category))[0] != "S":
            reasons.append(f"{part.category}: {part.reason or words['vat_category'].get(part.category, '')}")
    if invoice.vat_currency and invoice.vat_in_vat_currency is not None and invoice.vat_currency != invoice.currency:
        amount = money(invoice.vat_in_vat_currency, invoice.vat_currency, locale)
        reasons.append(words["vat_in_currency"].format(currency=invoice.vat_currency, amount=amount))
    return {"head": [words["vat_rate"], words["taxable"], words["vat_amount"]], "rows": rows, "reasons": reasons}


def notes(invoice: Invoice, words: dict[str, Any]) -> list[dict[str, str]]:
    """Payment terms (BT-20) and the paragraphs of the note (BT-22), retention of title among them."""
    printed = []
    if invoice.payment_terms:
        printed.append({"title": words["payment_terms"], "text": invoice.payment_terms})
    for paragraph in (invoice.note or "").splitlines():
        if paragraph.strip():
            title, colon, text = paragraph.partition(": ")
            is_title = bool(colon) and len(title) <= 40
            printed.append({"title": title if is_title else "", "text": text if is_title else paragraph})
    representative = invoice.tax_representative
    if representative:
        text = words["tax_representative"].format(name=representative.name, vat=vat_number(representative.vat_id))
        printed.append({"title": "", "text": text})
    return printed


def footer(invoice: Invoice, words: dict[str, Any]) -> list[str]:
    """Who the seller is in law, at the foot of each page."""
    return seller_footer(invoice.seller, invoice, words)


def seller_footer(seller: Seller, invoice: Invoice, words: dict[str, Any]) -> list[str]:
    place = ", ".join(address_lines(seller.address, seller.address.country, locale_of("nl", seller.address.country)))
    accounts = [f"IBAN {in_fours(t.iban)}" for means in invoice.payment for t in means.transfers]
    identity = " · ".join((*ids(seller.vat_id, seller.legal_id, words), *accounts))
    return [line for line in (f"{seller.name} · {place}", identity, seller.legal_information) if line]
