"""What a payment plan sends out: the agreement to sign, and the written request for a missed instalment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection

from connectors.ports import Attachment, Mail
from flows.dress import brand_look
from flows.envelope import message_id, pack, pictures
from flows.letter_facts import Subject, letter_facts
from flows.workspace import Workspace
from receivables.claims import HoldKind
from receivables.ledger import agreements, claim_data
from receivables.ledger.agreements import AHEAD_LETTER, INSTALMENT_LETTER, PLAN_LETTER, Agreement
from receivables.ledger.claim_data import DebtorRecord, SellerRecord
from receivables.ledger.dispatch import plan as plan_dispatch
from receivables.ledger.outbox import Dispatch
from receivables.ledger.tasks import open_task
from receivables.letters.compose import compose
from receivables.letters.instalment_mail import Missed, instalment_mail
from receivables.letters.invoice_mail import InvoiceMail
from receivables.letters.model import Instalment as Printed
from receivables.letters.model import LetterFacts
from receivables.letters.paper import letter_pdf
from receivables.plans import Instalment, Plan, Standing, ahead, stand

PLAN_FILE = {
    "nl": "afbetalingsplan.pdf",
    "fr": "plan-de-paiement.pdf",
    "de": "Zahlungsplan.pdf",
    "en": "payment-plan.pdf",
}
NO_ADDRESS = "there is no e-mail address"


def plan_letter(
    connection: Connection, workspace: Workspace, subject: Subject, plan: Plan, key: str
) -> tuple[int | None, bytes]:
    """The agreement on paper, and its dispatch; None where there is no address: a person is asked to send it then."""
    facts = plan_facts(letter_facts(subject, workspace.store), plan)
    words = compose(facts, own=workspace.letters)
    paper = letter_pdf(facts, words, workspace.look(subject.seller.ref, brand_look(subject.seller.details)))
    debtor, on = subject.debtor, subject.on
    if not debtor.email:
        kept = workspace.store.put(paper)
        text = f"Print the payment plan {key} of {debtor.name} and send it: {NO_ADDRESS}. It is kept as {kept}."
        open_task(connection, key=f"plan_letter:{key}", kind="plan_letter", text=text, on=on, debtor_id=debtor.id)
        return None, paper
    attached = Attachment(filename=PLAN_FILE[debtor.language], mime="application/pdf", content=paper)
    said = InvoiceMail(words.subject, words.text, words.html, words.code)
    return post(connection, workspace, debtor, PLAN_LETTER, key, "1", said, on, (attached,)), paper


def plan_facts(facts: LetterFacts, plan: Plan) -> LetterFacts:
    """A letter about the same invoices that says how they are paid."""
    return replace(
        facts,
        step="plan_agreement",
        lines=tuple(replace(line, step="plan_agreement") for line in facts.lines),
        instalments=tuple(Printed(due=one.due, amount=one.amount) for one in plan.instalments),
        conditions=plan.conditions,
        grace_days=plan.grace_days,
        pay_by=max(plan.instalments[-1].due, facts.on + timedelta(days=1)),
        invoices_enclosed=False,
    )


def ask_for(
    connection: Connection,
    workspace: Workspace,
    found: Agreement,
    plan: Plan,
    one: Instalment,
    now: Standing,
    on: date,
) -> str:
    """Plans the written request for a missed instalment, once; in words what was planned."""
    seller = claim_data.seller(connection, found.seller)
    debtor = claim_data.debtor(connection, found.debtor_id)
    what = f"{debtor.name}: the instalment of {one.due} on {', '.join(found.numbers)}"
    if not debtor.email:
        text = f"{what} is missed. Ask for it in writing: {NO_ADDRESS}."
        key = f"instalment:{found.key}/{one.due}"
        open_task(connection, key=key, kind="instalment", text=text, on=on, debtor_id=debtor.id)
        return text
    missed = described(seller, found, plan, one, now, on)
    said = instalment_mail(missed, debtor.language)
    post(connection, workspace, debtor, INSTALMENT_LETTER, found.key, one.due.isoformat(), said, on)
    return f"{what} is asked for in writing"


def note_ahead(
    connection: Connection,
    workspace: Workspace,
    found: Agreement,
    plan: Plan,
    one: Instalment,
    now: Standing,
    on: date,
) -> list[str]:
    """Plans the note ahead of an instalment, once; in words what was planned. Nobody without an address is bothered."""
    debtor = claim_data.debtor(connection, found.debtor_id)
    if not debtor.email or agreements.noted_ahead(connection, found, one.due):
        return []
    coming = described(claim_data.seller(connection, found.seller), found, plan, one, now, on)
    said = instalment_mail(coming, debtor.language, "ahead")
    post(connection, workspace, debtor, AHEAD_LETTER, found.key, one.due.isoformat(), said, on)
    return [f"{debtor.name}: the instalment of {one.due} on {', '.join(found.numbers)} is announced"]


def described(seller: SellerRecord, found: Agreement, plan: Plan, one: Instalment, now: Standing, on: date) -> Missed:
    contact = (seller.details.get("contact") or {}).get("name")
    return Missed(
        numbers=found.numbers,
        due=one.due,
        missing=one.by_then - now.paid,
        balance=found.still_open,
        currency=found.currency,
        pay_by=on + timedelta(days=plan.grace_days),
        grace_days=plan.grace_days,
        reference=str(found.details.get("reference") or found.numbers[0]),
        iban=str(seller.details.get("iban") or ""),
        seller=seller.name,
        contact=contact or seller.name,
        country=seller.country,
    )


def post(
    connection: Connection,
    workspace: Workspace,
    debtor: DebtorRecord,
    kind: str,
    key: str,
    occurrence: str,
    said: InvoiceMail,
    on: date,
    attachments: tuple[Attachment, ...] = (),
) -> int:
    """Plans one mail about a plan; the dispatch's id."""
    settings = workspace.settings.seller(debtor.seller)
    mail = Mail(
        message_id=message_id(debtor.seller, kind, key, occurrence, settings.sender),
        sender=settings.sender,
        reply_to=settings.reply_to,
        to=debtor.email or "",
        subject=said.subject,
        text=said.text,
        html=said.html,
        pictures=pictures(said.code),
        attachments=attachments,
        language=debtor.language,
        date=on,
    )
    content, details = pack(mail, workspace.store)
    return plan_dispatch(
        connection,
        seller=debtor.seller,
        kind=kind,
        subject=key,
        occurrence=occurrence,
        channel="email",
        receiver=mail.to,
        content=content,
        details=details,
        on=on,
        at=workspace.now(),
    )


def unwanted(connection: Connection, dispatch: Dispatch, known_until: date | None, on: date) -> str | None:
    """At the moment of sending: why a letter about a plan must not go out any more, or None."""
    standing = agreements.standing(connection, HoldKind.PLAN)
    found = next((one for one in standing if (one.key, one.seller) == (dispatch.subject, dispatch.seller)), None)
    if found is None:
        return "plan_ended: the plan does not stand any more"
    if dispatch.kind == PLAN_LETTER:
        return None
    came = agreements.receipts(connection, found.invoice_ids, found.currency, found.since, credits=True)
    now = stand(agreements.plan_in(found), came, found.still_open, {}, known_until, on)
    due = date.fromisoformat(dispatch.occurrence.split("~")[0])
    if dispatch.kind == AHEAD_LETTER:
        coming = ahead(agreements.plan_in(found), now.paid, (due - on).days, on)
        return None if coming and coming.due == due else f"paid: the instalment of {due} was paid, or its day has come"
    still_missed = now.ask
    return None if any(one.due == due for one in still_missed) else f"paid: the instalment of {due} has come in"
