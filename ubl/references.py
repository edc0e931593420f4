"""Structured payment references: the Belgian OGM (VCS), the international RF (ISO 11649), the Dutch betalingskenmerk.

Each has the same verbs: `compact` (bare characters), `validate` (compact, or ValueError with one sentence), `is_valid`,
`format` (as printed) and one that makes a reference from the issuer's own number.
"""

from __future__ import annotations

from collections.abc import Callable

from stdnum import iso11649
from stdnum.be import ogm_vcs
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

OGM_DIGITS = 10
OGM_LEFT_AWAY = str.maketrans("", "", " +*/.-")
RF_CHARACTERS = 21
KENMERK_WEIGHTS = (2, 4, 8, 5, 10, 9, 7, 3, 6, 1)  # from the right, repeated
KENMERK_LENGTHS = (7, *range(9, 15), 16)
SEPARATORS = str.maketrans("", "", " -./_:\\")


def payment_reference(country: str, seller_ref: str, number: str) -> str:
    """The reference to print on invoice `number` of a seller in `country`: an OGM in Belgium, an RF elsewhere.

    Made from the number itself, so it is the same every time, and two invoices get one reference only if their numbers
    differ in nothing but separators, letter case and leading zeros. A Belgian number with letters, or with more digits
    than an OGM holds, gets an RF too, since cutting it short could make two alike.
    `seller_ref` is empty, or up to three digits that tell apart sellers who share one account.
    Raises ValueError where a number has too many or no usable characters.
    """
    if seller_ref and not (digits_only(seller_ref) and len(seller_ref) <= 3):
        raise ValueError(f"'{seller_ref}' cannot mark a seller within a reference; use at most three digits, or none.")
    bare = number.translate(SEPARATORS)
    room = OGM_DIGITS - len(seller_ref)
    if country == "BE" and digits_only(bare) and int(bare) > 0 and len(bare.lstrip("0")) <= room:
        return ogm_from_number(int(seller_ref + bare.lstrip("0").zfill(room)))
    return rf_format(rf_from_text(seller_ref + bare)).replace(" ", "")


def ogm_from_number(number: int) -> str:
    """`number` (at most ten digits) as an OGM, printed `+++ddd/dddd/ddddd+++`; the last two digits are its mod 97."""
    if not 0 <= number < 10**OGM_DIGITS:
        raise ValueError(f"{number} does not fit an OGM; use a number from 0 to {10**OGM_DIGITS - 1}.")
    digits = f"{number:010d}"
    return ogm_format(digits + ogm_vcs.calc_check_digits(digits))


def ogm_compact(reference: str) -> str:
    """The bare digits of an OGM printed with plus signs, stars or neither."""
    return reference.translate(OGM_LEFT_AWAY)


def ogm_validate(reference: str) -> str:
    """The twelve digits of a valid OGM; ValueError otherwise.

    >>> ogm_validate("+++090/9337/55493+++")
    '090933755493'
    """
    digits = ogm_compact(reference)
    try:
        if not digits_only(digits):
            raise ValueError
        return ogm_vcs.validate(digits)
    except (ValidationError, ValueError):
        raise ValueError(f"'{reference}' is no OGM: twelve digits of which the last two are the rest by 97.") from None


def ogm_is_valid(reference: str) -> bool:
    return accepts(ogm_validate, reference)


def ogm_format(reference: str) -> str:
    """As printed on Belgian invoices: `+++090/9337/55493+++`."""
    digits = ogm_validate(reference)
    return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"


def rf_from_text(text: str) -> str:
    """An RF reference around `text`: its letters and digits, at most 21, in capitals (ISO 11649).

    >>> rf_from_text("539007547034")
    'RF18539007547034'
    """
    body = text.translate(SEPARATORS).upper()
    if not (body.isascii() and body.isalnum()) or len(body) > RF_CHARACTERS:
        raise ValueError(
            f"'{text}' does not fit an RF reference; use 1 to {RF_CHARACTERS} letters (A to Z) and digits."
        )
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def rf_compact(reference: str) -> str:
    return iso11649.compact(reference)


def rf_validate(reference: str) -> str:
    """The reference without spaces, if its check digits are right (ISO 11649, mod 97-10); ValueError otherwise."""
    bare = rf_compact(reference)
    try:
        if not (bare.isascii() and bare.isalnum() and bare[2:4].isdigit()):
            raise ValueError
        return iso11649.validate(bare)
    except (ValidationError, ValueError):
        raise ValueError(f"'{reference}' is no RF reference: RF, two check digits and 1 to 21 characters.") from None


def rf_is_valid(reference: str) -> bool:
    return accepts(rf_validate, reference)


def rf_format(reference: str) -> str:
    """In groups of four: `RF18 5390 0754 7034`."""
    return iso11649.format(rf_validate(reference))


def kenmerk_from_number(number: str) -> str:
    """A betalingskenmerk around up to 15 digits, of 9 to 14 digits in all, or 16.

    Up to twelve digits get a check digit and a length digit before them (fewer than seven are filled up with zeros),
    more get only the check digit.

    >>> kenmerk_from_number("1234567")
    '271234567'
    """
    digits = number.translate(SEPARATORS)
    if not digits_only(digits) or len(digits) > 15:
        raise ValueError(f"'{number}' does not fit a betalingskenmerk; use 1 to 15 digits.")
    if len(digits) <= 12:
        digits = digits.zfill(7)
        digits = f"{len(digits) % 10}{digits}"
    else:
        digits = digits.zfill(15)
    return kenmerk_check_digit(digits) + digits


def kenmerk_compact(reference: str) -> str:
    return reference.translate(SEPARATORS)


def kenmerk_validate(reference: str) -> str:
    """The bare digits of a betalingskenmerk of 7 (unchecked), 9 to 14 or 16 digits; ValueError otherwise.

    The length digit is written by `kenmerk_from_number` but not demanded of others.
    """
    digits = kenmerk_compact(reference)
    right = digits_only(digits) and len(digits) in KENMERK_LENGTHS
    if not right or (len(digits) > 7 and digits[0] != kenmerk_check_digit(digits[1:])):
        raise ValueError(f"'{reference}' is no betalingskenmerk: 7, 9 to 14 or 16 digits, the first a check digit.")
    return digits


def kenmerk_is_valid(reference: str) -> bool:
    return accepts(kenmerk_validate, reference)


def kenmerk_format(reference: str) -> str:
    """In groups of four: `4223 4567 8901 23`."""
    digits = kenmerk_validate(reference)
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def kenmerk_check_digit(digits: str) -> str:
    """11 minus the weighted sum's rest by 11, where 10 becomes 1 and 11 becomes 0."""
    total = sum(
        int(digit) * KENMERK_WEIGHTS[place % len(KENMERK_WEIGHTS)] for place, digit in enumerate(reversed(digits))
    )
    check = 11 - total % 11
    return str({10: 1, 11: 0}.get(check, check))


def digits_only(text: str) -> bool:
    return text.isascii() and text.isdigit()


def accepts(validate: Callable[[str], str], reference: str) -> bool:
    try:
        validate(reference)
    except ValueError:
        return False
    return True
