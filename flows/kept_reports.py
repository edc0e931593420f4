"""The reports on our mail as the ledger keeps them, for whoever asks what became of a message."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from connectors.mail.archive import bare_id
from connectors.mail.reports import Report, Verdict
from receivables.ledger.database import reading
from receivables.ledger.mail_reports import reports_on
from receivables.ledger.store import Store


@dataclass(frozen=True)
class KeptReports:
    """Answers `connectors.mail.reports.Reports`: where reports disagree on delivery the failure stands."""

    engine: Engine
    store: Store

    def about(self, message_id: str) -> Report | None:
        with reading(self.engine) as connection:
            found = reports_on(connection, bare_id(message_id))
        failed = [one for one in found if one.verdict == Verdict.FAILED]
        delivered = [one for one in found if one.verdict == Verdict.DELIVERED]
        one = next(iter((*failed, *delivered)), None)
        if one is None:
            return None
        return Report(
            names=(one.message_id,),
            recipient=one.recipient,
            verdict=Verdict(one.verdict),
            reason=one.reason,
            content=self.store.get(one.content),
            mime=one.mime,
        )
