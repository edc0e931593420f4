"""What waits for a decision, as a list, a page or values for a program."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flows.summaries import approval_markdown
from flows.workspace import Workspace
from receivables.ledger import approvals
from receivables.ledger.approvals import Approval, Vote
from receivables.ledger.database import reading
from receivables.ledger.lookup import NotFound
from receivables.money import from_minor


@dataclass(frozen=True, slots=True)
class Waiting:
    """One request with the votes it has so far."""

    asked: Approval
    votes: tuple[Vote, ...]

    @property
    def demanded(self) -> Decimal:
        return from_minor(self.asked.details["demanded"], self.asked.details["currency"])

    @property
    def text(self) -> str:
        asked = self.asked
        votes = f", {len(self.votes)} of {asked.persons} approved" if asked.persons > 1 else ""
        numbers = ", ".join(asked.details["numbers"])
        sum_ = f"{asked.details['currency']} {self.demanded}"
        return f"{asked.id}  {asked.seller}/{asked.debtor_ref}  {sum_}  {numbers}  since {asked.requested}{votes}"

    def as_dict(self) -> dict[str, Any]:
        asked = self.asked
        beside = {name: asked.details.get(name) for name in ("partner", "relation", "alternatives", "missing")}
        return {
            "id": asked.id,
            "seller": asked.seller,
            "debtor": asked.debtor_ref,
            "state": asked.state,
            "requested": asked.requested,
            "currency": asked.details["currency"],
            "demanded": self.demanded,
            "invoices": asked.details["numbers"],
            "persons": asked.persons,
            "votes": [{"approver": v.approver, "role": v.role, "decision": v.decision} for v in self.votes],
            "shown": asked.shown,
            "dossier": asked.content,
            **beside,
            "reason": asked.reason,
        }


def waiting(workspace: Workspace) -> list[Waiting]:
    """Every request that waits, oldest first."""
    with reading(workspace.engine) as connection:
        return [Waiting(asked, tuple(approvals.votes(connection, asked.id))) for asked in approvals.pending(connection)]


def one_request(workspace: Workspace, request: int) -> Waiting:
    """One request, decided or not. Raises NotFound."""
    with reading(workspace.engine) as connection:
        try:
            asked = approvals.approval(connection, request)
        except LookupError as problem:
            raise NotFound(str(problem)) from problem
        return Waiting(asked, tuple(approvals.votes(connection, request)))


def page(workspace: Workspace, request: int) -> str:
    """The page that an approver sees. Raises NotFound."""
    found = one_request(workspace, request)
    return approval_markdown(workspace, found.asked, found.votes)
