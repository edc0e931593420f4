"""Where invoice lines (BG-25 to BG-32) and allowances and charges (BG-20, BG-21, BG-27, BG-28) stand in UBL."""

from __future__ import annotations

from ubl.arithmetic import line_net
from ubl.binding_nodes import AMOUNT, DATE, FLAG, NUMBER, Attribute, Constant, Group, Leaf, Node, has, identifier
from ubl.binding_party import VAT_SCHEME
from ubl.invoice import AllowanceCharge, Classification, Item, ItemAttribute, Line, Period, Price, Vat

CURRENCY = (Attribute("currencyID", "/currency"),)


def period(group: str, start: str, end: str, field: str = "period") -> Group:
    """The two days of a period; the element around them belongs to whoever asks."""
    return Group(
        "", (Leaf("cbc:StartDate", "start", start, DATE), Leaf("cbc:EndDate", "end", end, DATE)), field, Period, group
    )


def vat_category(path: str, category: str, rate: str, field: str = "vat", group: str = "") -> Group:
    return Group(
        path,
        (Leaf("cbc:ID", "category", category), Leaf("cbc:Percent", "rate", rate, NUMBER), VAT_SCHEME),
        field,
        Vat,
        group,
    )


def allowance_charge(group: str, terms: str, vat: tuple[Node, ...] = ()) -> Group:
    """`terms`: reason code, reason, percentage, amount and base, each of the allowance and of the charge."""
    code, reason, percentage, amount, base = (pair.replace("/", " ") for pair in terms.split())
    return Group(
        "cac:AllowanceCharge",
        (
            Leaf("cbc:ChargeIndicator", "charge", form=FLAG),
            Leaf("cbc:AllowanceChargeReasonCode", "reason_code", code),
            Leaf("cbc:AllowanceChargeReason", "reason", reason),
            Leaf("cbc:MultiplierFactorNumeric", "percentage", percentage, NUMBER),
            Leaf("cbc:Amount", "amount", amount, AMOUNT, CURRENCY),
            Leaf("cbc:BaseAmount", "base", base, AMOUNT, CURRENCY),
            *vat,
        ),
        "allowances",
        AllowanceCharge,
        group,
        repeated=True,
    )


DOCUMENT_ALLOWANCES = allowance_charge(
    "BG-20 BG-21",
    "BT-98/BT-105 BT-97/BT-104 BT-94/BT-101 BT-92/BT-99 BT-93/BT-100",
    (vat_category("cac:TaxCategory", "BT-95 BT-102", "BT-96 BT-103"),),
)

LINE_ALLOWANCES = allowance_charge(
    "BG-27 BG-28", "BT-140/BT-145 BT-139/BT-144 BT-138/BT-143 BT-136/BT-141 BT-137/BT-142"
)

ITEM = Group(
    "cac:Item",
    (
        Leaf("cbc:Description", "description", "BT-154"),
        Leaf("cbc:Name", "name", "BT-153"),
        Leaf("cac:BuyersItemIdentification/cbc:ID", "buyer_id", "BT-156"),
        Leaf("cac:SellersItemIdentification/cbc:ID", "seller_id", "BT-155"),
        identifier("cac:StandardItemIdentification/cbc:ID", "standard_id", "BT-157"),
        Leaf("cac:OriginCountry/cbc:IdentificationCode", "origin", "BT-159"),
        Group(
            "cac:CommodityClassification",
            (
                Leaf(
                    "cbc:ItemClassificationCode",
                    "code",
                    "BT-158",
                    attributes=(Attribute("listID", "list_id"), Attribute("listVersionID", "list_version")),
                ),
            ),
            "classifications",
            Classification,
            repeated=True,
        ),
        vat_category("cac:ClassifiedTaxCategory", "BT-151", "BT-152", "../vat", "BG-30"),
        Group(
            "cac:AdditionalItemProperty",
            (Leaf("cbc:Name", "name", "BT-160"), Leaf("cbc:Value", "value", "BT-161")),
            "attributes",
            ItemAttribute,
            "BG-32",
            repeated=True,
        ),
    ),
    "item",
    Item,
    "BG-31",
)

PRICE = Group(
    "cac:Price",
    (
        Leaf("cbc:PriceAmount", "net", "BT-146", NUMBER, CURRENCY),
        Leaf("cbc:BaseQuantity", "base_quantity", "BT-149", NUMBER, (Attribute("unitCode", "base_unit", "BT-150"),)),
        Group(
            "cac:AllowanceCharge",
            (
                Constant("cbc:ChargeIndicator", "false"),
                Leaf("cbc:Amount", "discount", "BT-147", NUMBER, CURRENCY),
                Leaf("cbc:BaseAmount", "gross", "BT-148", NUMBER, CURRENCY),
            ),
        ),
    ),
    "price",
    Price,
    "BG-29",
)


def line(element: str, quantity: str, root: str) -> Group:
    """A line of the document `root`: the two roots differ only in the names of the line and of its quantity."""
    return Group(
        element,
        (
            Leaf("cbc:ID", "id", "BT-126"),
            Leaf("cbc:Note", "note", "BT-127"),
            Leaf(quantity, "quantity", "BT-129", NUMBER, (Attribute("unitCode", "unit", "BT-130"),)),
            Leaf("cbc:LineExtensionAmount", line_net, "BT-131", AMOUNT, CURRENCY),
            Leaf("cbc:AccountingCost", "accounting_reference", "BT-133"),
            Group("cac:InvoicePeriod", (period("BG-26", "BT-134", "BT-135"),)),
            Leaf("cac:OrderLineReference/cbc:LineID", "order_line", "BT-132"),
            Group(
                "cac:DocumentReference",
                (identifier("cbc:ID", "object_id", "BT-128"), Constant("cbc:DocumentTypeCode", "130")),
                where=has("cbc:DocumentTypeCode", "130"),
            ),
            LINE_ALLOWANCES,
            ITEM,
            PRICE,
        ),
        "lines",
        Line,
        "BG-25",
        repeated=True,
        only=root,
    )


LINES: tuple[Node, ...] = (
    line("cac:InvoiceLine", "cbc:InvoicedQuantity", "Invoice"),
    line("cac:CreditNoteLine", "cbc:CreditedQuantity", "CreditNote"),
)
