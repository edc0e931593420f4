"""The claim on an insolvent customer: filed with the administrator, or laid ready for the register, with its proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection

from connectors.ports import Attachment
from flows.claim_files import address_lines, claim_file
from flows.claim_invoices import Files
from flows.demands import Reckoning, reckon, regime_of
from flows.dress import brand_look
from flows.facts import all_facts
from flows.law import table_of
from flows.reclaim import as_debtor, copies
from flows.side_letters import ByHand, NoAddress, SideLetter, plan_side_letter
from flows.vat_refunds import refund_of
from flows.workspace import Workspace
from receivables import dossier
from receivables.claim_file import ClaimFile, EvidenceItem
from receivables.claims import ZERO, DebtorFacts, Step
from receivables.decide import UNDONE
from receivables.insolvency import Administrator
from receivables.law.estate import FilingTerm, filing_term
from receivables.ledger import approvals, claim_data, insolvencies, journal, outbox
from receivables.ledger.claim_course import ESTATE_CLAIM
from receivables.ledger.database import trying, writing
from receivables.ledger.insolvencies import Insolvency
from receivables.ledger.lookup import NotFound, debtor_ids
from receivables.ledger.tasks import open_task
from receivables.letters.elements import MissingElement
from receivables.letters.estate import PAPER, README, Estate, covering_mail, estate_claim, readme
from receivables.money import to_minor
from receivables.vat_refund import Cause, NoRefund, VatRefund

Channel = Literal["email", "post", "register"]
CAUSES: dict[str, Cause] = {"bankruptcy": "insolvency", "reorganisation": "reorganisation"}


class NotFiled(ValueError):
    """The claim cannot be filed as asked; one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A claim that was filed, or laid ready. `archive` holds `paper` and every document; `dispatch` None: by hand."""

    debtor: str
    reference: str
    claim: ClaimFile
    term: FilingTerm
    channel: Channel
    to: str
    paper: bytes
    archive: bytes
    dispatch: int | None
    vat: tuple[VatRefund, ...]
    no_vat: tuple[str, ...]  # why nothing comes back on an invoice

    def as_dict(self) -> dict[str, Any]:
        return {
            "debtor": self.debtor,
            "reference": self.reference,
            "invoices": [invoice.number for invoice in self.claim.invoices],
            "reckoned_to": self.claim.on,
            "principal": self.claim.principal,
            "interest": self.claim.interest,
            "costs": self.claim.costs.amount + self.claim.costs.vat,
            "total": self.claim.total,
            "currency": self.claim.currency,
            "file_by": self.term.last_day,
            "how": self.term.explanation,
            "verified": self.term.mark == "verified",
            "channel": self.channel,
            "to": self.to,
            "dispatch": self.dispatch,
            "vat": list(self.vat),
            "no_vat": self.no_vat,
        }

    @property
    def text(self) -> str:
        by_hand = self.channel == "register"
        way = "to be entered in the register" if by_hand else f"goes to {self.to} by {self.channel}"
        lines = [f"{self.debtor}: {self.claim.total} {self.claim.currency} to {self.claim.on}, {way}"]
        lines += [self.term.explanation]
        lines += [f"VAT: {one.explanation}" for one in self.vat] + [f"VAT: {text}" for text in self.no_vat]
        return "\n".join(lines)


def file_claim(
    workspace: Workspace,
    debtor: str,
    *,
    by: str,
    on: date,
    channel: Channel | None = None,
    seller: str | None = None,
    preview: bool = False,
) -> Filed:
    """Files all that an insolvent debtor owes from before the judgment, reckoned to that day; once by each way.

    `channel` left out: as the law of the proceeding has it; `register` lays it ready for a person to enter. Raises
    NotFiled, NotFound.
    """
    with trying(workspace.engine) if preview else writing(workspace.engine) as connection:
        estate, facts = proceeding(connection, workspace, debtor, seller, on)
        term = filing_term(facts.country, estate.proceeding, estate.opened, estate.file_by)
        way: Channel = channel or ("register" if term.way == "register" else "email")
        not_before(connection, facts, estate, way)
        claim, files, reckoned = claimed(connection, workspace, facts, estate)
        made = written(connection, workspace, facts, estate, claim, files, on)
        dispatch = None
        if way != "register":
            dispatch = planned(connection, workspace, estate, way, claim, reckoned, made, on)
        vat, no_vat = vat_of(connection, workspace, facts, reckoned, estate)
        follow(connection, workspace, facts, estate, claim, term, way, made, by, on)
    return Filed(
        debtor=facts.ref,
        reference=estate.reference,
        claim=claim,
        term=term,
        channel=way,
        to=estate.administrator.name if estate.administrator else "",
        paper=made.paper,
        archive=made.archive,
        dispatch=None if preview else dispatch,
        vat=vat,
        no_vat=no_vat,
    )


def proceeding(
    connection: Connection, workspace: Workspace, debtor: str, seller: str | None, on: date
) -> tuple[Insolvency, DebtorFacts]:
    ids = debtor_ids(connection, debtor, seller)
    if len(ids) != 1:
        known = f"the ledger has no debtor {debtor}" if not ids else f"several sellers have a debtor {debtor}: name one"
        raise NotFound(known)
    estate = insolvencies.standing(connection, ids[0])
    if estate is None:
        raise NotFiled(f"no insolvency of {debtor} is noted: voldaan insolvency note {debtor} --result insolvent")
    facts = next(all_facts(connection, workspace, on, ids[0]), None)
    if facts is None:
        raise NotFiled(f"{debtor} owes nothing: there is no claim to file")
    return estate, facts


def not_before(connection: Connection, facts: DebtorFacts, estate: Insolvency, way: Channel) -> None:
    """Raises NotFiled where the claim went the same way already, or nobody is named to whom it could go."""
    if way == "register":
        return
    if estate.administrator is None:
        raise NotFiled(
            f"name the administrator of {facts.name} first, with voldaan insolvency administrator {facts.ref}"
        )
    for sent in outbox.of_subject(connection, facts.seller, ESTATE_CLAIM, facts.ref):
        if sent.details["insolvency"] == estate.id and sent.state not in UNDONE:
            raise NotFiled(f"the claim on {facts.name} was filed on {sent.planned} already ({sent.state})")


def claimed(
    connection: Connection, workspace: Workspace, facts: DebtorFacts, estate: Insolvency
) -> tuple[ClaimFile, Files, list[Reckoning]]:
    """The claim to the day of the judgment. What was invoiced after it is the estate's own debt, and left out."""
    claims = [c for c in facts.claims if c.open_principal > ZERO and c.issued <= estate.opened]
    if not claims:
        raise NotFiled(f"nothing that {facts.name} owes is from before {estate.opened}: there is no claim to file")
    if len({claim.currency for claim in claims}) > 1:
        raise NotFiled(f"{facts.name} owes in several currencies: file those claims by hand")
    regime = regime_of(facts, claim_data.seller(connection, facts.seller).law, estate.opened)
    table = table_of(workspace.root)
    reckoned = reckon(connection, claims, facts, regime, Step.HANDOVER, estate.opened, table=table)
    files: Files = {}
    evidence: list[EvidenceItem] = []
    reference = f"{facts.seller}/{facts.ref}/{estate.opened}"
    claim = claim_file(
        connection, workspace.store, facts.debtor_id, reckoned, reference, regime, estate.opened, files, evidence
    )
    return claim.model_copy(update={"evidence": tuple(evidence)}), files, reckoned


@dataclass(frozen=True, slots=True)
class Written:
    paper: bytes
    archive: bytes
    subject: str
    text: str
    language: str


def written(
    connection: Connection,
    workspace: Workspace,
    facts: DebtorFacts,
    estate: Insolvency,
    claim: ClaimFile,
    files: Files,
    on: date,
) -> Written:
    """The document, and the signed archive with it and every enclosure."""
    seller = claim_data.seller(connection, facts.seller)
    to = estate.administrator or Administrator(name="", language=facts.language)
    lines = address_lines({"street": to.street, "postal_code": to.postal_code, "city": to.city})
    addressed = Estate(
        reference=estate.reference,
        opened=estate.opened,
        to=tuple(part for part in (to.name, *lines) if part) or (estate.reference,),
        language=to.language,
        on=on,
    )
    paper = estate_claim(claim, addressed, workspace.look(seller.ref, brand_look(seller.details)))
    archive = dossier.build(claim, files | {PAPER: paper, README: readme(claim, addressed)}, key=workspace.signing_key)
    subject, text = covering_mail(claim, addressed)
    return Written(paper, archive, subject, text, to.language)


def planned(
    connection: Connection,
    workspace: Workspace,
    estate: Insolvency,
    way: ByHand,
    claim: ClaimFile,
    reckoned: list[Reckoning],
    made: Written,
    on: date,
) -> int:
    """The dispatch that carries the claim to the administrator."""
    assert estate.administrator is not None
    to = as_debtor(claim_data.debtor(connection, estate.debtor_id), estate.administrator)
    records = claim_data.invoice_records(connection, [one.claim.invoice_id for one in reckoned])
    ids = [record.id for record in records]
    attempt = len(outbox.of_subject(connection, to.seller, ESTATE_CLAIM, to.ref)) + 1
    name = dossier.archive_name(claim.reference, ".zip")
    paper = Attachment(filename=PAPER, mime="application/pdf", content=made.paper)
    letter = SideLetter(
        kind=ESTATE_CLAIM,
        about=to.ref,
        occurrence=f"{estate.id}/{attempt}",
        subject=made.subject,
        text=made.text,
        enclosed=(paper, Attachment(filename=name, mime="application/zip", content=made.archive)),
        sheets=(paper, *copies(workspace, records)),
        details={
            "insolvency": estate.id,
            "debtor_id": estate.debtor_id,
            "invoices": ids,
            "open": approvals.open_sum(connection, ids),
        },
    )
    try:
        return plan_side_letter(connection, workspace, letter, to, way, claim.debtor.country, on)
    except (NoAddress, MissingElement) as problem:
        raise NotFiled(str(problem)) from problem


def vat_of(
    connection: Connection,
    workspace: Workspace,
    facts: DebtorFacts,
    reckoned: list[Reckoning],
    estate: Insolvency,
) -> tuple[tuple[VatRefund, ...], tuple[str, ...]]:
    """What VAT comes back on each invoice, and why none does on the others."""
    cause = CAUSES.get(estate.proceeding)
    if cause is None:
        return (), (f"VAT in a {estate.proceeding.replace('_', ' ')}: ask your accountant.",)
    country = claim_data.seller(connection, facts.seller).country
    opened = {one.claim.invoice_id: one.claim.open_principal for one in reckoned}
    found, without = [], []
    for record in claim_data.invoice_records(connection, list(opened)):
        try:
            found.append(refund_of(workspace, record, country, opened[record.id], cause, estate.opened))
        except NoRefund as problem:
            without.append(str(problem))
    return tuple(found), tuple(without)


def follow(
    connection: Connection,
    workspace: Workspace,
    facts: DebtorFacts,
    estate: Insolvency,
    claim: ClaimFile,
    term: FilingTerm,
    way: Channel,
    made: Written,
    by: str,
    on: date,
) -> None:
    """Journals the filing on each invoice; what only a person can enter in the register becomes a task with its day."""
    for invoice in claim.invoices:
        subject = journal.about_invoice(facts.seller, invoice.number)
        told: dict[str, journal.Json] = {"total": to_minor(claim.total, claim.currency), "way": way}
        journal.append(connection, at=workspace.now(), on=on, kind="estate.filed", subject=subject, facts=told)
    if way != "register":
        return
    kept = workspace.store.put(made.archive)
    text = (
        f"Enter the claim of {claim.total} {claim.currency} on {facts.name} ({estate.reference}). {term.explanation} "
        f"{by} made the document and its enclosures; they are kept as {kept}."
    )
    key = f"estate:{estate.id}:{kept[:32]}"
    open_task(connection, key=key, kind="estate", text=text, on=on, due=term.last_day, debtor_id=facts.debtor_id)
