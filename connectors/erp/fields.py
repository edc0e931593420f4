"""The kinds of value that an ERP export may hold, each with the sentence that says what to write instead."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema
from stdnum import bic, ean, iban
from stdnum.exceptions import ValidationError as BadNumber
from stdnum.iso7064 import mod_97_10


class Record(BaseModel):
    """An object of the export: unknown fields are refused, text is trimmed, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class WrongField(ValueError):
    """A record whose fields contradict each other: `field` is the one to change, the message says to what."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def iso_day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip()):
        raise ValueError("write a day as year-month-day between quotes, such as 2026-01-31")
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("there is no such day in the calendar; write one such as 2026-01-31") from None


class PlainNumber:
    """Says in the JSON Schema what an amount between quotes looks like."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core)
        for option in schema.get("anyOf", ()):
            if option["type"] == "string":
                option["pattern"] = r"^-?[0-9]+(\.[0-9]+)?$"
        return schema


def one_line(text: str) -> str:
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise ValueError("write it on one line, without control characters")
    return text


def paragraphs(text: str) -> str:
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text):
        raise ValueError("write plain text: line breaks and tabs are the only control characters allowed")
    return text


def valid_iban(text: str) -> str:
    try:
        return iban.validate(text, check_country=False)  # a bank newer than the library's list is no error
    except BadNumber:
        raise ValueError("its check digits do not fit; copy the IBAN again, such as BE68 5390 0754 7034") from None


def valid_creditor_id(text: str) -> str:
    """AT-02 of the SEPA rulebook: the check digits leave out the three characters of the business code."""
    bare = re.sub(r"[\s.-]", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[0-9A-Z]{4,31}", bare) or not mod_97_10.is_valid(bare[7:] + bare[:4]):
        raise ValueError("write the SEPA creditor identifier with its check digits, such as BE68ZZZ0123456789")
    return bare


def valid_gtin(text: str) -> str:
    if not ean.is_valid(text):
        raise ValueError("write a GTIN of 8, 12, 13 or 14 digits with its check digit, such as 5412345000013")
    return str(ean.compact(text))


def web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"]+", text):
        raise ValueError("write an address that starts with https://, such as https://example.be/terms.pdf")
    return text


def valid_bic(text: str) -> str:
    try:
        return bic.validate(text)
    except BadNumber:
        raise ValueError("write a BIC of 8 or 11 letters and digits, such as KREDBEBB") from None


def valid_email(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>\",;]{1,64}@[^@\s<>\",;]+\.[^@\s<>\",;.]{2,}", text):
        raise ValueError("write one e-mail address, such as accounts@example.be")
    return text


def plain_file_name(text: str) -> str:
    if "/" in text or "\\" in text or text.startswith("."):
        raise ValueError("write a file name without a folder, such as delivery-note.pdf")
    return text


UNITS = {
    "piece": "C62",
    "hour": "HUR",
    "day": "DAY",
    "week": "WEE",
    "month": "MON",
    "year": "ANN",
    "kg": "KGM",
    "g": "GRM",
    "tonne": "TNE",
    "litre": "LTR",
    "m": "MTR",
    "m2": "MTK",
    "m3": "MTQ",
    "km": "KMT",
    "kWh": "KWH",
    "set": "SET",
    "pair": "PR",
    "box": "XBX",
    "pallet": "XPX",
}


def known_unit(text: str) -> str:
    if text in UNITS or re.fullmatch(r"[0-9A-Z]{2,3}", text):
        return text
    raise ValueError(f"write one of {', '.join(UNITS)}, or a code of UN/ECE recommendation 20 such as KGM")


Day = Annotated[date, BeforeValidator(iso_day)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(one_line)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=5000), AfterValidator(paragraphs)]
Number = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(one_line)]
SellerRef = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.-]+$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Iban = Annotated[str, StringConstraints(max_length=42), AfterValidator(valid_iban)]
Bic = Annotated[str, AfterValidator(valid_bic)]
CreditorId = Annotated[str, StringConstraints(max_length=45), AfterValidator(valid_creditor_id)]
Gtin = Annotated[str, StringConstraints(max_length=20), AfterValidator(valid_gtin)]
Url = Annotated[str, StringConstraints(min_length=8, max_length=300), AfterValidator(web_address)]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(valid_email)]
FileName = Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(plain_file_name)]
Unit = Annotated[str, AfterValidator(known_unit)]
Money = Annotated[Decimal, Field(max_digits=14, decimal_places=2), PlainNumber]
Price = Annotated[Decimal, Field(max_digits=18, decimal_places=8, ge=0), PlainNumber]
Quantity = Annotated[Decimal, Field(max_digits=18, decimal_places=6), PlainNumber]
Percent = Annotated[Decimal, Field(max_digits=7, decimal_places=4, ge=0, le=100), PlainNumber]
