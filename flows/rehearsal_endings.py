"""What the people of a rehearsal agree and end: plans, insolvencies, write-offs. The same day again adds nothing."""

from __future__ import annotations

from datetime import date

from flows import plans
from flows.estate import file_claim
from flows.files import write_answer
from flows.insolvency import keep_administrator, keep_looks
from flows.reclaim import reclaim
from flows.script import Insolvency, Plan, Script
from flows.workspace import Workspace
from flows.write_off import write_off as give_up
from receivables.claims import HoldKind
from receivables.insolvency import Administrator, Look
from receivables.ledger import book, insolvencies, lookup, outbox
from receivables.ledger.claim_course import ESTATE_CLAIM, RECLAIM
from receivables.ledger.database import reading
from receivables.ledger.holds import standing
from receivables.letters.estate import PAPER
from receivables.money import from_minor

GRACE_DAYS = 8


def agree_plan(workspace: Workspace, plan: Plan, on: date) -> None:
    """Agrees the plan as the script has it; an instalment without a sum is the rest of what is open."""
    with reading(workspace.engine) as connection:
        found = lookup.invoice(connection, plan.invoice)
        if standing(connection, found.id, HoldKind.PLAN) is not None:
            return
        kinds = book.open_amounts(connection, [found.id]).get(found.id, {})
    named = sum(one.amount for one in plan.instalments if one.amount is not None)
    rest = from_minor(sum(kinds.values()), found.currency) - named
    parts = [(one.on, rest if one.amount is None else one.amount) for one in plan.instalments]
    plans.agree(workspace, [plan.invoice], parts, by=plan.owner, grace_days=GRACE_DAYS, on=on)


def endings(workspace: Workspace, script: Script, on: date) -> None:
    """The day's insolvencies and write-offs."""
    for one in script.insolvency:
        if on == one.on:
            note(workspace, one, on)
        if on == one.file_on and not sent(workspace, one.debtor, ESTATE_CLAIM):
            made = file_claim(workspace, one.debtor, by=one.owner, on=on)
            write_answer(workspace.folder("estate") / PAPER, made.paper)
    for rest in (w for w in script.write_off if w.on == on):
        if open_sum(workspace, rest.invoice) > 0:
            opened = next(i.opened for i in script.insolvency if rest.invoice in i.reclaim)
            give_up(
                workspace,
                rest.invoice,
                by=rest.owner,
                reason=rest.reason,
                cause="insolvency",
                since=opened,
                refund=True,
                on=on,
            )


def open_sum(workspace: Workspace, number: str) -> int:
    with reading(workspace.engine) as connection:
        found = lookup.invoice(connection, number)
        return sum(book.open_amounts(connection, [found.id]).get(found.id, {}).values())


def note(workspace: Workspace, one: Insolvency, on: date) -> None:
    """The look in the register, the administrator, and the letters that take the goods back."""
    with reading(workspace.engine) as connection:
        known = [insolvencies.standing(connection, i) for i in lookup.debtor_ids(connection, one.debtor)]
    if not any(known):
        look = Look(one.debtor, on, True, one.reference, opened=one.opened)
        keep_looks(workspace, [look], one.owner)
    if not any(estate and estate.administrator for estate in known):
        named = Administrator(**one.administrator)
        keep_administrator(workspace, one.debtor, named, file_by=None, on=on, seller=None)
    if one.reclaim and not sent(workspace, one.debtor, RECLAIM):
        reclaim(workspace, one.reclaim, by=one.owner, on=on)


def sent(workspace: Workspace, debtor: str, kind: str) -> bool:
    with reading(workspace.engine) as connection:
        return any(outbox.of_subject(connection, s.ref, kind, debtor) for s in workspace.settings.sellers)
