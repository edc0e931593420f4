"""How a client wants its documents, as a person says it or asks for it. What the law forbids is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from connectors.mail.message import envelope_address
from flows.addressing import law_for
from flows.workspace import Workspace
from receivables.law.e_invoicing import NoGround, exemption
from receivables.ledger import claim_data, lookup
from receivables.ledger import preferences as kept
from receivables.ledger.claim_data import DebtorRecord
from receivables.ledger.database import reading, writing
from receivables.preferences import LETTER_WAYS, Kind, Preference, Way


class NotPreferred(ValueError):
    """A wish that the law or an address does not allow; one sentence that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person says. `ways` by kind of document; `copies` replace those before; None leaves a thing as it is."""

    by: str
    reason: str
    ways: Mapping[Kind, Way]
    copies: Sequence[str] | None = None
    copies_of: Sequence[Kind] = ("invoice",)
    exemption: str | None = None


def prefer(workspace: Workspace, ref: str, wish: Wish, on: date, seller: str | None = None) -> list[Preference]:
    """Writes the wish down, one choice per kind of document. Raises NotPreferred or NotFound; then nothing changed."""
    kinds: list[Kind] = [*wish.ways, *(wish.copies_of if wish.copies is not None else ())]
    if wish.exemption is not None:
        kinds.append("invoice")
    with writing(workspace.engine) as connection:
        debtor = claim_data.debtor(connection, lookup.debtor(connection, ref, seller))
        now = kept.chosen(connection, debtor.seller, debtor.ref)
        said = [anew(kind, now.get(kind), wish, on) for kind in dict.fromkeys(kinds)]
        for one in said:
            check(connection, debtor, one, on)
        for one in said:
            kept.choose(connection, debtor.id, one, on=on, at=workspace.now())
    return said


def anew(kind: Kind, before: Preference | None, wish: Wish, on: date) -> Preference:
    """The choice for one kind of document: what is said now, and of the rest what held before."""
    copies = before.copies if before else ()
    if wish.copies is not None and kind in wish.copies_of:
        copies = tuple(dict.fromkeys(wish.copies))
    ground = before.exemption if before else None
    return Preference(
        kind=kind,
        way=wish.ways.get(kind, before.way if before else None),
        by=wish.by,
        on=on,
        source="person",
        reason=wish.reason,
        copies=copies,
        exemption=(wish.exemption or ground) if kind == "invoice" else None,
    )


def check(connection: Connection, debtor: DebtorRecord, wish: Preference, on: date) -> None:
    """Raises NotPreferred for what cannot be, or may not be by law."""
    for address in wish.copies:
        try:
            envelope_address(address)
        except ValueError as problem:
            raise NotPreferred(f"a copy goes to an e-mail address: {problem}") from problem
    if wish.kind != "invoice" and wish.way not in (None, *LETTER_WAYS):
        raise NotPreferred(f"a {wish.kind.replace('_', ' ')} is no Peppol document; write {' or '.join(LETTER_WAYS)}")
    place = debtor.details.get("address") or {}
    if wish.way == "post" and not (place.get("street") and place.get("city")):
        raise NotPreferred(f"the address of {debtor.ref} has no street or no town; add it in the ERP, then choose post")
    if wish.way == "email" and debtor.email is None:
        raise NotPreferred(f"{debtor.ref} has no e-mail address; add it in the ERP, then choose email")
    if wish.kind == "invoice":
        check_law(connection, debtor, wish, on)


def check_law(connection: Connection, debtor: DebtorRecord, wish: Preference, on: date) -> None:
    """Another way than Peppol needs a ground, where the law wants Peppol."""
    law = law_for(connection, debtor, on)
    if wish.exemption is not None:
        try:
            exemption(claim_data.seller(connection, debtor.seller).country, wish.exemption, on)
        except NoGround as problem:
            raise NotPreferred(str(problem)) from problem
    elif law is not None and wish.way in ("email", "post"):
        raise NotPreferred(
            f"{debtor.ref} may not have its invoices by {wish.way}: {law.says} ({law.source}); choose peppol, and "
            "the paper goes by e-mail where the buyer is not on the network; or name the ground with --exemption"
        )


def listed(workspace: Workspace, ref: str | None, seller: str | None = None) -> list[tuple[str, str, Preference]]:
    """(customer, name, choice) of what was ever chosen for one customer, or of all that a person chose."""
    with reading(workspace.engine) as connection:
        if ref is not None:
            debtor = claim_data.debtor(connection, lookup.debtor(connection, ref, seller))
            return [(debtor.ref, debtor.name, one) for one in kept.history(connection, debtor.id)]
        return [(ref, name, one) for ref, name, one in kept.by_persons(connection)]
