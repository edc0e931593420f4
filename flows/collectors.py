"""A dispatch at a collection partner: a claim that is handed over, an update about one, or its recall."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.http import NoAnswer
from connectors.ports import Answer, Attachment, CollectionAgency, Finding, News, Submission
from flows.workspace import Workspace
from receivables.claim_update import ClaimUpdate
from receivables.claims import HandoverState
from receivables.ledger.handover_news import RECALL, UPDATE
from receivables.ledger.outbox import Dispatch


@dataclass(frozen=True)
class Collector:
    """A claim counts as delivered once the partner says that it has it, a recall once it was given back."""

    workspace: Workspace
    dispatch: Dispatch

    @property
    def agency(self) -> CollectionAgency:
        return self.workspace.agency(self.dispatch.receiver, self.dispatch.seller)

    @property
    def news(self) -> News:
        store, details = self.workspace.store, self.dispatch.details
        content = store.get(self.dispatch.content)
        return News(
            update=ClaimUpdate.model_validate_json(content),
            content=content,
            files=tuple(
                Attachment(filename=one["name"], mime=one["mime"], content=store.get(one["content"]))
                for one in details["files"]
            ),
        )

    def prepare(self) -> Submission | None:
        return None

    def submit(self, prepared: str | None) -> Submission:
        one = self.dispatch
        if one.kind == RECALL:
            return self.agency.withdraw(one.details["claim"], self.news, one.key)
        if one.kind == UPDATE:
            return self.agency.update(one.details["claim"], self.news, one.key)
        return self.agency.submit(self.workspace.store.get(one.content), one.details["filename"], one.key)

    def status(self, partner_id: str) -> Submission:
        """How the claim itself stands; of an update, whether the partner has it."""
        one = self.dispatch
        if one.kind == UPDATE:
            return self.find(None).submission or Submission(answer=Answer.UNKNOWN, partner_id=partner_id)
        claim = one.details["claim"] if one.kind == RECALL else partner_id
        try:
            found = self.agency.status(claim)
        except NoAnswer as problem:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason=str(problem))
        proofs = (found.proof,) if found.proof else ()
        if one.kind == RECALL:
            answer = Answer.DELIVERED if found.state == HandoverState.WITHDRAWN else Answer.SUBMITTED
        else:
            taken = Answer.REJECTED if found.state == HandoverState.REJECTED else Answer.DELIVERED
            answer = Answer.SUBMITTED if found.state in ("", HandoverState.HANDED_OVER) else taken
        return Submission(answer=answer, partner_id=partner_id, reason=found.message, proofs=proofs)

    def find(self, prepared: str | None) -> Finding:
        one = self.dispatch
        if one.kind in (RECALL, UPDATE):
            return self.agency.find_update(one.details["claim"], self.news, one.key)
        return self.agency.find(one.key, self.workspace.store.get(one.content))
