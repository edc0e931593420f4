"""Taking unpaid goods back: one letter to the buyer, or to the administrator of its estate, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from connectors.ports import Attachment
from flows.claim_invoices import goods_sold, law_of_clause
from flows.demands import principal_only, regime_of
from flows.dress import brand_look
from flows.facts import all_facts
from flows.goods import Goods, unpaid
from flows.issue import file_name
from flows.letter_facts import Subject, letter_facts
from flows.notices import LETTER
from flows.side_letters import ByHand, NoAddress, SideLetter, plan_side_letter
from flows.workspace import Workspace
from receivables.claims import ZERO, DebtorFacts, HoldKind, ItemKind, Step
from receivables.decide import UNDONE, Action, ClaimStep
from receivables.insolvency import Administrator
from receivables.ledger import claim_data, insolvencies, journal, lookup, outbox
from receivables.ledger.claim_course import RECLAIM
from receivables.ledger.claim_data import DebtorRecord, InvoiceRecord
from receivables.ledger.database import trying, writing
from receivables.ledger.holds import open_hold
from receivables.ledger.insolvencies import Insolvency
from receivables.ledger.notices import request_payment
from receivables.ledger.tasks import open_task
from receivables.letters.compose import compose
from receivables.letters.elements import MissingElement, WrongSums
from receivables.letters.model import LetterFacts
from receivables.letters.paper import letter_pdf
from receivables.money import to_minor
from receivables.title import Basis
from ubl.read import read

TERM_DAYS = 14
CREDIT_WITHIN = 60  # days in which the ERP's credit note must end a claim whose sale was dissolved
STEPS = {
    (Basis.CLAUSE, False): "retention_reclaim",
    (Basis.CLAUSE, True): "reclaim_estate",
    (Basis.RIGHT_OF_RECLAIM, False): "right_of_reclaim",
    (Basis.RIGHT_OF_RECLAIM, True): "right_of_reclaim_estate",
}


class NotReclaimed(ValueError):
    """The goods cannot be taken back as asked; one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclaimed:
    """A letter that was planned; `dispatch` None where it was only shown. `by_day`: until when the goods are asked."""

    numbers: tuple[str, ...]
    basis: Basis
    to: str
    channel: ByHand
    by_day: date
    open: Decimal
    currency: str
    subject: str
    text: str
    file: str
    paper: bytes
    dispatch: int | None


def reclaim(
    workspace: Workspace,
    numbers: Sequence[str],
    *,
    by: str,
    on: date,
    channel: ByHand = "email",
    basis: Basis | None = None,
    seller: str | None = None,
    preview: bool = False,
) -> Reclaimed:
    """Plans the letter that takes back the unpaid goods on these invoices of one customer; `preview` only shows it.

    Under the clause the buyer may still pay; the Dutch right of reclaim dissolves the sale. In an insolvency the letter
    goes to the administrator. Each invoice is reclaimed once on each ground from each of them. Raises NotReclaimed,
    NotFound.
    """
    with trying(workspace.engine) if preview else writing(workspace.engine) as connection:
        goods, facts = goods_on(connection, workspace, numbers, seller, on)
        chosen = ground(goods, basis)
        estate = insolvencies.standing(connection, facts.debtor_id)
        debtor = addressee(connection, facts, chosen, estate)
        not_before(connection, goods, chosen, estate)
        try:
            letter = letter_of(connection, workspace, goods, facts, chosen, estate, debtor, on)
            made = planned(connection, workspace, goods, chosen, debtor, letter, channel, on)
        except (MissingElement, WrongSums, NoAddress) as problem:
            raise NotReclaimed(str(problem)) from problem
        follow(connection, workspace, goods, facts, made, estate, by, on)
    return replace(made, dispatch=None) if preview else made


def goods_on(
    connection: Connection, workspace: Workspace, numbers: Sequence[str], seller: str | None, on: date
) -> tuple[list[Goods], DebtorFacts]:
    found = [lookup.invoice(connection, number, seller) for number in dict.fromkeys(numbers)]
    if len({one.debtor_id for one in found}) != 1 or len({one.currency for one in found}) != 1:
        raise NotReclaimed("one letter takes back the goods of one customer in one currency: name its invoices only")
    goods = unpaid(connection, workspace, found[0].debtor_id, on, [one.id for one in found])
    known = {one.record.id for one in goods}
    paid = [one.number for one in found if one.id not in known]
    facts = next(all_facts(connection, workspace, on, found[0].debtor_id), None)
    if paid or facts is None:
        raise NotReclaimed(f"nothing is open on {paid[0] if paid else numbers[0]}: its goods are paid for")
    return goods, facts


def ground(goods: Sequence[Goods], basis: Basis | None) -> Basis:
    """The ground that all the goods have: the one asked for, else the clause before the right of reclaim."""
    for one in goods:
        if not one.can.grounds or (basis is not None and basis not in one.can.grounds):
            asked = f" by the {basis.replace('_', ' ')}" if basis is not None and one.can.grounds else ""
            raise NotReclaimed(f"the goods on {one.record.number} cannot be taken back{asked}: {one.can.why}")
    shared = [one for one in Basis if all(one in each.can.grounds for each in goods)]
    if not shared:
        raise NotReclaimed("these goods can be taken back on different grounds only: write a letter for each invoice")
    return basis or shared[0]


def addressee(connection: Connection, facts: DebtorFacts, basis: Basis, estate: Insolvency | None) -> DebtorRecord:
    """To whom the letter goes: the customer, or the administrator under the customer's record."""
    debtor = claim_data.debtor(connection, facts.debtor_id)
    if estate is None:
        return debtor
    law = claim_data.seller(connection, facts.seller).law
    if (estate.proceeding, law, basis) == ("reorganisation", "BE", Basis.CLAUSE):
        raise NotReclaimed(
            f"{facts.name} is in judicial reorganisation ({estate.reference}): title cannot be invoked while its "
            "moratorium lasts (art. 69-72 Pledge Act, as documented on seeds.law); agree on it with the administrator"
        )
    if estate.administrator is None:
        raise NotReclaimed(
            f"{facts.name} is insolvent ({estate.reference}): name the administrator first, "
            f"with voldaan insolvency administrator {facts.ref}"
        )
    return as_debtor(debtor, estate.administrator)


def as_debtor(debtor: DebtorRecord, to: Administrator) -> DebtorRecord:
    """The customer's record with the administrator's name and addresses: to whom the post goes."""
    address = {"street": to.street, "postal_code": to.postal_code, "city": to.city, "country": to.country}
    details = {**debtor.details, "address": address, "contact": None}
    return replace(debtor, name=to.name, email=to.email, language=to.language, country=to.country, details=details)


def not_before(connection: Connection, goods: Sequence[Goods], basis: Basis, estate: Insolvency | None) -> None:
    """Raises NotReclaimed where a letter about any of the goods went the same way already."""
    numbers = {one.record.id: one.record.number for one in goods}
    for sent in outbox.of_subject(connection, goods[0].seller, RECLAIM, goods[0].debtor):
        same = (sent.details["basis"], sent.details["administrator"]) == (basis, estate is not None)
        again = [numbers[i] for i in sent.details["invoices"] if i in numbers]
        if same and again and sent.state not in UNDONE:
            raise NotReclaimed(f"the goods on {again[0]} were reclaimed on {sent.planned} already ({sent.state})")


def letter_of(
    connection: Connection,
    workspace: Workspace,
    goods: Sequence[Goods],
    facts: DebtorFacts,
    basis: Basis,
    estate: Insolvency | None,
    debtor: DebtorRecord,
    on: date,
) -> LetterFacts:
    """What the letter says: the price that is open, without interest and costs, and each line of goods."""
    seller = claim_data.seller(connection, facts.seller)
    records = [one.record for one in goods]
    ids = [record.id for record in records]
    steps = tuple(ClaimStep(record.id, record.number, Step.REMINDER, 1) for record in records)
    subject = Subject(
        action=Action(step=Step.REMINDER, claims=steps, approval=False, accessories=False),
        regime=regime_of(facts, seller.law, on),
        seller=seller,
        debtor=debtor,
        reckoned=principal_only([claim for claim in facts.claims if claim.invoice_id in ids]),
        records=records,
        request=request_payment(
            connection,
            seller=facts.seller,
            country=seller.country,
            debtor_id=facts.debtor_id,
            invoice_ids=ids,
            currency=records[0].currency,
            on=on,
            kinds=(ItemKind.PRINCIPAL,),
        ),
        credits_open=ZERO if estate is not None else facts.open_credits,
        next_step_after=TERM_DAYS,
        on=on,
    )
    step = STEPS[basis, estate is not None]
    letter = letter_facts(subject, workspace.store)
    shown = [replace(line, step=step, received=None if estate else line.received) for line in letter.lines]
    return replace(
        letter,
        step=step,
        lines=tuple(shown),
        clause_law=law_of_clause(seller),
        goods=tuple(line for one in goods for line in lines_of(workspace, one)),
        buyer=facts.name if estate is not None else None,
        pay_by=on + timedelta(days=TERM_DAYS),
    )


def lines_of(workspace: Workspace, one: Goods) -> list[str]:
    """'3 × Pump (CP-65), 2026-0007, Zeedijk 64, 8400 Oostende': the goods, their invoice and where they went."""
    where = ", ".join(part for part in (one.record.number, one.title.place) if part)
    return [f"{line}, {where}" for line in goods_sold(one.record, read(workspace.store.get(one.record.ubl)))]


def planned(
    connection: Connection,
    workspace: Workspace,
    goods: Sequence[Goods],
    basis: Basis,
    debtor: DebtorRecord,
    letter: LetterFacts,
    channel: ByHand,
    on: date,
) -> Reclaimed:
    """The letter's dispatch, under a key of its own."""
    seller = claim_data.seller(connection, debtor.seller)
    words = compose(letter, own=workspace.letters)
    paper = letter_pdf(letter, words, workspace.look(seller.ref, brand_look(seller.details)))
    first = Attachment(filename=LETTER[debtor.language], mime="application/pdf", content=paper)
    sheets = (first, *copies(workspace, [one.record for one in goods]))
    earlier = outbox.of_subject(connection, debtor.seller, RECLAIM, debtor.ref)
    side = SideLetter(
        kind=RECLAIM,
        about=debtor.ref,
        occurrence=f"{len(earlier) + 1}/{goods[0].record.number}",
        subject=words.subject,
        text=words.text,
        html=words.html,
        code=words.code,
        enclosed=sheets,
        sheets=sheets,
        details=kept_of(goods, basis, letter) | {"file": first.filename, "paper": workspace.store.put(paper)},
    )
    return Reclaimed(
        numbers=tuple(one.record.number for one in goods),
        basis=basis,
        to=debtor.name,
        channel=channel,
        by_day=letter.pay_by,
        open=letter.demanded,
        currency=letter.currency,
        subject=words.subject,
        text=words.text,
        file=first.filename,
        paper=paper,
        dispatch=plan_side_letter(connection, workspace, side, debtor, channel, letter.country, on),
    )


def kept_of(goods: Sequence[Goods], basis: Basis, letter: LetterFacts) -> dict[str, Any]:
    """What the last look needs to know, and those who must hear of it."""
    ends = [one.title.reclaim_until for one in goods if one.title.reclaim_until is not None]
    return {
        "basis": basis.value,
        "administrator": letter.buyer is not None,
        "debtor_id": goods[0].debtor_id,
        "invoices": [one.record.id for one in goods],
        "open": sum(to_minor(one.open, one.record.currency) for one in goods),
        "until": min(ends).isoformat() if basis is Basis.RIGHT_OF_RECLAIM else None,
        "by_day": letter.pay_by.isoformat(),
        "goods": [
            {"invoice": one.record.number, "goods": list(one.title.goods), "place": one.title.place} for one in goods
        ],
    }


def copies(workspace: Workspace, records: Sequence[InvoiceRecord]) -> tuple[Attachment, ...]:
    """The invoices on paper, to go with a letter."""
    return tuple(
        Attachment(filename=f"{file_name(r.number)}.pdf", mime="application/pdf", content=workspace.store.get(r.paper))
        for r in records
    )


def follow(
    connection: Connection,
    workspace: Workspace,
    goods: Sequence[Goods],
    facts: DebtorFacts,
    made: Reclaimed,
    estate: Insolvency | None,
    by: str,
    on: date,
) -> None:
    """The ladder waits for the goods, and a person is asked to fetch them. Whoever must hear of it is told once the
    letter has left.
    """
    dissolved = made.basis is Basis.RIGHT_OF_RECLAIM
    until = on + timedelta(days=CREDIT_WITHIN) if dissolved else made.by_day
    at = workspace.now()
    for one in goods:
        if estate is None:
            reason = f"goods reclaimed ({made.basis.replace('_', ' ')}) by {made.by_day}"
            open_hold(connection, one.record.id, HoldKind.MANUAL, owner=by, reason=reason, since=on, until=until, at=at)
        told: dict[str, journal.Json] = {"basis": made.basis.value, "dispatch": made.dispatch, "by": "person"}
        subject = journal.about_invoice(one.seller, one.record.number)
        journal.append(connection, at=at, on=on, kind="goods.reclaimed", subject=subject, facts=told)
    what = ", ".join(made.numbers)
    text = f"{facts.name}: agree with {made.to} when the goods on {what} are fetched; asked for by {made.by_day}."
    if dissolved:
        text += " The sale is dissolved (art. 7:39 BW): credit the goods in the ERP."
    key = f"goods:{made.dispatch}"
    open_task(connection, key=key, kind="goods", text=text, on=on, due=made.by_day, debtor_id=facts.debtor_id)
