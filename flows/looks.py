"""The last look, at the moment of sending: a payment booked a minute ago stops a reminder."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from flows.approval_mail import KIND as APPROVAL
from flows.collect_again import unwanted as debit_notice_unwanted
from flows.demands import regime_of
from flows.facts import all_facts
from flows.filings import CLAIM
from flows.plan_letters import unwanted as plan_letter_unwanted
from flows.reclaim_look import unwanted as reclaim_unwanted
from flows.workspace import Workspace
from receivables.claims import HoldKind, ItemKind
from receivables.decide import last_look
from receivables.ledger import approvals, claim_data, handovers, lookup
from receivables.ledger.agreements import AHEAD_LETTER, INSTALMENT_LETTER, PLAN_LETTER
from receivables.ledger.bank_gaps import reach
from receivables.ledger.book import open_amounts
from receivables.ledger.claim_course import ESTATE_CLAIM, RECLAIM
from receivables.ledger.dispatch import LastLook
from receivables.ledger.handover_news import RECALL, UPDATE
from receivables.ledger.holds import standing
from receivables.ledger.mail_reports import stopped_for
from receivables.ledger.mandates import DEBIT_NOTICE
from receivables.ledger.notices import asked_of, debtor_of, steps_of
from receivables.ledger.outbox import Dispatch
from receivables.ledger.reports import REPORT
from receivables.ledger.sent_again import INVOICE, objection


def last_look_for(workspace: Workspace, on: date) -> LastLook:
    """A look for `dispatch.claim_next`: the reason for not sending, or None."""

    def look(connection: Connection, dispatch: Dispatch) -> str | None:
        if dispatch.kind == "notice":
            return notice_unwanted(connection, workspace, dispatch, on)
        if dispatch.kind == INVOICE:
            return resend_unwanted(connection, dispatch)
        if dispatch.kind == "handover":
            return handover_unwanted(connection, dispatch)
        if dispatch.kind in (UPDATE, RECALL):
            return news_unwanted(connection, dispatch)
        if dispatch.kind == APPROVAL:
            return approval_unwanted(connection, dispatch)
        if dispatch.kind in (REPORT, CLAIM):
            return filing_unwanted(connection, dispatch)
        if dispatch.kind in (PLAN_LETTER, INSTALMENT_LETTER, AHEAD_LETTER):
            known = reach(connection, {s.ref: s.accounts for s in workspace.settings.sellers})
            return plan_letter_unwanted(connection, dispatch, known.get(dispatch.seller), on)
        if dispatch.kind == DEBIT_NOTICE:
            return debit_notice_unwanted(connection, dispatch)
        if dispatch.kind == RECLAIM:
            return reclaim_unwanted(connection, dispatch, on)
        if dispatch.kind == ESTATE_CLAIM:
            return estate_unwanted(connection, dispatch)
        return None

    return look


def notice_unwanted(connection: Connection, workspace: Workspace, dispatch: Dispatch, on: date) -> str | None:
    if dispatch.channel == "email" and stopped_for(connection, dispatch.receiver):
        return f"mail_stopped: {dispatch.receiver} complained of an earlier mail"
    steps = steps_of(connection, dispatch.id)
    debtor_id = debtor_of(connection, dispatch.id)
    facts = next(all_facts(connection, workspace, on, debtor_id), None)
    if facts is None:
        return "nothing is open any more"
    regime = regime_of(facts, claim_data.seller(connection, facts.seller).law, on)
    asked = asked_of(connection, dispatch.id)
    reason = last_look(facts, steps, workspace.policy, regime.country, on, asked=asked)
    return f"{reason.code}: {reason.text}" if reason else None


def resend_unwanted(connection: Connection, dispatch: Dispatch) -> str | None:
    """A document that is sent again does not leave once there is word that an earlier send arrived after all."""
    if "~" not in dispatch.occurrence:
        return None
    found = lookup.invoice(connection, dispatch.subject, dispatch.seller)
    said = objection(connection, found)
    return None if said is None else f"arrived: {said}"


def approval_unwanted(connection: Connection, dispatch: Dispatch) -> str | None:
    """Nobody is asked about a request that was decided, or taken back, a moment ago."""
    waiting = {asked.key for asked in approvals.pending(connection)}
    return None if dispatch.subject in waiting else "decided: the request does not wait any more"


def handover_unwanted(connection: Connection, dispatch: Dispatch) -> str | None:
    """A claim that was paid since the decision, wholly or in part, does not leave with a dossier that says more."""
    if any(standing(connection, one, HoldKind.INSOLVENCY) for one in dispatch.details["invoices"]):
        return "insolvent: the claim is filed with the administrator"
    opened = open_amounts(connection, dispatch.details["invoices"])
    if not any(kinds.get(ItemKind.PRINCIPAL, 0) > 0 for kinds in opened.values()):
        return "nothing_open: the principal was paid before the hand-over was sent"
    if approvals.open_sum(connection, dispatch.details["invoices"]) != dispatch.details["open"]:
        return "changed: the claim is no longer as it was approved; it will be asked again"
    return None


def filing_unwanted(connection: Connection, dispatch: Dispatch) -> str | None:
    """Arrears that were all paid since are neither notified nor claimed."""
    ids = [lookup.invoice(connection, number, dispatch.seller).id for number, _, _ in dispatch.details["invoices"]]
    if not any(kinds.get(ItemKind.PRINCIPAL, 0) > 0 for kinds in open_amounts(connection, ids).values()):
        return "nothing_open: everything was paid before it was sent"
    return None


def news_unwanted(connection: Connection, dispatch: Dispatch) -> str | None:
    """A partner that is done with a claim, or gave it back, is told nothing more of it."""
    one = handovers.handover(connection, dispatch.details["handover"])
    return f"ended: {one.partner} is done with it ({one.state})" if one.state in handovers.ENDED else None


def estate_unwanted(connection: Connection, dispatch: Dispatch) -> str | None:
    """A claim in an insolvency of which something was paid or credited since is filed anew."""
    if approvals.open_sum(connection, dispatch.details["invoices"]) != dispatch.details["open"]:
        return "changed: the claim is no longer what the document says; file it anew"
    return None
