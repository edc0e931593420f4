"""Phrases for the rule families: VAT categories, decimals, code lists, cardinalities, identifiers, unused elements."""

from __future__ import annotations

import re
from typing import NamedTuple

from ubl.rules.codelists import published
from ubl.rules.vat import FAMILIES, Family


class Phrase(NamedTuple):
    """What a sentence can speak of: the rule, the business term, the element or attribute, and the value found."""

    rule: str
    term: str
    element: str
    found: str


CATEGORIES = {
    "S": ("standard rate", "normaal tarief"),
    "Z": ("zero rate", "nultarief"),
    "E": ("exempt", "vrijgesteld"),
    "AE": ("reverse charge", "btw verlegd"),
    "IC": ("intra-community supply", "intracommunautaire levering"),
    "G": ("export outside the EU", "uitvoer buiten de EU"),
    "O": ("not subject to VAT", "niet aan btw onderworpen"),
    "AF": ("IGIC, Canary Islands", "IGIC, Canarische Eilanden"),
    "AG": ("IPSI, Ceuta and Melilla", "IPSI, Ceuta en Melilla"),
}
USED_IN = {
    "02": ("A line", "Een regel"),
    "03": ("An allowance", "Een korting"),
    "04": ("A charge", "Een toeslag"),
    "05": ("a line", "een regel"),
    "06": ("an allowance", "een korting"),
    "07": ("a charge", "een toeslag"),
}
RATES = {
    "positive": ("a rate above zero", "een tarief boven nul"),
    "not negative": ("a rate of zero or more", "een tarief van nul of meer"),
    "zero": ("the rate 0", "het tarief 0"),
    "none": ("no rate at all", "helemaal geen tarief"),
}
LISTS = {
    "BR-CL-01": ("invoice_type", "credit_note_type"),
    "BR-CL-03": ("currency",),
    "BR-CL-04": ("currency",),
    "BR-CL-05": ("currency",),
    "BR-CL-06": ("vat_point_date",),
    "BR-CL-07": ("object_identifier",),
    "BR-CL-08": ("note_subject",),
    "BR-CL-10": ("identifier_scheme",),
    "BR-CL-11": ("identifier_scheme",),
    "BR-CL-13": ("item_classification",),
    "BR-CL-14": ("country",),
    "BR-CL-15": ("country",),
    "BR-CL-16": ("payment_means",),
    "BR-CL-17": ("vat_category",),
    "BR-CL-18": ("vat_category",),
    "BR-CL-19": ("allowance_reason",),
    "BR-CL-20": ("charge_reason",),
    "BR-CL-21": ("identifier_scheme",),
    "BR-CL-22": ("vat_exemption",),
    "BR-CL-23": ("unit",),
    "BR-CL-24": ("mime",),
    "BR-CL-25": ("electronic_address",),
    "BR-CL-26": ("identifier_scheme",),
    "PEPPOL-EN16931-CL001": ("mime",),
    "PEPPOL-EN16931-CL002": ("allowance_reason",),
    "PEPPOL-EN16931-CL003": ("charge_reason",),
    "PEPPOL-EN16931-CL006": ("vat_point_date",),
    "PEPPOL-EN16931-CL007": ("currency",),
    "PEPPOL-EN16931-CL008": ("electronic_address",),
}
IDENTIFIERS = {
    "PEPPOL-COMMON-R040": ("GLN (0088)", "GLN (0088)"),
    "PEPPOL-COMMON-R041": ("Norwegian organisation number (0192)", "Noors organisatienummer (0192)"),
    "PEPPOL-COMMON-R042": ("Danish CVR number (0184)", "Deens CVR-nummer (0184)"),
    "PEPPOL-COMMON-R043": ("Belgian enterprise number (0208)", "Belgisch ondernemingsnummer (0208)"),
    "PEPPOL-COMMON-R044": ("Italian office code (0201)", "Italiaanse codice IPA (0201)"),
    "PEPPOL-COMMON-R045": ("Italian fiscal code (0210)", "Italiaanse codice fiscale (0210)"),
    "PEPPOL-COMMON-R046": ("Italian fiscal code (9907)", "Italiaanse codice fiscale (9907)"),
    "PEPPOL-COMMON-R047": ("Italian VAT number (0211)", "Italiaans btw-nummer (0211)"),
    "PEPPOL-COMMON-R049": ("Swedish organisation number (0007)", "Zweeds organisatienummer (0007)"),
    "PEPPOL-COMMON-R050": ("Australian business number (0151)", "Australisch ondernemingsnummer (0151)"),
    "PEPPOL-COMMON-R052": ("Danish P number (0096)", "Deens P-nummer (0096)"),
    "PEPPOL-COMMON-R053": ("Danish SE number (0198)", "Deens SE-nummer (0198)"),
    "PEPPOL-COMMON-R054": ("KvK number (0106)", "KvK-nummer (0106)"),
    "PEPPOL-COMMON-R055": ("OIN (0190)", "OIN (0190)"),
    "PEPPOL-COMMON-R056-1": ("Dutch VAT number (9944)", "Nederlands btw-nummer (9944)"),
    "PEPPOL-COMMON-R056-2": ("Dutch VAT number", "Nederlands btw-nummer"),
    "PEPPOL-COMMON-R057": ("identifier of scheme 0217", "kenmerk van schema 0217"),
}
VAT_TERMS = {
    "01": ("BG-23",),
    "02": ("BT-31", "BT-32", "BT-63"),
    "03": ("BT-31", "BT-32", "BT-63"),
    "04": ("BT-31", "BT-32", "BT-63"),
    "05": ("BT-152",),
    "06": ("BT-96",),
    "07": ("BT-103",),
    "08": ("BT-116",),
    "09": ("BT-117",),
    "10": ("BT-120", "BT-121"),
    "IC-11": ("BT-72", "BG-14"),
    "IC-12": ("BT-80",),
    "O-11": ("BG-23",),
    "O-12": ("BT-151",),
    "O-13": ("BT-95",),
    "O-14": ("BT-102",),
}
VAT_RULE = re.compile(r"BR-(S|Z|E|AE|IC|G|O|AF|AG)-(\d\d)")


def phrase(about: Phrase, lang: str) -> tuple[str, str]:
    """(message, fix) for a rule of a family."""
    index = 0 if lang == "en" else 1
    pair: tuple[tuple[str, str], tuple[str, str]]
    if vat := VAT_RULE.fullmatch(about.rule):
        family = next(each for each in FAMILIES if each.name == vat[1])
        pair = _vat(family, vat[2])
    elif about.rule in LISTS:
        pair = _not_listed(about, index)
    elif about.rule in IDENTIFIERS:
        pair = _misformed(about)
    elif about.rule.startswith("BR-DEC"):
        what = about.term or about.element or "an amount"
        pair = (
            (f"{what} has more than two decimals.", f"{what} heeft meer dan twee decimalen."),
            ("Round it to cents.", "Rond af op centen."),
        )
    elif about.rule.startswith("UBL-SR"):
        what = about.term or about.element or about.rule
        pair = ((f"Too many: {what}.", f"Te veel: {what}."), ("Keep one.", "Houd er één."))
    else:
        pair = _unused(about)
    message, fix = pair
    return message[index], fix[index]


def _vat(family: Family, question: str) -> tuple[tuple[str, str], tuple[str, str]]:
    name, naam = CATEGORIES[family.name]
    category, categorie = f"VAT category {family.code} ({name})", f"btw-categorie {family.code} ({naam})"
    if question == "01":
        return (
            (
                f"The breakdown does not state {category} as it is used.",
                f"De uitsplitsing vermeldt {categorie} niet zoals ze gebruikt is.",
            ),
            (
                "Write one cac:TaxSubtotal for it (per rate), and none where it is not used.",
                "Schrijf er één cac:TaxSubtotal voor (per tarief), en geen waar ze niet gebruikt is.",
            ),
        )
    if question in ("02", "03", "04"):
        return _registration(family, question, category, categorie)
    if question in ("05", "06", "07"):
        where, waar = USED_IN[question]
        rate, tarief = RATES[family.rate]
        return (
            (f"In {where}, {category} goes with {rate}.", f"In {waar} hoort bij {categorie} {tarief}."),
            (
                f"Write cbc:Percent with {rate}." if family.rate != "none" else "Leave cbc:Percent out.",
                f"Schrijf cbc:Percent met {tarief}." if family.rate != "none" else "Laat cbc:Percent weg.",
            ),
        )
    return _breakdown(family, question, category, categorie)


def _breakdown(family: Family, question: str, category: str, categorie: str) -> tuple[tuple[str, str], tuple[str, str]]:
    if question == "08":
        return (
            (
                f"The taxable amount of {category} is not its lines less its allowances plus its charges.",
                f"Het belastbare bedrag van {categorie} is niet haar regels min kortingen plus toeslagen.",
            ),
            (
                "Add up what has this category (and rate) and write that sum.",
                "Tel op wat deze categorie (en dit tarief) heeft en schrijf die som.",
            ),
        )
    if question == "09":
        if family.per_rate:
            return (
                (
                    f"The tax of {category} is not its taxable amount times its rate.",
                    f"De btw van {categorie} is niet het belastbare bedrag maal het tarief.",
                ),
                (
                    "Write BT-116 × BT-119 / 100, rounded to cents.",
                    "Schrijf BT-116 × BT-119 / 100, afgerond op centen.",
                ),
            )
        return (
            (f"{category} has tax.", f"Bij {categorie} staat btw."),
            ("Write a tax amount of 0.", "Schrijf een btw-bedrag van 0."),
        )
    if family.reason:
        return (
            (f"No reason is given for {category}.", f"Er staat geen reden voor {categorie}."),
            (
                "Write cbc:TaxExemptionReason or cbc:TaxExemptionReasonCode.",
                "Schrijf cbc:TaxExemptionReason of cbc:TaxExemptionReasonCode.",
            ),
        )
    return (
        (f"{category} has an exemption reason.", f"Bij {categorie} staat een reden van vrijstelling."),
        ("Leave the reason and its code out.", "Laat de reden en haar code weg."),
    )


def _registration(
    family: Family, question: str, category: str, categorie: str
) -> tuple[tuple[str, str], tuple[str, str]]:
    where, waar = USED_IN[question]
    if family.seller == "none":
        return (
            (
                f"{where} has {category}, but a VAT number is stated.",
                f"{waar} heeft {categorie}, maar er staat een btw-nummer.",
            ),
            (
                "Leave the VAT numbers of seller, representative and buyer out.",
                "Laat de btw-nummers van verkoper, vertegenwoordiger en koper weg.",
            ),
        )
    buyer, koper = {
        "": ("", ""),
        "vat": (" and the buyer's VAT number", " en het btw-nummer van de koper"),
        "vat or legal": (
            " and the buyer's VAT or registration number",
            " en het btw- of ondernemingsnummer van de koper",
        ),
    }[family.buyer]
    return (
        (
            f"{where} has {category}: that asks for the seller's VAT number (or its representative's){buyer}.",
            f"{waar} heeft {categorie}: dat vraagt het btw-nummer van de verkoper (of diens vertegenwoordiger){koper}.",
        ),
        (
            "Write cac:PartyTaxScheme/cbc:CompanyID with VAT as its tax scheme.",
            "Schrijf cac:PartyTaxScheme/cbc:CompanyID met VAT als belasting.",
        ),
    )


def _not_listed(about: Phrase, index: int) -> tuple[tuple[str, str], tuple[str, str]]:
    authority = "peppol" if about.rule.startswith("PEPPOL") else "en16931"
    lists = published(authority)["lists"]
    titles = " / ".join(lists[name]["title"] for name in LISTS[about.rule])
    what = f'"{about.found}"' if about.found else about.element or about.rule
    version = published(authority)["version"]
    return (
        (f"{what} is not in the list {titles}.", f"{what} staat niet in de lijst {titles}."),
        (f"Use a code of that list (version {version}).", f"Gebruik een code uit die lijst (versie {version})."),
    )


def _misformed(about: Phrase) -> tuple[tuple[str, str], tuple[str, str]]:
    name, naam = IDENTIFIERS[about.rule]
    what = f'"{about.found}"' if about.found else about.element or about.rule
    return (
        (
            f"{what} is no {name}: its length, form or check digit is wrong.",
            f"{what} is geen {naam}: lengte, vorm of controlecijfer klopt niet.",
        ),
        (
            "Write the number as it is registered, without spaces or dots.",
            "Schrijf het nummer zoals het geregistreerd is, zonder spaties of punten.",
        ),
    )


def _unused(about: Phrase) -> tuple[tuple[str, str], tuple[str, str]]:
    what = about.element or about.rule
    return (
        (
            f"{what} is not used in an EN 16931 invoice; the receiver may ignore it.",
            f"{what} wordt niet gebruikt in een factuur volgens EN 16931; de ontvanger mag het negeren.",
        ),
        ("Leave it out.", "Laat het weg."),
    )
