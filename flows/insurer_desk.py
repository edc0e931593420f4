"""One filing at its insurer. Where only a person can send it or bring the answer, a task asks; its outcome counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from connectors.filing import Filing
from connectors.ports import Answer, Finding, Proof, Submission
from flows.filings import CLAIM, KINDS, filing_of
from flows.workspace import Workspace
from receivables.ledger.database import reading, writing
from receivables.ledger.outbox import Dispatch
from receivables.ledger.reports import partner_id_of
from receivables.ledger.tasks import ended, open_task

SEND, ANSWER = "insurer_file", "insurer_request"  # kinds of task: one ends in done, the other in approved or refused
REQUESTS = ("EXP", "RES")
BY_PERSON = "said by the credit insurer, as a person noted"


@dataclass(frozen=True)
class InsurerDesk:
    workspace: Workspace
    dispatch: Dispatch
    on: date

    @property
    def filing(self) -> Filing:
        return filing_of(self.workspace, self.dispatch, self._overdue())

    def prepare(self) -> Submission | None:
        return None

    def submit(self, prepared: str | None) -> Submission:
        answer = self.workspace.insurer(self.dispatch.receiver).submit(self.filing, self.dispatch.key)
        self._ask(answer)
        return answer

    def status(self, partner_id: str) -> Submission:
        """The insurer's word, or that of the person who asked it."""
        said = self.workspace.insurer(self.dispatch.receiver).status(partner_id, KINDS[self.dispatch.kind])
        if said.answer is not Answer.SUBMITTED or "ask" not in said.ids:
            return said
        self._ask(said)
        with reading(self.workspace.engine) as connection:
            known = ended(connection, self._task_key)
        if known is None:
            return said
        done, outcome = known
        answer = Answer.REJECTED if outcome == "refused" else Answer.DELIVERED
        proof = Proof(kind="noted", level=BY_PERSON, content=f"{outcome} on {done}".encode(), mime="text/plain")
        reason = "refused by the insurer" if answer is Answer.REJECTED else None
        return replace(said, answer=answer, reason=reason, proofs=(proof,))

    def find(self, prepared: str | None) -> Finding:
        found = self.workspace.insurer(self.dispatch.receiver).find(self.dispatch.key, self.filing)
        if found.submission is not None:
            self._ask(found.submission)
        return found

    @property
    def _task_key(self) -> str:
        return f"insurer:{self.dispatch.id}"

    def _overdue(self) -> str | None:
        """The insurer's id of the notification that went before a claim."""
        if self.dispatch.kind != CLAIM or self.dispatch.details.get("report") is None:
            return None
        with reading(self.workspace.engine) as connection:
            return partner_id_of(connection, self.dispatch.details["report"])

    def _ask(self, answer: Submission) -> None:
        if answer.answer is not Answer.SUBMITTED or "ask" not in answer.ids:
            return
        details, insurance = self.dispatch.details, self.workspace.insurance(self.dispatch.receiver)
        about = f"{details['buyer_name']}, policy {insurance.number}"
        what = details.get("category") or KINDS[self.dispatch.kind]
        decided = what in (*REQUESTS, "cover")
        where = ""
        if answer.ids["ask"] == "send":
            files = f"insurer/{self.workspace.insurer_folder(insurance.number).name}/{(answer.partner_id or '')[5:]}.*"
            where = f"Send {files} to {insurance.insurer}. "
        close = (
            "close this as approved or refused when the insurer has answered"
            if decided
            else "close this as done when the insurer has confirmed it"
        )
        with writing(self.workspace.engine) as connection:
            open_task(
                connection,
                key=self._task_key,
                kind=ANSWER if decided else SEND,
                text=f"{where}{what} on {about}: {close}.",
                on=self.on,
                due=date.fromisoformat(details["deadline"]) if details.get("deadline") else None,
                debtor_id=details["debtor_id"],
            )
