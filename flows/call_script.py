"""What to say on the telephone: the script of a call, made from the same facts as a letter."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from flows.demands import principal_only, regime_of
from flows.facts import all_facts
from flows.letter_facts import Subject, letter_facts
from flows.workspace import Workspace
from receivables.claims import ItemKind, Step
from receivables.decide import Action, ClaimStep, behaviour_of
from receivables.ledger import claim_data
from receivables.ledger.notices import PaymentRequest
from receivables.ledger.tasks import Task, open_tasks
from receivables.letters.compose import compose


def script(connection: Connection, workspace: Workspace, call: Task) -> str | None:
    """The words for a call and all others that wait about the same debtor; None where nothing of it is open now."""
    on = workspace.today
    facts = next(all_facts(connection, workspace, on, call.debtor_id), None) if call.debtor_id else None
    if facts is None:
        return None
    wanted = {one.invoice_id for one in open_tasks(connection, "call", call.debtor_id)}
    claims = [claim for claim in facts.claims if claim.invoice_id in wanted]
    if not claims:
        return None
    seller = claim_data.seller(connection, facts.seller)
    records = claim_data.invoice_records(connection, [claim.invoice_id for claim in claims])
    tone = behaviour_of(facts, workspace.policy, on).tone
    steps = tuple(ClaimStep(claim.invoice_id, claim.number, Step.CALL, 1) for claim in claims)
    demanded = {claim.invoice_id: {ItemKind.PRINCIPAL: claim.open_principal} for claim in claims}
    total = sum((claim.open_principal for claim in claims), start=claims[0].open_principal * 0)
    subject = Subject(
        action=Action(step=Step.CALL, claims=steps, approval=False, accessories=False, tone=tone),
        regime=regime_of(facts, seller.law, on),
        seller=seller,
        debtor=claim_data.debtor(connection, facts.debtor_id),
        reckoned=principal_only(claims),
        records=records,
        request=PaymentRequest(0, records[0].reference or records[0].number, total, claims[0].currency, demanded),
        credits_open=facts.open_credits,
        next_step_after=workspace.policy.contact.call_patience,
        on=on,
    )
    letter = letter_facts(subject, workspace.store)
    phone = subject.debtor.details.get("phone")
    script = replace(letter, step="call_script", tone=tone, debtor=replace(letter.debtor, phone=phone))
    return compose(script, own=workspace.letters).text
