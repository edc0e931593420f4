"""What a document says about VAT, counted once for the forty rules that ask: categories used, registrations, sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from ubl.rules.ask import BUYER, SELLER, category, is_charge, is_vat, remembered
from ubl.rules.tree import LINES, NONE, Document, Group
from ubl.rules.values import ZERO, dec

Codes = dict[str, int]


class VatIndex:
    """Codes are normalised unless `as_written`; those with `_vat` have VAT as their tax scheme.

    `charges` are the categories of allowances (False) and charges (True) at any level, `own_charges` of the document
    itself; `used` are all of them. Only codes and rates are read here, no amounts: see `taxable`.
    """

    def __init__(self, document: Document) -> None:
        self._count_lines(document)
        self._count_charges(document)
        self._count_breakdown(document)
        self.used = sorted({*self.lines, *self.categories})
        self._find_registrations(document)
        self._gather_lines(document)
        self._gather_charges(document)

    def taxable(self, document: Document, line: str, code: str, rate: Decimal | None = None) -> Decimal:
        """Lines of a category (and rate), plus the document's charges, less its allowances; summed once."""
        key = f"taxable {line} {code} {rate}"
        if key not in document.cache:
            lines, charges = self._lines.get((line, code, rate), NONE), self._charges.get((code, rate), NONE)
            document.cache[key] = _sum(document, lines, charges)
        return document.cache[key]  # type: ignore[no-any-return]

    def states(self, line: str, code: str, rate: Decimal) -> bool:
        """Some such line, or some allowance or charge at any level, is of this category and rate, VAT or not."""
        return (line, code, rate) in self._lines or (code, rate) in self._charges

    def _count_lines(self, document: Document) -> None:
        self.lines: Codes = {}
        self.lines_vat: Codes = {}
        for group in document.all("cac:ClassifiedTaxCategory"):
            code = category(group)
            self.lines[code] = 1
            if code not in self.lines_vat and is_vat(group):
                self.lines_vat[code] = 1

    def _count_charges(self, document: Document) -> None:
        self.charges: dict[bool | None, Codes] = {False: {}, True: {}, None: {}}
        self.charges_vat: dict[bool | None, Codes] = {False: {}, True: {}, None: {}}
        self.own_charges_vat: dict[bool | None, Codes] = {False: {}, True: {}, None: {}}
        self.charges_as_written_vat: set[str] = set()
        for group in document.all("cac:AllowanceCharge"):
            charge = is_charge(group)
            for each in group.get("cac:TaxCategory", NONE):
                code = category(each)
                self.charges[charge][code] = 1
                if not is_vat(each):
                    continue
                self.charges_vat[charge][code] = 1
                if group.up is document.root:
                    self.own_charges_vat[charge][code] = 1
                if charge:
                    self.charges_as_written_vat.add(each.get("cbc:ID", ""))

    def _count_breakdown(self, document: Document) -> None:
        categories = document.all("cac:TaxCategory")
        self.categories = {category(each) for each in categories}
        self.categories_vat = {category(each) for each in categories if is_vat(each)}
        self.breakdown: Codes = defaultdict(int)
        self.breakdown_vat: Codes = defaultdict(int)
        self.breakdown_as_written: set[str] = set()
        self.breakdown_as_written_vat: set[str] = set()
        for each in document.root.groups("cac:TaxTotal", "cac:TaxSubtotal", "cac:TaxCategory"):
            written, code = each.get("cbc:ID", ""), category(each)
            self.breakdown[code] += 1
            self.breakdown_as_written.add(written)
            if is_vat(each):
                self.breakdown_vat[code] += 1
                self.breakdown_as_written_vat.add(written)

    def _find_registrations(self, document: Document) -> None:
        def registrations(groups: list[Group]) -> list[Group]:
            return [
                scheme
                for group in groups
                for scheme in group.get("cac:PartyTaxScheme", NONE)
                if "cbc:CompanyID" in scheme
            ]

        sellers = registrations(_parties(document, *SELLER))
        buyers = _parties(document, *BUYER)
        self.seller_any = bool(sellers)
        self.seller_vat = any(map(is_vat, sellers))
        self.representative_vat = any(map(is_vat, registrations(document.all("cac:TaxRepresentativeParty"))))
        self.buyer_vat = any(map(is_vat, registrations(buyers)))
        self.buyer_legal = any(
            "cbc:CompanyID" in each for party in buyers for each in party.get("cac:PartyLegalEntity", NONE)
        )

    def _gather_lines(self, document: Document) -> None:
        self._lines: dict[tuple[str, str, Decimal | None], list[Group]] = {}
        kept: dict[tuple[str | None, str | None], tuple[set[str], set[Decimal]]] = {}
        for name in LINES:
            for line in document.all(name):
                groups = line.groups("cac:Item", "cac:ClassifiedTaxCategory")
                if len(groups) == 1:
                    key = (groups[0].get("cbc:ID"), groups[0].get("cbc:Percent"))
                    codes, rates = kept.get(key) or kept.setdefault(key, _codes_and_rates(groups))
                else:
                    codes, rates = _codes_and_rates(groups)
                counts = line.up is document.root and "cbc:LineExtensionAmount" in line
                for code in codes:
                    for rate in (None, *rates):
                        gathered = self._lines.setdefault((name, code, rate), [])
                        if counts:
                            gathered.append(line)

    def _gather_charges(self, document: Document) -> None:
        self._charges: dict[tuple[str, Decimal | None], list[Group]] = {}
        for group in document.all("cac:AllowanceCharge"):
            codes, rates = _codes_and_rates(group.get("cac:TaxCategory", NONE))
            counts = group.up is document.root and is_charge(group) is not None and "cbc:Amount" in group
            for code in codes:
                for rate in (None, *rates):
                    gathered = self._charges.setdefault((code, rate), [])
                    if counts:
                        gathered.append(group)


def _sum(document: Document, lines: Iterable[Group], charges: Iterable[Group]) -> Decimal:
    found = ZERO
    for line in lines:
        found += dec(line["cbc:LineExtensionAmount"])
        if document.alike is not None:
            found += document.sum_beside(line)
    for group in charges:
        money = dec(group["cbc:Amount"])
        found += money if is_charge(group) else -money
    return found


def _codes_and_rates(groups: list[Group]) -> tuple[set[str], set[Decimal]]:
    return {category(each) for each in groups}, {dec(each["cbc:Percent"]) for each in groups if "cbc:Percent" in each}


def _parties(document: Document, role: str, name: str) -> list[Group]:
    return [party for group in document.all(role) for party in group.get(name, NONE)]


vat_index = remembered("vat", VatIndex)
