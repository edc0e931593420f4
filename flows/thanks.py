"""The thank-you after a payment that had to be asked for: once, to who owes nothing more, where the policy wants it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection

from connectors.ports import Mail
from flows.envelope import message_id, pack
from flows.letter_facts import Subject, letter_facts
from flows.workspace import Workspace
from receivables.calendar import is_business_day
from receivables.claims import ZERO, ItemKind, Step
from receivables.decide import Action, ClaimStep
from receivables.law.regime import Regime, RegimeError, resolve
from receivables.ledger import claim_data
from receivables.ledger.database import writing
from receivables.ledger.notices import PaymentRequest
from receivables.ledger.planning import find, plan
from receivables.ledger.settled import Settled, settled_after_asking
from receivables.letters.compose import compose

KIND = "thank_you"


def thank(workspace: Workspace, on: date) -> int:
    """Plans the thank-yous of the day; how many there are. The same payment is thanked for once, whoever runs it."""
    within = workspace.policy.courtesy.thank_within
    if within is None:
        return 0
    with writing(workspace.engine) as connection:
        paid = settled_after_asking(connection, on - timedelta(days=within), on)
        return sum(thank_one(connection, workspace, one, on) for one in paid if one.last_contact < on)


def thank_one(connection: Connection, workspace: Workspace, settled: Settled, on: date) -> bool:
    """False where the day is closed, no law is held here for this debtor, or there is no address to write to."""
    seller = claim_data.seller(connection, settled.seller)
    debtor = claim_data.debtor(connection, settled.debtor_id)
    try:
        regime = resolve(seller.country, debtor.country, debtor.kind, on, seller.law)  # type: ignore[arg-type]
    except RegimeError:
        return False
    if not debtor.email or not is_business_day(regime.country, on):
        return False
    subject, occurrence = f"debtor/{debtor.ref}", f"{KIND}/{settled.last}"
    key = {"seller": settled.seller, "kind": KIND, "subject": subject, "occurrence": occurrence}
    if find(connection, key) is not None:
        return False
    settings = workspace.settings.seller(settled.seller)
    about = thanks_of(connection, settled, seller, debtor, regime, on)
    words = compose(replace(letter_facts(about, workspace.store), paid=settled.paid), own=workspace.letters)
    mail = Mail(
        message_id=message_id(settled.seller, KIND, subject, occurrence, settings.sender),
        sender=settings.sender,
        reply_to=settings.reply_to,
        to=debtor.email,
        subject=words.subject,
        text=words.text,
        html=words.html,
        attachments=(),
        language=debtor.language,
        date=on,
    )
    content, details = pack(mail, workspace.store)
    fixed = {"channel": "email", "receiver": mail.to, "content": content}
    plan(connection, **key, **fixed, details=details, on=on, at=workspace.now())
    return True


def thanks_of(
    connection: Connection,
    settled: Settled,
    seller: claim_data.SellerRecord,
    debtor: claim_data.DebtorRecord,
    regime: Regime,
    on: date,
) -> Subject:
    steps = tuple(ClaimStep(i, n, Step.THANK_YOU, 1) for i, n in zip(settled.invoice_ids, settled.numbers, strict=True))
    nothing = {invoice_id: {ItemKind.PRINCIPAL: ZERO} for invoice_id in settled.invoice_ids}
    return Subject(
        action=Action(step=Step.THANK_YOU, claims=steps, approval=False, accessories=False, tone="friendly"),
        regime=regime,
        seller=seller,
        debtor=debtor,
        reckoned=(),
        records=claim_data.invoice_records(connection, settled.invoice_ids),
        request=PaymentRequest(0, settled.numbers[0], ZERO, settled.currency, nothing),
        credits_open=ZERO,
        next_step_after=14,
        on=on,
    )
