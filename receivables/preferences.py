"""How a client wants its documents, and what the law leaves of that wish: pure, for one invoice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from receivables.claims import Step
from receivables.law.e_invoicing import Mandate, NoGround, exemption
from receivables.rungs import FORMAL

Kind = Literal["invoice", "reminder", "formal_notice"]
Way = Literal["peppol", "peppol_else_email", "email", "post"]
KINDS: tuple[Kind, ...] = ("invoice", "reminder", "formal_notice")
LETTER_WAYS = ("email", "post")  # a reminder is no Peppol document


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What was chosen for one kind of document: by whom, when, why, and by which way (erp, person).

    `way` None: nothing but copies. `copies`: e-mail addresses that get one after success. `exemption`: the ground on
    which a Belgian invoice may go another way than by Peppol.
    """

    kind: Kind
    way: Way | None
    by: str
    on: date
    source: Literal["erp", "person"]
    reason: str | None = None
    copies: tuple[str, ...] = ()
    exemption: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How an invoice goes: `peppol` first or not, and what takes its place where Peppol says no.

    `breach`: the law obliges the buyer to be there, so what takes its place is flagged. `flags`: for the operator.
    """

    peppol: bool
    otherwise: Literal["email", "post"] | None
    breach: bool = False
    flags: tuple[str, ...] = ()


def route(wish: Preference, law: Mandate | None, *, ref: str, issued: date) -> Route:
    """The lawful route for an invoice of the day `issued` to the customer `ref`.

    Where the law wants Peppol, a wish for another way is set aside and flagged, unless an exemption is on record; and
    the paper goes by that way, or by e-mail, where the network says that the buyer is not there.
    """
    way = wish.way or "peppol_else_email"
    otherwise: Literal["email", "post"] | None = "post" if way == "post" else None if way == "peppol" else "email"
    if law is None:
        return Route(peppol=way in ("peppol", "peppol_else_email"), otherwise=otherwise)
    asks = way in ("email", "post")
    refused = asks and not_exempt(wish, law, issued)
    if asks and not refused:
        return Route(peppol=False, otherwise=otherwise)
    flags = (set_aside(way, law, ref, str(refused)),) if refused else ()
    return Route(peppol=True, otherwise=otherwise or "email", breach=True, flags=flags)


def not_exempt(wish: Preference, law: Mandate, issued: date) -> str | None:
    """Why the law does not let this invoice go another way; None where an exemption on record does."""
    if wish.exemption is None:
        return "no exemption is on record"
    try:
        exemption(law.country, wish.exemption, issued)
    except NoGround as problem:
        return str(problem)
    return None


def set_aside(way: str, law: Mandate, ref: str, why: str) -> str:
    return (
        f"The preference '{way}' is set aside: {law.says}, and {why}. Where one holds, record it: peppol_exemption in "
        f"the export, or voldaan prefer {ref} --invoice {way} --exemption GROUND."
    )


def kind_of(step: Step) -> Kind:
    """Which preference a letter of the ladder follows."""
    return "formal_notice" if step in FORMAL else "reminder"
