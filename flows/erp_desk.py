"""A signal on its way to the ERP: laid in `erp/out/`, or posted where the settings say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from connectors.erp.stop_signal import StopFolder, StopPost
from connectors.ports import Answer, Finding, Submission
from flows.workspace import Workspace
from receivables.ledger.outbox import Dispatch

ERP, FOLDER = "erp", "erp/out"  # the channel, and the receiver where it is a folder


@dataclass(frozen=True)
class ErpDesk:
    workspace: Workspace
    dispatch: Dispatch
    on: date

    @property
    def _where(self) -> StopFolder | StopPost:
        erp, root = self.workspace.settings.erp, self.workspace.root / "erp"
        if self.dispatch.receiver == FOLDER or erp.stop_key is None:
            return StopFolder(root / "out", root / "index.csv")
        return StopPost(self.dispatch.receiver, erp.stop_key.value())

    def prepare(self) -> Submission | None:
        return None

    def submit(self, prepared: str | None) -> Submission:
        return self._where.submit(self.workspace.store.get(self.dispatch.content), self.dispatch.key)

    def status(self, partner_id: str) -> Submission:
        return self._where.find(self.dispatch.key).submission or Submission(answer=Answer.UNKNOWN)

    def find(self, prepared: str | None) -> Finding:
        return self._where.find(self.dispatch.key)
