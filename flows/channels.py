"""Who carries a dispatch out, by its channel: four verbs for an access point, a mail server, an agency, an insurer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from connectors.peppol.keys import guid_of
from connectors.ports import Finding, PeppolDocument, PeppolProvider, Submission
from flows.collectors import Collector
from flows.envelope import unpack
from flows.erp_desk import ERP, ErpDesk
from flows.filings import CHANNEL as INSURER
from flows.insurer_desk import InsurerDesk
from flows.post import PostOffice
from flows.post_envelope import POST
from flows.settings import BadSettings
from flows.workspace import Workspace
from receivables.ledger import dispatch
from receivables.ledger.dispatch import CARRIER
from receivables.ledger.outbox import Dispatch


class Partner(Protocol):
    """One dispatch at its partner. `prepare` is None where the partner knows no draft."""

    def prepare(self) -> Submission | None: ...
    def submit(self, prepared: str | None) -> Submission: ...
    def status(self, partner_id: str) -> Submission: ...
    def find(self, prepared: str | None) -> Finding: ...


def partner_for(workspace: Workspace, dispatch: Dispatch, on: date) -> Partner:
    """The partner of `dispatch` on the business date `on`; BadSettings where the installation has none for it."""
    if dispatch.channel in DATED:
        return DATED[dispatch.channel](workspace, dispatch, on)
    return PARTNERS[dispatch.channel](workspace, dispatch)


@dataclass(frozen=True)
class AccessPoint:
    workspace: Workspace
    dispatch: Dispatch

    @property
    def document(self) -> PeppolDocument:
        details = self.dispatch.details
        return PeppolDocument(
            number=self.dispatch.subject,
            ubl=self.workspace.store.get(self.dispatch.content),
            sender=details["sender"],
            receiver=self.dispatch.receiver,
            document_type=details["document_type"],
            process=details["process"],
            sender_country=details["sender_country"],
        )

    @property
    def provider(self) -> PeppolProvider:
        return self.workspace.peppol(self.dispatch.seller)

    @property
    def carrier(self) -> PeppolProvider:
        """The provider that was asked before: another one knows nothing of it. BadSettings where it was changed."""
        provider, asked = self.provider, self.dispatch.details.get(CARRIER)
        if asked not in (None, provider.name):
            raise BadSettings(
                f"{self.dispatch.subject} went to {asked}, and [seller.peppol] of '{self.dispatch.seller}' now names "
                f"{provider.name}: name {asked} again until everything that it has is settled"
            )
        return provider

    def prepare(self) -> Submission | None:
        dispatch.remember_carrier(self.workspace.engine, self.dispatch, self.provider.name)
        return self.provider.prepare(self.document)

    def submit(self, prepared: str | None) -> Submission:
        provider = self.carrier if prepared == self.dispatch.prepared and prepared is not None else self.provider
        return provider.submit(self.document, prepared, self.dispatch.key)

    def status(self, partner_id: str) -> Submission:
        """By the partner's id; where that was lost with its answer, by the id that our key gave it."""
        return self.carrier.status(partner_id or guid_of(self.dispatch.key))

    def find(self, prepared: str | None) -> Finding:
        return self.carrier.find(self.document, prepared, self.dispatch.key)


@dataclass(frozen=True)
class MailServer:
    workspace: Workspace
    dispatch: Dispatch

    def prepare(self) -> Submission | None:
        return None

    def submit(self, prepared: str | None) -> Submission:
        return self.workspace.mail.submit(unpack(self.dispatch.content, self.dispatch.details, self.workspace.store))

    def status(self, partner_id: str) -> Submission:
        return self.workspace.mail.status(self.dispatch.details["message_id"])

    def find(self, prepared: str | None) -> Finding:
        return self.workspace.mail.find(self.dispatch.details["message_id"])


PARTNERS: Mapping[str, Callable[[Workspace, Dispatch], Partner]] = {
    "peppol": AccessPoint,
    "email": MailServer,
    "agency": Collector,
}
DATED: Mapping[str, Callable[[Workspace, Dispatch, date], Partner]] = {
    POST: PostOffice,
    INSURER: InsurerDesk,
    ERP: ErpDesk,
}
