"""The seller's terms on an invoice: their version and place, and their interest and penalty within the law's caps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from connectors.erp.party_records import Customer, Language, Penalty, Seller
from connectors.erp.records import Document
from connectors.erp.wording import money, percentage, words
from receivables.law.costs import PenaltyClause, belgian_consumer_cap, bik_scale, costs
from receivables.law.rates import RateError, load_rates, rate_on
from receivables.law.regime import Regime, RegimeError, resolve
from ubl.invoice import SupportingDocument

PDF = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """What may be printed of the terms, and a sentence for the operator about what may not.

    `statutory_costs`: the Dutch scale stands in place of the seller's own clause.
    """

    regime: Regime
    interest: Decimal | None = None  # percent per year
    penalty: Penalty | None = None
    statutory_costs: bool = False
    flags: tuple[str, ...] = field(default=())


def regime_of(document: Document, seller: Seller, customer: Customer) -> Regime:
    """Raises RegimeError where neither Belgian nor Dutch law governs."""
    return resolve(
        seller.address.country, customer.address.country, customer.kind, document.issued, governing_law=seller.law
    )


def clauses(document: Document, seller: Seller, customer: Customer, payable: Decimal) -> Clauses | None:
    """The terms' interest and penalty on `payable` (in the document's currency), as far as the law lets them stand.

    None where there is nothing to print: a credit note, self-billing, a law that is not held here, no clause, or a
    consumer of whom no acceptance of the terms is on record.
    """
    consumer = customer.kind == "consumer"
    penalty = seller.consumer_penalty if consumer else seller.penalty
    if document.is_credit_note or document.kind.startswith("self_billed") or payable <= 0:
        return None
    if (penalty is None and seller.interest_percent is None) or (consumer and customer.terms_accepted is None):
        return None
    try:
        regime = regime_of(document, seller, customer)
    except RegimeError:
        return None
    rate, over_rate = lawful_interest(seller.interest_percent, regime, document.issued)
    kept, statutory, over_cap = lawful_penalty(penalty, regime, payable)
    return Clauses(
        regime=regime,
        interest=rate,
        penalty=kept,
        statutory_costs=statutory,
        flags=tuple(flag for flag in (over_rate, over_cap) if flag),
    )


def lawful_interest(percent: Decimal | None, regime: Regime, on: date) -> tuple[Decimal | None, str]:
    """The yearly interest that may be printed, and why it may not.

    A Belgian consumer owes at most the rate of the law of 2 August 2002 (art. XIX.4 Code of economic law).
    """
    if percent is None or regime.ladder != "be_consumer":
        return percent, ""
    try:
        cap = rate_on(load_rates(), "BE", "trade", on).pct
    except RateError:
        return None, "The interest of the terms is not printed: the highest rate for a consumer on that day is unknown."
    if percent > cap:
        return None, (
            f"The interest of {percent} % in the terms is more than the {cap} % that a consumer may be asked "
            "(XIX.4 Code of economic law): it is void and not printed."
        )
    return percent, ""


def lawful_penalty(penalty: Penalty | None, regime: Regime, payable: Decimal) -> tuple[Penalty | None, bool, str]:
    """The penalty that may be printed for `payable`, whether the Dutch scale replaces it, and a sentence on either."""
    if penalty is None:
        return None, False, ""
    clause = PenaltyClause(penalty.percent, penalty.minimum, penalty.maximum)
    asked = clause.on(payable)
    if regime.ladder == "be_consumer":
        verdict = costs(country="BE", debtor="consumer", principal=payable, clause=clause)
        if verdict.void_clause:
            return (
                None,
                False,
                (
                    f"The penalty of {asked} in the terms is over the cap of {belgian_consumer_cap(payable)} for a "
                    "consumer (XIX.4 Code of economic law): it is void and not printed."
                ),
            )
    elif regime.country == "NL" and asked > bik_scale(payable):
        scale = f"the Dutch scale of {bik_scale(payable)} (6:96(5) BW)"
        if regime.debtor == "consumer":
            return (
                None,
                True,
                f"The penalty of {asked} in the terms is over {scale}: the scale is printed in its place.",
            )
        return penalty, False, f"The penalty of {asked} in the terms is over {scale}: a judge may moderate it."
    return penalty, False, ""


def clause_sentences(found: Clauses, language: Language) -> list[str]:
    """What BT-20 says of interest and penalty."""
    said = []
    if found.interest is not None:
        key = "interest_be_consumer" if found.regime.ladder == "be_consumer" else "interest"
        said.append(words(key, language, percent=percentage(found.interest, language)))
    if found.statutory_costs:
        said.append(words("statutory_costs", language))
    penalty = found.penalty
    if penalty is not None:
        key = f"penalty_{found.regime.ladder}" if found.regime.debtor == "consumer" else "penalty"
        least = words("minimum", language, amount=money(penalty.minimum, "EUR", language)) if penalty.minimum else ""
        most = penalty.maximum
        limit = words("maximum", language, amount=money(most, "EUR", language)) if most is not None else ""
        percent = percentage(penalty.percent, language)
        said.append(words(key, language, percent=percent, minimum=least, maximum=limit))
    return said


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTerms:
    """The terms that hold for this customer, in the language in which they are read here."""

    version: str
    language: Language
    url: str | None = None
    file: bytes | None = None


def named_terms(seller: Seller, customer: Customer, language: Language) -> NamedTerms | None:
    """The version that the customer accepted, else the present one; its text only where the seller still has it."""
    terms = seller.terms
    own = (terms.language if terms else None) or seller.language
    accepted = customer.terms_accepted
    if terms is None:
        return NamedTerms(version=accepted.version, language=own) if accepted else None
    if accepted is not None and accepted.version != terms.version:
        return NamedTerms(version=accepted.version, language=own)
    for text in terms.translations:
        if text.language == language != own:
            return NamedTerms(version=terms.version, language=language, url=text.url, file=text.file)
    return NamedTerms(version=terms.version, language=own, url=terms.url, file=terms.file)


def terms_sentence(terms: NamedTerms, language: Language) -> str:
    """The sentence of BT-20 that names the terms."""
    where = ""
    if terms.url is not None:
        where = words("terms_linked", language, url=terms.url)
    elif terms.file is not None:
        where = words("terms_attached", language)
    spoken = words(f"language_{terms.language}", language)
    return words("terms", language, version=terms.version, language=spoken, where=where)


def terms_document(terms: NamedTerms, language: Language) -> SupportingDocument | None:
    """BG-24: a link to the terms, else the file itself; None where there is neither."""
    if terms.url is None and terms.file is None:
        return None
    name = f"{words('terms_name', language)} {terms.version}"
    if terms.url is not None:
        return SupportingDocument(id=name, url=terms.url)
    return SupportingDocument(id=name, content=terms.file, mime=PDF, filename=f"{name}.pdf".replace("/", "-"))


def version_flag(seller: Seller, customer: Customer) -> str | None:
    """Interest and penalty are those of the seller's present terms; the customer may have accepted others."""
    accepted, terms = customer.terms_accepted, seller.terms
    if accepted is None or terms is None or accepted.version == terms.version:
        return None
    return (
        f"The customer accepted the terms {accepted.version}, the seller's are now {terms.version}: "
        "what they add counts only once it is accepted."
    )
