"""Composes a letter: the words of its step, country, kind of debtor, language and tone, filled with the facts."""

from __future__ import annotations

from decimal import Decimal

from receivables.law.costs import LUMP_SUM
from receivables.letters.code_image import code_image
from receivables.letters.elements import MissingElement, WrongSums, check_facts, check_words
from receivables.letters.html_mail import html_mail
from receivables.letters.model import ZERO, Letter, LetterFacts
from receivables.letters.overview import Overview, cash, long_day, name_of, overview
from receivables.letters.own import NONE, OwnTexts
from receivables.letters.paper import letter_pdf, payment_code
from receivables.letters.plain_mail import plain_mail
from receivables.letters.texts import MissingText, check_texts, label, wording, words
from ubl.paper.payment_view import printed_reference
from ubl.paper.words import enterprise_number, in_fours
from ubl.retention import clause

__all__ = ["MissingElement", "MissingText", "WrongSums", "check_texts", "compose", "label", "letter_pdf"]


def compose(facts: LetterFacts, *, template: str | None = None, own: OwnTexts = NONE) -> Letter:
    """The letter that `facts` make, as mail text, as HTML, and as paragraphs for paper.

    `template`: another text than the step's; the law of the step holds for it too. `own`: the house's texts.

    Raises MissingText where no words are on file, MissingElement where the law wants more than the letter says (Dutch
    art. 6:82 and 6:96(6) BW; Belgian art. 5.231 Civil Code and XIX.2 Code of economic law), and WrongSums where its
    sums contradict each other.
    """
    named = template or facts.step
    asked = wording(named, facts.country, facts.debtor_kind, facts.language, facts.tone, own)
    check_facts(facts)
    values = placeholders(facts)
    before = tuple(filter(None, (greeting(facts, asked.warm), *paragraphs(asked.before.format_map(values)))))
    after = (*agreed(facts), *paragraphs(asked.after.format_map(values)))
    subject = " ".join(asked.subject.format_map(values).split())
    account = overview(facts)
    closing = signature(facts)
    code = code_image(payment_code(facts))
    text = plain_mail(facts, account, before, after, closing)
    check_words(facts, text, printed(facts, account, values))
    return Letter(
        subject=subject,
        text=text,
        html=html_mail(facts, account, before, after, closing, code),
        title=title(facts),
        before=before,
        after=after,
        closing=closing,
        code=code,
    )


def agreed(facts: LetterFacts) -> tuple[str, ...]:
    """The conditions of a plan, numbered; nothing where there are none."""
    if not facts.conditions:
        return ()
    numbered = (f"{number}. {text}" for number, text in enumerate(facts.conditions, start=1))
    return (words(facts.language, facts.country)["conditions"], *numbered)


def placeholders(facts: LetterFacts) -> dict[str, str]:
    """Everything that a text may name between braces, as words; empty where the letter has nothing to say on it."""
    say = words(facts.language, facts.country)
    count = len(facts.lines)
    naming = say["one" if count == 1 else "many"]
    numbers = {"number": facts.lines[0].number, "count": count}
    values = {key: text.format_map(numbers) for key, text in naming.items()}
    oldest = min(line.due for line in facts.lines)
    return values | {
        "seller": facts.seller.name,
        "debtor": facts.debtor.name,
        "contact": facts.seller.contact or facts.seller.name,
        "phone": facts.debtor.phone or say["unknown"],
        "registration": registration(facts),
        "on": long_day(facts, facts.on),
        "oldest_due": long_day(facts, oldest),
        "demanded": cash(facts, facts.demanded),
        "principal": cash(facts, open_principal(facts)),
        "paid": cash(facts, facts.paid),
        "pay_by": long_day(facts, facts.pay_by),
        "reference": printed_reference(facts.reference),
        "iban": in_fours(facts.seller.iban or ""),
        "statutory_lump_sum": cash(facts, LUMP_SUM),
        "term_sentence": term_sentence(facts),
        "enclosed": values["copy"] if facts.invoices_enclosed else "",
        "interest_sentence": say["interest_included"] if facts.interest else say["interest_runs"],
        "retention_clause": retention(facts),
        "goods": "\n".join(f"- {line}" for line in goods(facts)),
        "buyer": facts.buyer or facts.debtor.name,
        "statement": say.get("reclaim_statement", ""),
        "instalments": str(len(facts.instalments)),
        "grace": str(facts.grace_days),
        **announced(facts),
    }


def term_sentence(facts: LetterFacts) -> str:
    """The lawful wording of the term of a letter to a consumer; empty for the others."""
    say = words(facts.language, facts.country)
    if facts.step == "book_xix_notice":
        return str(say[f"term_book_xix_{facts.channel}"])
    return str(say["term_fourteen_day_letter"]) if facts.step == "fourteen_day_letter" else ""


def announced(facts: LetterFacts) -> dict[str, str]:
    """The sentences on the costs or the penalty that follow if payment does not come, exact to the cent."""
    say = words(facts.language, facts.country)
    if facts.announced_costs is None:
        return {"costs_sentence": "", "penalty_sentence": ""}
    vat = facts.announced_costs_vat or ZERO
    amounts = {
        "costs": cash(facts, facts.announced_costs),
        "vat": cash(facts, vat),
        "total": cash(facts, facts.announced_costs + vat),
    }
    return {
        "costs_sentence": say["costs_with_vat" if vat else "costs_without_vat"].format_map(amounts),
        "penalty_sentence": say["penalty" if facts.announced_costs else "penalty_none"].format_map(amounts),
    }


def printed(facts: LetterFacts, account: Overview, values: dict[str, str]) -> dict[str, object]:
    """The mandatory elements as the text must show them."""
    say = words(facts.language, facts.country)
    costs = cash(facts, facts.announced_costs) if facts.announced_costs is not None else ""
    claim = values["costs_sentence"]
    return {
        "creditor_name": facts.seller.name,
        "creditor_number": values["registration"],
        "invoices": [line.number for line in facts.lines],
        "amount_due": values["demanded"],
        "costs_amount": [costs, claim],
        "costs_vat": claim,
        "penalty_amount": [costs, values["penalty_sentence"]],
        "description": [row.details[0] for row in account.rows if row.details],
        "supply_date": [detail for row in account.rows for detail in row.details],
        "due_date": [row.cells[2] for row in account.rows],
        "term_end": values["pay_by"],
        "term_sentence": values["term_sentence"],
        "consequence": say["consequence"],
        "goods": list(goods(facts)),
        "clause": values["retention_clause"],
        "statement": values["statement"],
    }


def open_principal(facts: LetterFacts) -> Decimal:
    return sum((line.open for line in facts.lines), ZERO) - facts.credits


def retention(facts: LetterFacts) -> str:
    if facts.step not in ("retention_reclaim", "reclaim_estate"):
        return ""
    return clause(facts.clause_law or facts.country, facts.language, facts.terms).text


def goods(facts: LetterFacts) -> tuple[str, ...]:
    """Each line of goods; where they are not given, what each invoice is about."""
    return facts.goods or tuple(f"{line.description} ({line.number})" for line in facts.lines)


def registration(facts: LetterFacts) -> str:
    """'ondernemingsnummer 0403.019.261', 'KvK 12345678', or the number as it was given."""
    number = "".join((facts.seller.registration or "").split())
    say = words(facts.language, facts.country)
    bare = number.replace(".", "").removeprefix("BE")
    if bare.isdigit() and len(bare) == 10:
        return f"{say['enterprise_number']} {enterprise_number(bare)}"
    return f"KvK {bare}" if bare.isdigit() and len(bare) == 8 else (facts.seller.registration or "")


def greeting(facts: LetterFacts, warm: bool) -> str:
    """For whom the letter is; a script for the own telephone has none."""
    if facts.step == "call_script":
        return ""
    say = words(facts.language, facts.country)
    name = facts.debtor.contact or (facts.debtor.name if facts.debtor_kind == "consumer" else None)
    if warm and name:
        return str(say["greeting_warm"].format(name=name))
    return str(say["greeting_open"] if warm else say["greeting_formal"])


def signature(facts: LetterFacts) -> tuple[str, ...]:
    if facts.step == "call_script":
        return ()
    say = words(facts.language, facts.country)
    seller = facts.seller
    reach = " · ".join(part for part in (seller.phone, seller.email) if part)
    number = registration(facts)
    lines = (say["closing"], seller.contact, seller.name, number[:1].upper() + number[1:], reach)
    return tuple(str(line) for line in lines if line)


def title(facts: LetterFacts) -> str:
    name = name_of(facts, facts.step)
    return name[:1].upper() + name[1:]


def paragraphs(text: str) -> tuple[str, ...]:
    """Blocks between empty lines; inside a block a line break stays only before a dash, so texts may be wrapped."""
    blocks = (block.strip() for block in text.strip().split("\n\n"))
    return tuple(block.replace("\n- ", "\0").replace("\n", " ").replace("\0", "\n- ") for block in blocks if block)
