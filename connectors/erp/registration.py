"""Enterprise and VAT numbers of an export, checked by their country's check digits."""

from __future__ import annotations

from stdnum.be import vat as belgian
from stdnum.eu import vat as european
from stdnum.util import clean

from connectors.erp.fields import WrongField


def check_registration(country: str, registration: str | None, vat: str | None) -> None:
    """Raises WrongField with the sentence for a person where a number cannot be right; unknown countries pass."""
    if registration is not None:
        check_enterprise(country, registration)
    if vat is None:
        return
    prefix = compact(vat)[:2].upper()
    if not prefix.isalpha():
        raise WrongField("vat_number", f"that names no country; write two letters in front, such as {country}{vat}")
    if prefix in EUROPEAN and not european.is_valid(vat):
        raise WrongField("vat_number", "that has not the form or check digits of its country; copy it again")


def check_enterprise(country: str, number: str) -> None:
    if country == "BE" and not belgian.is_valid(number):
        raise WrongField(
            "registration_number", "its check digits do not fit; write the ten digits of the KBO, such as 0403.170.701"
        )
    if country == "NL" and not (compact(number).isascii() and compact(number).isdigit() and len(compact(number)) == 8):
        raise WrongField("registration_number", "that is no KvK number; write its eight digits, such as 01234567")


def compact(number: str) -> str:
    return clean(number, " -./").strip()


EUROPEAN = frozenset({"EL", *(code.upper() for code in european.MEMBER_STATES if code != "gr")})
