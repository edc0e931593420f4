"""What a document says about VAT, counted once for the forty rules that ask: categories used, registrations, sums."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from ubl.rules.ask import BUYER, SELLER, amount, category, is_charge, is_vat, remembered
from ubl.rules.tree import LINES, NONE, Document, Group
from ubl.rules.values import ZERO, dec

Codes = dict[str, int]


class VatIndex:
    """Codes are normalised unless `as_written`; those with `_vat` have VAT as their tax scheme.

    `charges` are the categories of allowances (False) and charges (True) at any level, `own_charges` of the document
    itself; `used` are all of them. `line_rates` and `charge_rates` hold categories with their rates, VAT or not.
    """

    def __init__(self, document: Document) -> None:
        self._count_lines(document)
        self._count_charges(document)
        self._count_breakdown(document)
        self.used = {*self.lines, *self.categories}
        self._find_registrations(document)

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


class VatSums:
    """What a document's lines, allowances and charges come to for each category and rate.

    `line_rates` and `charge_rates` hold the categories with their rates, VAT or not.
    """

    def __init__(self, document: Document) -> None:
        self._sum_lines(document)
        self._sum_charges(document)

    def taxable(self, line: str, code: str) -> Decimal:
        """Lines of a category, plus the document's charges, less its allowances."""
        return self._line_sums.get((line, code), ZERO) + self._charge_sums.get(code, ZERO)

    def taxable_at(self, line: str, code: str, rate: Decimal) -> Decimal:
        """The same, of one rate."""
        return self._rate_sums.get((line, code, rate), ZERO) + self._charge_rate_sums.get((code, rate), ZERO)

    def _sum_lines(self, document: Document) -> None:
        self.line_rates: set[tuple[str, str, Decimal]] = set()
        self._line_sums: dict[tuple[str, str], Decimal] = {}
        self._rate_sums: dict[tuple[str, str, Decimal], Decimal] = {}
        kept: dict[tuple[str | None, str | None], tuple[set[str], set[Decimal]]] = {}
        for name in LINES:
            for line in document.all(name):
                groups = line.groups("cac:Item", "cac:ClassifiedTaxCategory")
                if len(groups) == 1:
                    key = (groups[0].get("cbc:ID"), groups[0].get("cbc:Percent"))
                    codes, rates = kept.get(key) or kept.setdefault(key, _codes_and_rates(groups))
                else:
                    codes, rates = _codes_and_rates(groups)
                text = line.get("cbc:LineExtensionAmount")
                money = dec(text) + document.sum_beside(line) if text is not None and line.up is document.root else ZERO
                for code in codes:
                    self._line_sums[name, code] = self._line_sums.get((name, code), ZERO) + money
                    for rate in rates:
                        self.line_rates.add((name, code, rate))
                        self._rate_sums[name, code, rate] = self._rate_sums.get((name, code, rate), ZERO) + money

    def _sum_charges(self, document: Document) -> None:
        self.charge_rates: set[tuple[str, Decimal]] = set()
        self._charge_sums: dict[str, Decimal] = {}
        self._charge_rate_sums: dict[tuple[str, Decimal], Decimal] = {}
        for group in document.all("cac:AllowanceCharge"):
            codes, rates = _codes_and_rates(group.get("cac:TaxCategory", NONE))
            self.charge_rates |= {(code, rate) for code in codes for rate in rates}
            charge = is_charge(group)
            if group.up is not document.root or charge is None:
                continue
            money = (amount(group, "cbc:Amount") or ZERO) * (1 if charge else -1)
            for code in codes:
                self._charge_sums[code] = self._charge_sums.get(code, ZERO) + money
                for rate in rates:
                    self._charge_rate_sums[code, rate] = self._charge_rate_sums.get((code, rate), ZERO) + money


def _codes_and_rates(groups: list[Group]) -> tuple[set[str], set[Decimal]]:
    return {category(each) for each in groups}, {dec(each["cbc:Percent"]) for each in groups if "cbc:Percent" in each}


def _parties(document: Document, role: str, name: str) -> list[Group]:
    return [party for group in document.all(role) for party in group.get(name, NONE)]


vat_index = remembered("vat", VatIndex)
vat_sums = remembered("vat sums", VatSums)
