"""Plans one message to one debtor: the letter, what it asks, the invoices that go with it, each claim's own step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from connectors.ports import Attachment, Mail
from flows.accessories import raise_accessories
from flows.demands import principal_only, reckon
from flows.dress import brand_look
from flows.envelope import message_id, pack
from flows.issue import file_name
from flows.law import table_of
from flows.letter_facts import Subject, letter_facts
from flows.workspace import Workspace
from receivables.claims import ClaimFacts, DebtorFacts
from receivables.decide import Action
from receivables.law.regime import Regime
from receivables.ledger import claim_data
from receivables.ledger.dispatch import plan
from receivables.ledger.notices import add_steps, request_payment
from receivables.letters.compose import compose
from receivables.letters.paper import letter_pdf

NOTICE = "notice"
LETTER = {"nl": "brief.pdf", "fr": "lettre.pdf", "de": "Brief.pdf", "en": "letter.pdf"}


def plan_notice(
    connection: Connection,
    workspace: Workspace,
    facts: DebtorFacts,
    regime: Regime,
    action: Action,
    claims: Sequence[ClaimFacts],
    on: date,
) -> int:
    """Writes the message down in the caller's transaction, with its payment request; returns the dispatch's id."""
    subject = subject_of(connection, workspace, facts, regime, action, claims, on)
    mail = mail_of(workspace, subject)
    content, details = pack(mail, workspace.store)
    dispatch_id = plan(
        connection,
        seller=facts.seller,
        kind=NOTICE,
        subject=about(subject),
        occurrence=occurrence_of(action),
        channel="email",
        receiver=mail.to,
        content=content,
        details=details,
        on=on,
        at=workspace.now(),
    )
    add_steps(connection, dispatch_id, action.claims, subject.request.id)
    return dispatch_id


def subject_of(
    connection: Connection,
    workspace: Workspace,
    facts: DebtorFacts,
    regime: Regime,
    action: Action,
    claims: Sequence[ClaimFacts],
    on: date,
) -> Subject:
    """Reckons what the step demands, raises it as claims of their own, and makes one payment request of it all."""
    seller = claim_data.seller(connection, facts.seller)
    reckoned = principal_only(claims)
    if action.accessories:
        asked = {"interest": action.interest, "fees": action.fees}
        table = table_of(workspace.root)
        reckoned = reckon(connection, claims, facts, regime, action.step, on, table=table, **asked)
        raise_accessories(connection, reckoned, on=on, at=workspace.now())
    ids = [claim.invoice_id for claim in claims]
    request = request_payment(
        connection,
        seller=facts.seller,
        country=seller.country,
        debtor_id=facts.debtor_id,
        invoice_ids=ids,
        currency=claims[0].currency,
        on=on,
    )
    following = workspace.policy.ladder_for(regime.country, facts.kind, facts.ladder).after(frozenset({action.step}))
    return Subject(
        action=action,
        regime=regime,
        seller=seller,
        debtor=claim_data.debtor(connection, facts.debtor_id),
        reckoned=reckoned,
        records=claim_data.invoice_records(connection, ids),
        request=request,
        credits_open=facts.open_credits,
        next_step_after=following.wait if following else 14,
        on=on,
    )


def about(subject: Subject) -> str:
    return f"debtor/{subject.debtor.ref}"


def occurrence_of(action: Action) -> str:
    """The leading step, on which invoice, for the nth time: never the amount, the text or the address."""
    leading = next(claim for claim in action.claims if claim.step is action.step)
    return f"{action.step}/{leading.number}/{leading.occurrence}"


def mail_of(workspace: Workspace, subject: Subject) -> Mail:
    """The letter as mail and as PDF, with the invoices: the usual answer to a reminder is 'please send it again'."""
    debtor, settings = subject.debtor, workspace.settings.seller(subject.seller.ref)
    letter = letter_facts(subject, workspace.store)
    words = compose(letter)
    paper = letter_pdf(letter, words, brand_look(subject.seller.details))
    attachments = [Attachment(filename=LETTER[debtor.language], mime="application/pdf", content=paper)]
    for record in subject.records:
        pdf = workspace.store.get(record.paper)
        attachments.append(Attachment(filename=f"{file_name(record.number)}.pdf", mime="application/pdf", content=pdf))
    occurrence = occurrence_of(subject.action)
    return Mail(
        message_id=message_id(subject.seller.ref, NOTICE, about(subject), occurrence, settings.sender),
        sender=settings.sender,
        reply_to=settings.reply_to,
        to=debtor.email or "",
        subject=words.subject,
        text=words.text,
        html=words.html,
        attachments=tuple(attachments),
        language=debtor.language,
        date=subject.on,
    )
