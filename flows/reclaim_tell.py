"""The insurer who was told of arrears hears that goods were taken back, once the letter has left."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from flows.facts import all_facts
from flows.filings import GOODS, plan_filing, rows
from flows.workspace import Workspace
from receivables.ledger import claim_data, outbox
from receivables.ledger.claim_course import reclaim_letters
from receivables.ledger.claim_data import DebtorRecord
from receivables.ledger.database import writing
from receivables.ledger.outbox import Dispatch
from receivables.ledger.reports import reported
from receivables.ledger.tasks import open_task


def tell_insurers(workspace: Workspace, on: date) -> list[str]:
    """Plans what each insurer must hear; the customers' numbers. Run again, it plans nothing twice."""
    told = []
    known = {policy.number for policy in workspace.insurance_policies}
    with writing(workspace.engine) as connection:
        for policy, debtor_id in sorted({(policy, debtor_id) for policy, debtor_id, _ in reported(connection)}):
            debtor = claim_data.debtor(connection, debtor_id)
            before = {one.occurrence for one in outbox.of_subject(connection, debtor.seller, GOODS, debtor.ref)}
            for letter in reclaim_letters(connection, debtor.seller, debtor.ref):
                occurrence = f"{policy}/{letter.id}"
                if occurrence in before or "goods" not in letter.details:
                    continue
                if policy not in known:
                    ask_person(connection, policy, debtor, letter, on)
                elif tell(connection, workspace, policy, debtor, letter, occurrence, on):
                    told.append(debtor.ref)
    return told


def tell(
    connection: Connection,
    workspace: Workspace,
    policy: str,
    debtor: DebtorRecord,
    letter: Dispatch,
    occurrence: str,
    on: date,
) -> bool:
    """False where nothing is open on the goods any more: then nobody needs to hear of them."""
    facts = next(all_facts(connection, workspace, on, debtor.id), None)
    claims = [c for c in facts.claims if c.invoice_id in letter.details["invoices"]] if facts is not None else []
    if not any(claim.open_principal > 0 for claim in claims):
        return False
    kept = letter.details
    details = {
        "invoices": rows(claims),
        "currency": claims[0].currency,
        "goods": [f"{one['invoice']}: {line}" for one in kept["goods"] for line in one["goods"]],
        "basis": kept["basis"],
        "since": str(letter.submitted),
        "until": kept["by_day"],
        "paper": kept["paper"],
    }
    plan_filing(connection, workspace, policy, debtor, GOODS, occurrence, details, on)
    return True


def ask_person(connection: Connection, policy: str, debtor: DebtorRecord, letter: Dispatch, on: date) -> None:
    """The policy is not in the settings any more, so its insurer cannot be told from here."""
    what = ", ".join(one["invoice"] for one in letter.details["goods"])
    text = (
        f"The insurer of {policy} was told of arrears of {debtor.name}, and the policy is not in the settings any "
        f"more. Tell it that the goods on {what} were reclaimed on {letter.submitted}; the letter is "
        f"{letter.details['paper']}."
    )
    key = f"tell_insurer:{policy}:{debtor.id}:{letter.id}"
    open_task(connection, key=key, kind="tell_insurer", text=text, on=on, debtor_id=debtor.id)
