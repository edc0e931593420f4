"""Plans one message to one debtor: the letter, what it asks, the invoices that travel with it, each claim's own step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from connectors.ports import Attachment, Mail
from flows.accessories import raise_accessories
from flows.demands import principal_only, reckon
from flows.envelope import message_id, pack
from flows.issue import file_name
from flows.workspace import Workspace
from receivables.claims import ClaimFacts, DebtorFacts
from receivables.decide import Action
from receivables.law.regime import Regime
from receivables.ledger import claim_data
from receivables.ledger.dispatch import plan
from receivables.ledger.notices import add_steps, request_payment


def plan_notice(
    connection: Connection,
    workspace: Workspace,
    facts: DebtorFacts,
    regime: Regime,
    action: Action,
    claims: Sequence[ClaimFacts],
    on: date,
) -> int:
    if action.accessories:
        reckoned = reckon(connection, claims, facts, regime, action.step, on)
        raise_accessories(connection, reckoned, on=on, at=workspace.now())
    else:
        reckoned = principal_only(claims)
    seller = claim_data.seller(connection, facts.seller)
    debtor = claim_data.debtor(connection, facts.debtor_id)
    request = request_payment(
        connection,
        seller=facts.seller,
        country=seller.country,
        debtor_id=facts.debtor_id,
        invoice_ids=[c.invoice_id for c in claims],
        currency=claims[0].currency,
        on=on,
    )
    leading = action.claims[0]
    occurrence = f"{action.step}/{leading.number}/{leading.occurrence}"
    subject = f"debtor/{facts.ref}"
    settings = workspace.settings.seller(facts.seller)
    records = claim_data.invoice_records(connection, [c.invoice_id for c in claims])
    attachments = []
    for record in records:
        name = file_name(record.number)
        attachments.append(
            Attachment(filename=f"{name}.pdf", mime="application/pdf", content=workspace.store.get(record.paper))
        )
    mail = Mail(
        message_id=message_id(facts.seller, "notice", subject, occurrence, settings.sender),
        sender=settings.sender,
        reply_to=settings.reply_to,
        to=debtor.email or "",
        subject=f"{action.step} {request.reference}",
        text=f"{action.step} {request.demanded}",
        html=None,
        attachments=tuple(attachments),
        language=debtor.language,
        date=on,
    )
    content, details = pack(mail, workspace.store)
    dispatch_id = plan(
        connection,
        seller=facts.seller,
        kind="notice",
        subject=subject,
        occurrence=occurrence,
        channel="email",
        receiver=mail.to,
        content=content,
        details=details,
        on=on,
        at=workspace.now(),
    )
    add_steps(connection, dispatch_id, action.claims, request.id)
    return dispatch_id
