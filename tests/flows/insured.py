"""A house with another policy, and an overdue invoice that the insurer has acknowledged."""

from __future__ import annotations

from datetime import date
from typing import Any

from flows.demo_settings import POLICY
from flows.settings import FILE
from flows.workspace import open_workspace
from tests.connectors.exports import document, line
from tests.flows.house import House

DUE = date(2026, 2, 2)
NOTIFIED = date(2026, 4, 23)  # ten days before the deadline of 3 May, a Thursday
INSURER_IBAN = "BE67068900001187"


def with_policy(house: House, **terms: Any) -> None:
    """The policy's terms as the test needs them; the house is opened anew."""
    path = house.root / FILE
    text = path.read_text()
    parts = text.split("\n\n")
    at = next(n for n, part in enumerate(parts) if part.startswith("[[insurance]]"))
    kept = [row for row in parts[at].splitlines() if row.split(" = ")[0] not in terms]
    parts[at] = "\n".join([*kept, *(f"{name} = {value}" for name, value in terms.items() if value is not None)])
    path.write_text("\n\n".join(parts))
    house.workspace = open_workspace(house.root, now=house.clock)


def with_settings(house: House, text: str) -> None:
    path = house.root / FILE
    path.write_text(path.read_text() + text)
    house.workspace = open_workspace(house.root, now=house.clock)


def invoice(number: str = "2026-7", quantity: int = 5, due: date = DUE, **more: Any) -> dict[str, object]:
    """605.00 by default."""
    return document(number=number, due=due.isoformat(), lines=[line(quantity=quantity)], **more)


def acknowledged(house: House, *documents: Any) -> None:
    """The arrears are notified, and the insurer said so."""
    house.take_in(*(documents or (invoice(),)))
    house.send()
    house.send()
    house.go_to(NOTIFIED)
    insure_and_send(house)


def insure_and_send(house: House) -> Any:
    from flows.insure import insure

    done = insure(house.workspace, house.today)
    house.send()
    return done


__all__ = ["DUE", "INSURER_IBAN", "NOTIFIED", "POLICY", "acknowledged", "insure_and_send", "invoice", "with_policy"]
