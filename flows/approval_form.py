"""The form in Prefect in which a person decides a hand-over. What it says is checked by the ledger, not by Prefect."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from pydantic import Field

from flows.hand_over import decide
from flows.summaries import approval_markdown
from flows.workspace import Workspace
from receivables.approval import Signature
from receivables.ledger import approvals
from receivables.ledger.database import reading

PATIENCE = timedelta(weeks=8)


class HandOverDecision(RunInput):
    """Approve, refuse or postpone. No decision means that nothing happens."""

    decision: Literal["approve", "refuse", "postpone"] = Field(description="What shall happen with this claim?")
    approver: str = Field(description="Your name, as it stands in the settings.")
    code: str = Field(description="Your one-time code: from the message, or from your authenticator and the hash.")
    reason: str = Field("", description="Why. To refuse or postpone needs a reason; it is kept with the claim.")
    until: date | None = Field(None, description="Only to postpone: the day until which the claim rests.")


def ask_person(workspace: Workspace, approval_id: int) -> str:
    """Shows the claim, waits for as long as it takes, and asks again after a wrong code; the request's state then.

    The run leaves its process while it waits and begins anew when it is resumed: the ledger knows what was decided.
    """
    while True:
        with reading(workspace.engine) as connection:
            asked = approvals.approval(connection, approval_id)
            votes = approvals.votes(connection, approval_id)
        if asked.state != approvals.PENDING:
            return asked.state
        form = HandOverDecision.with_initial_data(
            description=approval_markdown(workspace, asked, votes),
            approver=workspace.settings.approvers[0].name if workspace.settings.approvers else "",
        )
        # a resumed run finds the answer to the question that the ledger has open
        key = f"ask-{asked.attempts}-{len(votes)}"
        given = suspend_flow_run(wait_for_input=form, timeout=int(PATIENCE.total_seconds()), key=key)
        signature = Signature(
            decision=given.decision,
            approver=given.approver.strip(),
            code=given.code,
            reason=given.reason,
            until=given.until,
        )
        decide(workspace, approval_id, signature, workspace.today)
