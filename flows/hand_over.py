"""A hand-over: asked of a person with its dossier, decided with a one-time code, then sent and followed to its end."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from flows.accessories import raise_accessories
from flows.agency_money import await_money
from flows.approval_mail import plan_code
from flows.claim_files import ClaimDossier, Recipient, dossier
from flows.demands import Reckoning
from flows.dress import brand_look
from flows.handover_following import follow_one, take_back
from flows.settings import Agency, BadSettings
from flows.settings import Approver as ApproverSettings
from flows.workspace import Workspace
from receivables.approval import Approver, NotDecided, Signature, shown_hash
from receivables.claim_file import ClaimFile
from receivables.claims import ZERO, DebtorFacts
from receivables.dossier import archive_name, claim_in
from receivables.law.regime import Regime
from receivables.ledger import approvals, claim_data, handovers
from receivables.ledger.approvals import Approval
from receivables.ledger.database import reading, writing
from receivables.ledger.dispatch import plan
from receivables.ledger.handover_news import newest_allocation
from receivables.ledger.handovers import Handover
from receivables.ledger.tasks import open_task
from receivables.money import to_minor
from receivables.placing import place
from receivables.relation import alternatives, relation


@dataclass(frozen=True, slots=True)
class Decided:
    """The request's `state` now. `taken`: the vote counts; else `sentence` says why nothing was decided."""

    state: str
    sentence: str = ""
    taken: bool = True


def ask(
    connection: Connection,
    workspace: Workspace,
    facts: DebtorFacts,
    reckoned: list[Reckoning],
    regime: Regime,
    on: date,
) -> int | None:
    """Puts the hand-over of `reckoned` before the approvers, with its dossier.

    None where no partner may take it, or where the dossier lacks what the law or the partner cannot do without: a
    person is told what to mend, and it is asked when that is done.
    """
    partner = partner_of(workspace, facts, sum((r.claim.open_principal for r in reckoned), ZERO))
    if partner is None:
        text = f"No agency may take the claim on {facts.name}: name one for seller '{facts.seller}' in the settings."
        key = f"no_agency:{facts.seller}/{facts.ref}"
        open_task(connection, key=key, kind="no_agency", text=text, on=on, debtor_id=facts.debtor_id)
        return None
    key = approvals.next_key(connection, facts.seller, facts.ref)
    to = recipient_of(connection, workspace, partner, facts.seller)
    made = dossier(connection, workspace.store, facts.debtor_id, reckoned, key, regime, to, on)
    if made.blocked:
        tell_incomplete(connection, facts, partner, made, on)
        return None
    raise_accessories(connection, reckoned, on=on, at=workspace.now())
    return put_before(connection, workspace, facts, made, [r.claim.invoice_id for r in reckoned], partner.name, on)


def put_before(
    connection: Connection,
    workspace: Workspace,
    facts: DebtorFacts,
    made: ClaimDossier,
    invoices: list[int],
    partner: str,
    on: date,
) -> int:
    """Writes the request down with what is shown, and plans a code for every approver; the request's id."""
    claim = made.claim
    content = workspace.store.put(made.archive)
    above = workspace.settings.approval.two_persons_above
    claims = [known for known in facts.claims if known.invoice_id in invoices]
    beside = {
        "relation": list(relation(facts, on)),
        "alternatives": list(alternatives(facts, claims)),
        "persons": 2 if above is not None and claim.total > above else 1,
        "partner": partner,
    }
    shown = shown_hash(content, beside)
    details = beside | {
        "invoices": invoices,
        "open": approvals.open_sum(connection, invoices),
        "numbers": [invoice.number for invoice in claim.invoices],
        "currency": claim.currency,
        "demanded": to_minor(claim.total, claim.currency),
        "missing": list(claim.missing),
    }
    found = approvals.ask(
        connection,
        debtor_id=facts.debtor_id,
        key=claim.reference,
        shown=shown,
        content=content,
        details=details,
        on=on,
        at=workspace.now(),
    )
    mail_codes(connection, workspace, facts.seller, approvals.approval(connection, found), claim, on)
    return found


def remind(workspace: Workspace, on: date) -> None:
    """Mails the code anew to everybody who can still decide, each time the policy's patience has passed."""
    patience = workspace.settings.approval.remind_after_days
    with writing(workspace.engine) as connection:
        for asked in approvals.pending(connection):
            times = (on - asked.requested).days // patience
            if times > 0:
                claim = claim_in(workspace.store.get(asked.content))
                since = asked.requested + timedelta(days=times * patience)  # the same message until the next is due
                mail_codes(connection, workspace, asked.seller, asked, claim, since, times)


def mail_codes(
    connection: Connection,
    workspace: Workspace,
    seller: str,
    asked: Approval,
    claim: ClaimFile,
    on: date,
    reminder: int = 0,
) -> None:
    """Plans a message to each approver who may decide and has not; `reminder` counts from 1, 0 is the first message."""
    roles = workspace.settings.approval.roles
    voted = {vote.approver for vote in approvals.votes(connection, asked.id)}
    for approver in workspace.settings.approvers:
        if approver.name not in voted and (not roles or approver.role in roles):
            plan_code(connection, workspace, approver, seller, asked, claim, on, reminder)


def tell_incomplete(connection: Connection, facts: DebtorFacts, partner: Agency, made: ClaimDossier, on: date) -> None:
    """A task that names what blocks the hand-over; once for each set of things that are missing."""
    lacks = "; ".join(made.blocked)
    digest = hashlib.sha256(lacks.encode()).hexdigest()[:16]
    text = f"{facts.name} cannot be handed over to {partner.name} yet. The dossier lacks {lacks}."
    key = f"dossier_incomplete:{facts.debtor_id}:{digest}"
    open_task(connection, key=key, kind="dossier_incomplete", text=text, on=on, debtor_id=facts.debtor_id)


def recipient_of(connection: Connection, workspace: Workspace, partner: Agency, seller: str) -> Recipient:
    """How the dossier is addressed to `partner`: in its own language, else the seller's."""
    details = claim_data.seller(connection, seller).details
    return Recipient(
        name=partner.name,
        language=partner.language or details.get("language") or "en",
        needs=partner.all_needs,
        key=workspace.signing_key,
        look=workspace.look(seller, brand_look(details)),
    )


def partner_of(workspace: Workspace, facts: DebtorFacts, principal: Decimal) -> Agency | None:
    """The agency whose rule the claim fits, else the seller's own; None where none may take this kind of debtor."""
    try:
        named = workspace.settings.seller(facts.seller).agency
    except BadSettings:
        return None
    known = {agency.name: agency for agency in workspace.settings.agencies}
    chosen = place([agency.route for agency in known.values()], named, facts.kind, facts.country, principal)
    return known[chosen.name] if chosen else None


VOIDED = {
    approvals.CHANGED: "the claim is no longer what you were shown: nothing was decided, and it will be asked again",
    approvals.INSOLVENT: "the customer is insolvent: nothing was decided, and it is not asked again; the claim goes to "
    "the administrator",
}


def void_outdated(workspace: Workspace, asked: Approval, on: date) -> str | None:
    """Takes back a pending request whose claim was paid or credited in part, or whose customer is insolvent; why."""
    if asked.state != approvals.PENDING:
        return None
    with writing(workspace.engine) as connection:
        return approvals.void_if_outdated(connection, asked, on=on, at=workspace.now())


def decide(workspace: Workspace, approval_id: int, signature: Signature, on: date) -> Decided:
    """A person's decision: written once, or refused with the sentence that says why. Approved is planned at once."""
    approver = next((known(a) for a in workspace.settings.approvers if a.name == signature.approver), None)
    roles = workspace.settings.approval.roles
    with reading(workspace.engine) as connection:
        asked = approvals.approval(connection, approval_id)
    if (why := void_outdated(workspace, asked, on)) is not None:
        return Decided(approvals.VOID, VOIDED[why], taken=False)
    try:
        with writing(workspace.engine) as connection:
            state = approvals.decide(connection, asked, signature, approver, roles, on=on, at=workspace.now())
    except NotDecided as problem:
        if asked.state == approvals.PENDING:
            with writing(workspace.engine) as connection:
                approvals.count_wrong(connection, asked, on=on, at=workspace.now())
        return Decided(asked.state, str(problem), taken=False)
    if state == approvals.PENDING:
        return Decided(state, "a second person must approve: nothing leaves before that")
    plan_handovers(workspace, on)
    return Decided(state)


def known(approver: ApproverSettings) -> Approver:
    """The approver with the secret that makes the codes."""
    return Approver(name=approver.name, role=approver.role, method=approver.method, secret=approver.secret.value())


def plan_handovers(workspace: Workspace, on: date) -> None:
    """Every approved hand-over gets its dispatch; run again after a crash it finds what is left to plan."""
    with writing(workspace.engine) as connection:
        for one in handovers.under_way(connection):
            if one.dispatch_id is None:
                asked = approvals.approval(connection, one.approval_id)
                handovers.note_dispatch(connection, one, plan_handover(connection, workspace, one, asked, on))


def plan_handover(connection: Connection, workspace: Workspace, one: Handover, asked: Approval, on: date) -> int:
    return plan(
        connection,
        seller=one.seller,
        kind="handover",
        subject=one.debtor_ref,
        occurrence=str(asked.id),
        channel="agency",
        receiver=one.partner,
        content=asked.content,
        details={
            "filename": archive_name(asked.key, ".zip"),
            "invoices": list(one.invoice_ids),
            "open": asked.details["open"],
            "booked": newest_allocation(connection),
        },
        on=on,
        at=workspace.now(),
    )


def follow_handovers(workspace: Workspace, on: date) -> int:
    """Asks each agency how its claims stand and books what it collected; how many moved."""
    plan_handovers(workspace, on)
    take_back(workspace, on)
    remind(workspace, on)
    await_money(workspace, on)
    with reading(workspace.engine) as connection:
        waiting = approvals.pending(connection)
        open_ones = [one for one in handovers.under_way(connection) if one.dispatch_id is not None]
        partner_ids = handovers.partner_ids(connection, [one.id for one in open_ones])
    for asked in waiting:
        void_outdated(workspace, asked, on)
    return sum(follow_one(workspace, one, partner_ids.get(one.id), on) for one in open_ones)
