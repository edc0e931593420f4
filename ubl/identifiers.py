"""Who a party is, in canonical form: VAT number, company registration, and the address that Peppol routes by.

Every function takes a number in any usual way of writing ('BE 0123.456.749', '123456749') and raises ValueError with
one sentence where it cannot be right. Check digits come from python-stdnum.
"""

from __future__ import annotations

from stdnum import ean
from stdnum.be import vat as be_vat
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren as fr_siren

from ubl.invoice import Identifier

BARE = str.maketrans("", "", " \t.-/,:()")

KBO, KVK, OIN, SIREN, SIREN_ADDRESS, LU_MATRICULE, GLN = "0208", "0106", "0190", "0002", "0225", "0240", "0088"

VAT_SCHEMES = {  # EAS code list of Peppol BIS Billing 3.0.21 (May 2026)
    "AT": "9914",
    "BE": "9925",
    "BG": "9926",
    "CH": "9927",
    "CY": "9928",
    "CZ": "9929",
    "DE": "9930",
    "EE": "9931",
    "ES": "9920",
    "FR": "9957",
    "GB": "9932",
    "GR": "9933",
    "HR": "9934",
    "HU": "9910",
    "IE": "9935",
    "IT": "0211",
    "LI": "9936",
    "LT": "9937",
    "LU": "9938",
    "LV": "9939",
    "MC": "9940",
    "MT": "9943",
    "NL": "9944",
    "PL": "9945",
    "PT": "9946",
    "RO": "9947",
    "SI": "9949",
    "SK": "9950",
}


def electronic_address(country: str, *, registration: str | None = None, vat: str | None = None) -> Identifier:
    """BT-34 or BT-49 for a company in `country` (ISO 3166-1 alpha-2), by the scheme its network uses first.

    Belgium: 0208 from the enterprise or the VAT number. Netherlands: 0106 (KvK) or 0190 (OIN, 20 digits), else 9944.
    France: 0225 from the SIREN or the VAT number. Elsewhere the scheme of the VAT number, such as 9930 and 9938.
    """
    if country == "BE" and (registration or vat):
        return Identifier(kbo(registration or vat or ""), KBO)
    if country == "FR" and (registration or vat):
        return Identifier(siren(registration or vat or ""), SIREN_ADDRESS)
    if country == "NL" and registration:
        return dutch_registration(registration)
    if vat and country in VAT_SCHEMES:
        return Identifier(vat_number(country, vat), VAT_SCHEMES[country])
    needed = "a VAT number" if country in VAT_SCHEMES else "the electronic address itself, written as scheme:number"
    raise ValueError(f"No Peppol address can be derived for this company in {country}; give {needed}.")


def legal_registration(country: str, number: str) -> Identifier:
    """BT-30 or BT-47: the company's number in its country's register, with the register's scheme where it has one."""
    if country == "BE":
        return Identifier(kbo(number), KBO)
    if country == "NL":
        return dutch_registration(number)
    if country == "FR":
        return Identifier(siren(number), SIREN)
    bare = number.strip()
    if not bare:
        raise ValueError("The company registration number is empty; write it, or leave it out.")
    return Identifier(bare, LU_MATRICULE if country == "LU" and is_digits(bare, 11) else None)


def vat_number(country: str, number: str) -> str:
    """The VAT number with its prefix and nothing else: 'BE0123456749', 'NL123456782B90', Greek ones with EL."""
    bare = number.translate(BARE).upper()
    prefix = "EL" if country == "GR" else country
    if bare.startswith(("GR", "EL")) and country == "GR":
        bare = bare[2:]
    whole = bare if bare.startswith(prefix) else prefix + bare
    if prefix.lower() not in eu_vat.MEMBER_STATES and prefix != "EL":
        if not whole.isascii() or not whole.isalnum() or len(whole) < 4:
            raise ValueError(f"'{number}' is no VAT number of {country}; write {prefix} and its digits.")
        return whole
    try:
        return str(eu_vat.validate(whole))
    except (ValidationError, ValueError):
        raise ValueError(
            f"'{number}' is no VAT number of {country}: its length or check digits are wrong; "
            f"write it as on the company's papers, starting with {prefix}."
        ) from None


def kbo(number: str) -> str:
    """The ten digits of a Belgian enterprise number, from it or from the VAT number.

    >>> kbo("BE 0123.456.749"), kbo("123456749")
    ('0123456749', '0123456749')
    """
    try:
        return str(be_vat.validate(number))
    except (ValidationError, ValueError):
        raise ValueError(
            f"'{number}' is no Belgian enterprise number: ten digits starting with 0 or 1, "
            "of which the last two are 97 minus the first eight modulo 97."
        ) from None


def dutch_registration(number: str) -> Identifier:
    """A KvK number (8 digits, 0106) or an OIN of a public body (20 digits, 0190): NL-R-003 and NL-R-005."""
    bare = number.translate(BARE).upper().removeprefix("KVK").removeprefix("OIN")
    if is_digits(bare, 8):
        return Identifier(bare, KVK)
    if is_digits(bare, 20):
        return Identifier(bare, OIN)
    raise ValueError(f"'{number}' is neither a KvK number (8 digits) nor an OIN (20 digits).")


def siren(number: str) -> str:
    """The nine digits of a French SIREN, from it, a SIRET or the VAT number."""
    bare = number.translate(BARE).upper()
    if bare.startswith("FR"):
        bare = bare[4:]
    try:
        return str(fr_siren.validate(bare[:9] if is_digits(bare, 14) else bare))
    except (ValidationError, ValueError):
        raise ValueError(f"'{number}' is no French SIREN: nine digits, the last a check digit.") from None


def gln(number: str) -> str:
    """The thirteen digits of a Global Location Number (GS1)."""
    bare = number.translate(BARE)
    if not (is_digits(bare, 13) and ean.is_valid(bare)):
        raise ValueError(f"'{number}' is no GLN: thirteen digits, the last a check digit.")
    return bare


def parse_address(text: str) -> Identifier:
    """An electronic address written as `scheme:number`, such as '0208:0123456749', checked where its scheme allows."""
    scheme, colon, number = text.strip().partition(":")
    number = number.strip()
    if not (colon and number and len(scheme) in (2, 4) and scheme.isascii() and scheme.isalnum()):
        raise ValueError(f"'{text}' is no electronic address; write scheme:number, such as 0208:0123456749.")
    if scheme == KBO:
        return Identifier(kbo(number), KBO)
    if scheme == GLN:
        return Identifier(gln(number), GLN)
    if scheme in (KVK, OIN):
        identifier = dutch_registration(number)
        if identifier.scheme != scheme:
            raise ValueError(f"'{text}' has {len(identifier.value)} digits, which scheme {scheme} does not have.")
        return identifier
    for country, vat_scheme in VAT_SCHEMES.items():
        if scheme == vat_scheme:
            return Identifier(vat_number(country, number), scheme)
    return Identifier(number, scheme)


def is_digits(text: str, length: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) == length
