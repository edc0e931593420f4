"""The dossier of one claim, gathered from the ledger and the store: nothing in it is made up for the occasion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import Connection

from flows.claim_invoices import SUFFIX, Files, claimed_invoice, credit_note, proofs
from flows.demands import Reckoning
from receivables import signing
from receivables.claim_file import Agreement, ClaimFile, Contact, Costs, EvidenceItem, Party, TakenStep, Terms
from receivables.claims import ZERO, DebtorKind
from receivables.completeness import Lack, Need, lacks_by_law, lacks_for_partner
from receivables.dossier import archive_name, build
from receivables.law.regime import Regime
from receivables.ledger import claim_course, claim_data
from receivables.ledger.agreements import signed_papers
from receivables.ledger.claim_data import DebtorRecord, SellerRecord, StepRecord
from receivables.ledger.store import Store
from receivables.letters.covering import COVER, HOUSE, README, Addressed, cover_letter, readme
from receivables.money import cents
from ubl.paper import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who is to take the claim: its name, its language, what it cannot work without, and the key that signs for it."""

    name: str
    language: str
    needs: tuple[Need, ...] = ()
    key: str | None = None  # private key in PEM; None: not signed
    look: Look = HOUSE


@dataclass(frozen=True, slots=True)
class ClaimDossier:
    """`archive` is the ZIP, `claim` what its claim.json says, `lacks` what is missing from it."""

    claim: ClaimFile
    archive: bytes
    lacks: tuple[Lack, ...]

    @property
    def blocked(self) -> tuple[str, ...]:
        """What must be mended before anybody may decide, in words."""
        return tuple(lack.text for lack in self.lacks if lack.blocks)


def dossier(
    connection: Connection,
    store: Store,
    debtor_id: int,
    reckoned: Sequence[Reckoning],
    reference: str,
    regime: Regime,
    to: Recipient,
    on: date,
) -> ClaimDossier:
    """The dossier of a debtor's claims as `reckoned` to the day `on`, for the partner `to`."""
    files: Files = {}
    evidence: list[EvidenceItem] = []
    claim = claim_file(connection, store, debtor_id, reckoned, reference, regime, on, files, evidence)
    claim = claim.model_copy(update={"evidence": tuple(evidence)})
    proven = frozenset(n.step for r in reckoned for n in r.claim.notices if n.proven)
    lacks = lacks_by_law(
        regime.country,
        DebtorKind(claim.debtor.kind),
        proven,
        all(invoice.received for invoice in claim.invoices),
        costs=claim.costs.amount > ZERO,
    )
    known = {lack.code for lack in lacks}
    lacks += tuple(lack for lack in lacks_for_partner(claim, to.needs) if lack.code not in known)
    told = {"missing": tuple(lack.text for lack in lacks), "lacks": tuple(lack.code for lack in lacks)}
    claim = claim.model_copy(update=told)
    fingerprint = signing.fingerprint(signing.public_key(to.key)) if to.key else None
    addressed = Addressed(partner=to.name, language=to.language, fingerprint=fingerprint)
    files |= {COVER: cover_letter(claim, addressed, to.look), README: readme(claim, addressed)}
    return ClaimDossier(claim, build(claim, files, key=to.key), lacks)


def claim_file(
    connection: Connection,
    store: Store,
    debtor_id: int,
    reckoned: Sequence[Reckoning],
    reference: str,
    regime: Regime,
    on: date,
    files: Files,
    evidence: list[EvidenceItem],
) -> ClaimFile:
    """What claim.json says; the bytes that it names go into `files`, what they prove into `evidence`."""
    debtor = claim_data.debtor(connection, debtor_id)
    seller = claim_data.seller(connection, debtor.seller)
    ids = [r.claim.invoice_id for r in reckoned]
    records = {record.id: record for record in claim_data.invoice_records(connection, ids)}
    for key, paper in signed_papers(connection, ids).items():
        files |= proofs(f"plans/{archive_name(key, '')}", f"payment plan {key}", [paper], store, evidence)
    principal = sum((r.claim.open_principal for r in reckoned), ZERO)
    interest = sum((r.demand.interest_amount for r in reckoned), ZERO)
    owed = _costs(reckoned)
    return ClaimFile(
        reference=reference,
        on=on,
        currency=reckoned[0].claim.currency,
        law=regime.country,
        creditor=_creditor(seller),
        debtor=_debtor(debtor),
        invoices=tuple(
            claimed_invoice(records[r.claim.invoice_id], r, regime, seller, debtor, store, files, evidence)
            for r in reckoned
        ),
        principal=principal,
        interest=interest,
        costs=owed,
        total=principal + interest + owed.amount + owed.vat,
        interest_articles=_articles(reckoned),
        provisional=any(r.demand.provisional for r in reckoned),
        steps=tuple(_step(step, store, files, evidence) for step in claim_data.step_records(connection, ids)),
        holds=claim_data.hold_sentences(connection, ids),
        terms=_terms(seller, debtor),
        credit_notes=tuple(
            credit_note(note, store, files) for note in claim_course.credit_notes(connection, debtor_id, ids)
        ),
        agreements=tuple(_agreement(one) for one in claim_course.agreements(connection, ids)),
        contacts=tuple(
            _contact(number, one, store, files)
            for number, one in enumerate(claim_course.contacts(connection, debtor_id, ids), 1)
        ),
    )


def _step(step: StepRecord, store: Store, files: Files, evidence: list[EvidenceItem]) -> TakenStep:
    name = archive_name(f"{step.dispatch.planned}-{step.step}-{step.dispatch.id}", "")
    suffix = ".pdf" if step.dispatch.channel == "post" else ".eml"
    own = {f"notices/{name}{suffix}": store.get(step.dispatch.content)}
    shown = proofs(f"evidence/{name}", f"{step.step} of {step.dispatch.planned}", step.proofs, store, evidence)
    files |= own | shown
    return TakenStep(
        step=step.step,
        invoices=step.numbers,
        on=step.dispatch.planned,
        channel=step.dispatch.channel,
        proven=step.dispatch.proven,
        proof=step.proofs[-1].level if step.proofs else "no proof of delivery",
        files=(*own, *shown),
    )


def _agreement(one: claim_course.AgreementRecord) -> Agreement:
    return Agreement(
        kind=one.kind,
        invoice=one.number,
        since=one.since,
        until=one.until,
        ended=one.ended,
        outcome=one.outcome,
        reason=one.reason,
        amount=one.amount,
        instalments=one.instalments,
    )


def _contact(number: int, one: claim_course.ContactRecord, store: Store, files: Files) -> Contact:
    path = f"contacts/{number:02}-{one.kind}{SUFFIX[one.mime]}"
    own = {} if one.content is None else {path: store.get(one.content)}
    files |= own
    return Contact(on=one.on, kind=one.kind, text=one.text, outcome=one.outcome, files=tuple(own))


def _terms(seller: SellerRecord, debtor: DebtorRecord) -> Terms | None:
    """The terms that the debtor accepted; the link only where it leads to that very version."""
    accepted, current = debtor.details.get("terms_accepted"), seller.details.get("terms") or {}
    if not accepted:
        return None
    same = accepted["version"] == current.get("version")
    return Terms(
        version=accepted["version"],
        accepted=date.fromisoformat(accepted["on"]),
        proof=accepted.get("proof"),
        url=current.get("url") if same else None,
    )


def _costs(reckoned: Sequence[Reckoning]) -> Costs:
    """The costs of all claims together; VAT is counted apart where it is claimable."""
    found = [r.demand.costs for r in reckoned if r.demand.costs is not None]
    lump = sum((r.demand.lump_sum for r in reckoned), ZERO)
    collection = sum((r.demand.collection_costs for r in reckoned), ZERO)
    vat = sum((c.vat for c in found), ZERO) if collection else ZERO
    return Costs(
        amount=cents(lump + collection - vat),
        vat=vat,
        lump_sum=lump,
        articles=tuple(dict.fromkeys(article for c in found for article in c.articles)),
        explanation=tuple(dict.fromkeys(c.explanation for c in found)),
    )


def _articles(reckoned: Sequence[Reckoning]) -> tuple[str, ...]:
    found = [r.demand.interest for r in reckoned if r.demand.interest is not None]
    return tuple(dict.fromkeys(article for interest in found for article in interest.articles))


def _creditor(seller: SellerRecord) -> Party:
    details = seller.details
    return Party(
        name=seller.name,
        country=seller.country,
        address=", ".join(address_lines(details["address"])),
        **{name: details["address"].get(name) for name in ("street", "postal_code", "city")},
        registration=details.get("registration_number"),
        vat=details.get("vat_number"),
        email=details.get("email"),
        phone=(details.get("contact") or {}).get("phone"),
        iban=details.get("iban"),
        language=details.get("language"),
    )


def _debtor(debtor: DebtorRecord) -> Party:
    details = debtor.details
    return Party(
        name=debtor.name,
        kind=cast(Any, debtor.kind),
        country=debtor.country,
        address=", ".join(address_lines(details["address"])),
        **{name: details["address"].get(name) for name in ("street", "postal_code", "city")},
        registration=details.get("registration_number"),
        vat=details.get("vat_number"),
        email=debtor.email,
        phone=details.get("phone"),
        reference=debtor.ref,
        language=debtor.language,
    )


def address_lines(address: Mapping[str, Any]) -> tuple[str, ...]:
    """Street and building, postal code and town, each on a line of its own."""
    town = " ".join(part for part in (address.get("postal_code"), address.get("city")) if part)
    return tuple(part for part in (address.get("street"), address.get("street_2"), town) if part)
