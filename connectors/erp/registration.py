"""Enterprise and VAT numbers of an export, checked by their country's check digits."""

from __future__ import annotations

from stdnum.be import vat as belgian
from stdnum.eu import vat as european
from stdnum.exceptions import ValidationError as BadNumber
from stdnum.util import clean


def check_registration(country: str, registration: str | None, vat: str | None) -> None:
    """Raises ValueError with the sentence for a person where a number cannot be right; unknown countries pass."""
    if registration is not None and country == "BE" and not belgian.is_valid(registration):
        raise ValueError(
            f"registration_number {registration} is no enterprise number: its last two digits do not check; "
            "write the ten digits of the KBO, such as 0403.170.701"
        )
    if (
        registration is not None
        and country == "NL"
        and not (compact(registration).isdigit() and len(compact(registration)) == 8)
    ):
        raise ValueError(f"registration_number {registration} is no KvK number; write its eight digits")
    if vat is not None and not compact(vat)[:2].isalpha():
        raise ValueError(
            f"vat_number {vat} names no country; write it with two letters in front, such as {country}{vat}"
        )
    if vat is not None and compact(vat)[:2].upper() in EUROPEAN:
        try:
            european.validate(vat)
        except BadNumber:
            raise ValueError(
                f"vat_number {vat} does not have the form or check digits of its country; copy it again"
            ) from None


def compact(number: str) -> str:
    return clean(number, " -./").strip()


EUROPEAN = frozenset({"EL", *(code.upper() for code in european.MEMBER_STATES if code != "gr")})
