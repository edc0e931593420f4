"""Plans one message to one debtor: the letter, what it asks, the invoices that go with it, each claim's own step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from connectors.ports import Attachment, Mail
from flows.accessories import raise_accessories
from flows.demands import principal_only, reckon
from flows.dress import brand_look
from flows.envelope import message_id, pack, pictures
from flows.issue import file_name
from flows.law import table_of
from flows.letter_facts import Subject, letter_facts
from flows.post_envelope import envelope
from flows.recipient import recipient
from flows.workspace import Workspace
from receivables.claims import ClaimFacts, DebtorFacts
from receivables.decide import UNDONE, Action, ClaimStep, behaviour_of, ladder_for_claim, ladder_of
from receivables.ladder import Ladder
from receivables.law.regime import Regime
from receivables.ledger import claim_data
from receivables.ledger.dispatch import plan
from receivables.ledger.notices import add_steps, request_payment
from receivables.letters.compose import compose
from receivables.letters.paper import letter_pdf

NOTICE = "notice"
LAST_WAIT = 14
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
    channel, receiver, content, details = packed(workspace, subject)
    dispatch_id = plan(
        connection,
        seller=facts.seller,
        kind=NOTICE,
        subject=about(subject),
        occurrence=occurrence_of(action),
        channel=channel,
        receiver=receiver,
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
    debtor = claim_data.debtor(connection, facts.debtor_id)
    to = recipient(debtor, action.role, facts.contacts)
    ladders = {claim.invoice_id: climbed(workspace, facts, claim, regime, on) for claim in claims}
    return Subject(
        action=action,
        regime=regime,
        seller=seller,
        debtor=debtor,
        to=to,
        labels=labels_of(action, ladders, to.language),
        reckoned=reckoned,
        records=claim_data.invoice_records(connection, ids),
        request=request,
        credits_open=facts.open_credits,
        next_step_after=next_wait(action, ladders, claims),
        payment_link=workspace.settings.seller(facts.seller).payment_link,
        on=on,
    )


def climbed(workspace: Workspace, facts: DebtorFacts, claim: ClaimFacts, regime: Regime, on: date) -> Ladder:
    """The ladder that the claim climbs, as the decision took it."""
    behaviour = behaviour_of(facts, workspace.policy, on)
    usual = ladder_of(facts, workspace.policy, regime.country, behaviour)
    return ladder_for_claim(facts, claim, workspace.policy, regime.country, usual, behaviour)


def labels_of(action: Action, ladders: Mapping[int, Ladder], language: str) -> dict[str, str]:
    """The house's own names of the steps in this message."""
    steps = {claim.step: ladders[claim.invoice_id] for claim in action.claims}
    rungs = [rung for step, ladder in steps.items() for rung in ladder.steps if rung.step is step]
    return {rung.step: name for rung in rungs if (name := rung.name_in(language))}


def next_wait(action: Action, ladders: Mapping[int, Ladder], claims: Sequence[ClaimFacts]) -> int:
    """Days until the leading claim's next step, 14 where the ladder ends."""
    leading = leading_claim(action)
    claim = next(one for one in claims if one.invoice_id == leading.invoice_id)
    taken = [n.step for n in claim.notices if n.state not in UNDONE]
    following = ladders[leading.invoice_id].after([*taken, action.step])
    return following.wait if following else LAST_WAIT


def leading_claim(action: Action) -> ClaimStep:
    return next(claim for claim in action.claims if claim.step is action.step)


def about(subject: Subject) -> str:
    return f"debtor/{subject.debtor.ref}"


def occurrence_of(action: Action) -> str:
    """The leading step, on which invoice, for the nth time: never the amount, the text or the address."""
    leading = leading_claim(action)
    return f"{action.step}/{leading.number}/{leading.occurrence}"


def packed(workspace: Workspace, subject: Subject) -> tuple[str, str, str, dict[str, Any]]:
    """The channel, the receiver, the content's hash and the details that a dispatch keeps."""
    if subject.action.channel == "post":
        facts = letter_facts(subject, workspace.store)
        words = compose(facts, template=subject.action.template, own=workspace.letters)
        sheets = enclosed(
            workspace,
            subject,
            letter_pdf(facts, words, workspace.look(subject.seller.ref, brand_look(subject.seller.details))),
        )
        kept = envelope(
            subject.debtor.name,
            subject.debtor.details["address"],
            subject.regime.country,
            sheets,
            subject.on,
            workspace.store,
        )
        return "post", ", ".join((kept["to"], *kept["address"])), kept["sheets"][0]["content"], kept
    mail = mail_of(workspace, subject)
    return "email", mail.to, *pack(mail, workspace.store)


def mail_of(workspace: Workspace, subject: Subject) -> Mail:
    """The letter as mail and as PDF, with the invoices."""
    to, settings = subject.to or recipient(subject.debtor, None, ()), workspace.settings.seller(subject.seller.ref)
    letter = letter_facts(subject, workspace.store)
    words = compose(letter, template=subject.action.template, own=workspace.letters)
    paper = letter_pdf(letter, words, workspace.look(subject.seller.ref, brand_look(subject.seller.details)))
    occurrence = occurrence_of(subject.action)
    return Mail(
        message_id=message_id(subject.seller.ref, NOTICE, about(subject), occurrence, settings.sender),
        sender=settings.sender,
        reply_to=settings.reply_to,
        to=to.email or "",
        subject=words.subject,
        text=words.text,
        html=words.html,
        pictures=pictures(words.code),
        attachments=tuple(enclosed(workspace, subject, paper)),
        language=to.language,
        date=subject.on,
    )


def enclosed(workspace: Workspace, subject: Subject, paper: bytes) -> list[Attachment]:
    """The letter and a copy of each invoice: the usual answer to a reminder is 'please send it again'."""
    to = subject.to or recipient(subject.debtor, None, ())
    files = {LETTER[to.language]: paper}
    files |= {f"{file_name(record.number)}.pdf": workspace.store.get(record.paper) for record in subject.records}
    return [Attachment(filename=name, mime="application/pdf", content=pdf) for name, pdf in files.items()]
