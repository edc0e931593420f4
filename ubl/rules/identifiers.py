"""Identifiers whose scheme has a form or a check digit: PEPPOL-COMMON-R040 to R057, and the sums they share."""

from __future__ import annotations

import re
from collections.abc import Callable

from ubl.rules.rule import LeafTest, Rule, RuleSet, fatal, warning
from ubl.rules.tree import NONE, Attributes, Document, Group
from ubl.rules.values import is_integer, is_number, norm, number

ENDPOINT, PARTY, COMPANY = "cbc:EndpointID", "cac:PartyIdentification/cbc:ID", "cbc:CompanyID"
DANISH = re.compile("DK[0-9]{8}")
DUTCH_VAT = re.compile("NL[0-9]{9}B[0-9]{2}")
LETTERS = re.compile("[A-Za-z]*")


def gln(text: str) -> bool:
    """GS1 number: digits, the last one a check digit (weights 3 and 1 from the right)."""
    if not re.fullmatch("[0-9]+", text):
        return False
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(text[:-1])))
    return (10 - weighted % 10) % 10 == int(text[-1])


def mod11(text: str) -> bool:
    """Weights 2 to 7 from the right, check digit last; what is no number is none."""
    if not number(text) > 0 or not re.fullmatch("[0-9]+", text):
        return False
    weighted = sum(int(digit) * (place % 6 + 2) for place, digit in enumerate(reversed(text[:-1])))
    return (11 - weighted % 11) % 11 == int(text[-1])


def belgian_enterprise(text: str) -> bool:
    """KBO number: ten digits, the last two 97 less the first eight modulo 97."""
    return bool(re.fullmatch("[0-9]{10}", text)) and int(text[8:]) == 97 - int(text[:8]) % 97


def luhn_swedish(text: str) -> bool:
    """Swedish organisation number: digits only, the tenth by Luhn over the first nine."""
    if not re.fullmatch(r"\d+", text) or len(text) < 10:
        return False
    weighted = 0
    for place, digit in enumerate(reversed(text[:9])):
        double = int(digit) * 2
        weighted += double // 10 + double % 10 if place % 2 == 0 else int(digit)
    return (10 - weighted % 10) % 10 == int(text[9])


def australian_business(text: str) -> bool:
    if not re.fullmatch("[0-9]{11}", text):
        return False
    weights = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    digits = [int(digit) for digit in text]
    digits[0] -= 1
    return sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 89 == 0


def italian_office(text: str) -> bool:
    """Codice IPA: six letters or digits."""
    return re.fullmatch("[A-Za-z0-9]{6}", text) is not None


def italian_fiscal(text: str) -> bool:
    """Codice fiscale: sixteen characters of the form LLLLLLNNLNN...NL, or eleven digits."""
    if len(text) == 11:
        return is_integer(text)
    return (
        len(text) == 16
        and all(LETTERS.fullmatch(part) is not None for part in (text[:6], text[8], text[15]))
        and all(is_integer(part) for part in (text[6:8], text[9:11], text[14]))
    )


def italian_vat(text: str) -> bool:
    """Partita IVA after IT: eleven digits, every second doubled, the sum a multiple of ten. Others pass."""
    if text[:2] not in ("IT", "it"):
        return True
    digits = text[2:]
    if not re.fullmatch("[0-9]{11}", digits):
        return False
    return sum(int("0246813579"[int(d)]) if place % 2 else int(d) for place, d in enumerate(digits)) % 10 == 0


def greek_tax(text: str) -> bool:
    """Greek TIN: powers of two as weights over the first eight digits, the ninth checks."""
    if not re.match("[0-9]{9}", text):
        return False
    weighted = sum(int(digit) << (8 - place) for place, digit in enumerate(text[:8]))
    return weighted % 11 % 10 == int(text[8])


def _danish(text: str) -> bool:
    return DANISH.fullmatch(text) is not None


FORMS: tuple[tuple[str, str, bool, Callable[[str], bool]], ...] = (
    ("0088", "PEPPOL-COMMON-R040", True, lambda text: gln(norm(text))),
    ("0192", "PEPPOL-COMMON-R041", True, lambda text: len(norm(text)) == 9 and mod11(norm(text))),
    ("0184", "PEPPOL-COMMON-R042", True, lambda text: _danish(text) or re.fullmatch("[0-9]{8}", text) is not None),
    ("0096", "PEPPOL-COMMON-R052", True, lambda text: re.fullmatch("[0-9]{10}", text) is not None),
    ("0198", "PEPPOL-COMMON-R053", True, _danish),
    ("0208", "PEPPOL-COMMON-R043", True, lambda text: belgian_enterprise(norm(text))),
    ("0201", "PEPPOL-COMMON-R044", False, lambda text: italian_office(norm(text))),
    ("0210", "PEPPOL-COMMON-R045", False, lambda text: italian_fiscal(norm(text))),
    ("0211", "PEPPOL-COMMON-R047", False, lambda text: italian_vat(norm(text))),
    (
        "0007",
        "PEPPOL-COMMON-R049",
        True,
        lambda text: len(norm(text)) == 10 and is_number(text) and luhn_swedish(norm(text)),
    ),
    ("0151", "PEPPOL-COMMON-R050", True, lambda text: australian_business(norm(text))),
    ("0106", "PEPPOL-COMMON-R054", False, lambda text: re.fullmatch("[0-9]{8}", norm(text)) is not None),
    ("0190", "PEPPOL-COMMON-R055", False, lambda text: re.fullmatch("[0-9]{20}", norm(text)) is not None),
    ("9944", "PEPPOL-COMMON-R056-1", False, lambda text: DUTCH_VAT.fullmatch(norm(text)) is not None),
    ("0217", "PEPPOL-COMMON-R057", False, lambda text: re.fullmatch("[0-9]{12}", norm(text)) is not None),
)


def declare(rules: RuleSet) -> None:
    forms: dict[str, tuple[Rule, ...]] = {
        scheme: ((fatal if is_fatal else warning)(id, _formed(form, unless_dutch_vat=scheme == "0217")),)
        for scheme, id, is_fatal, form in FORMS
    }
    rules.of_scheme((ENDPOINT, PARTY, COMPANY), forms)
    fiscal = _formed(lambda text: italian_fiscal(norm(text)), unless_dutch_vat=False)
    rules.of_scheme(ENDPOINT, {"9907": (warning("PEPPOL-COMMON-R046", fiscal),)})
    rules.of("cac:PartyTaxScheme/cbc:CompanyID", warning("PEPPOL-COMMON-R056-2", _dutch_vat))


def _formed(form: Callable[[str], bool], unless_dutch_vat: bool) -> LeafTest:
    def test(text: str, attributes: Attributes, group: Group, document: Document) -> bool:
        return form(text) or (unless_dutch_vat and _is_dutch_vat(text, group))

    return test


def _is_dutch_vat(text: str, group: Group) -> bool:
    if group.place.name != "cac:PartyTaxScheme" or not norm(text).startswith("NL"):
        return False
    return any(norm(each.get("cbc:ID", "")) == "VAT" for each in group.get("cac:TaxScheme", NONE))


def _dutch_vat(text: str, attributes: Attributes, group: Group, document: Document) -> bool:
    """A scheme with a form of its own is judged by that form alone."""
    scheme = dict(attributes).get("schemeID")
    if not _is_dutch_vat(text, group) or any(scheme == own for own, *_ in FORMS if own != "0217"):
        return True
    return DUTCH_VAT.fullmatch(norm(text)) is not None
