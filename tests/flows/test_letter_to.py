"""Whom a letter goes to, in which language and under which name: as the rung of the policy says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pypdfium2

from flows.workspace import open_workspace
from tests.connectors.exports import BUSINESS, document
from tests.flows.house import House
from tests.receivables.policies import policy_text

DUE = date(2026, 2, 2)
REMINDED = date(2026, 2, 9)
DIRECTOR = {"role": "management", "name": "Marie Zuid", "email": "marie@zuid.example", "language": "fr"}
FIRST_RUNG = '[[ladder.steps]]\nstep = "reminder"\nwait = 5\n'
BuildHouse = Callable[..., House]


def reminded(house: House, rung: str, *contacts: dict[str, Any]) -> House:
    """One overdue invoice to Zuid BV, whose first rung says `rung` too, on the day of the reminder."""
    (house.root / "policy.toml").write_text(policy_text(replace=(FIRST_RUNG, f"{FIRST_RUNG}{rung}\n")))
    house.workspace = open_workspace(house.root, now=house.clock)
    house.take_in(document(due=DUE.isoformat()), customers=[{**BUSINESS, "contacts": list(contacts)}])
    house.play_day()
    house.go_to(REMINDED)
    house.play_day()
    return house


def test_a_step_with_a_role_goes_to_that_contact_in_its_language(house: House) -> None:
    reminded(house, 'role = "management"', DIRECTOR)
    notice = house.dispatch("notice")
    assert (notice.receiver, notice.details["language"]) == ("marie@zuid.example", "fr")
    assert "Selon notre comptabilité" in house.workspace.store.get(notice.details["text"]).decode()
    assert notice.details["attachments"][0]["filename"] == "lettre.pdf"


def test_a_step_without_a_role_goes_to_the_general_address(house: House) -> None:
    reminded(house, "", DIRECTOR)
    assert house.dispatch("notice").receiver == "ap@zuid.example"


def test_a_role_that_nobody_has_goes_to_the_general_address(house: House) -> None:
    reminded(house, 'role = "legal"', DIRECTOR)
    assert house.dispatch("notice").receiver == "ap@zuid.example"


def test_a_contact_whose_address_bounced_is_passed_over_once(build_house: BuildHouse) -> None:
    house = reminded(build_house(bouncing=["marie@zuid.example"]), 'role = "management"', DIRECTOR)
    house.play_to(REMINDED + timedelta(days=8))
    assert [(one.receiver, one.state) for one in house.dispatches("notice")] == [
        ("marie@zuid.example", "not_delivered"),
        ("ap@zuid.example", "delivered"),
    ]
    house.assert_each_once()


def test_a_step_bears_the_name_that_the_house_gave_it(house: House) -> None:
    reminded(house, 'label = { nl = "Vriendelijk seintje" }')
    letter = house.workspace.store.get(house.dispatch("notice").details["attachments"][0]["content"])
    assert "Vriendelijk seintje" in pypdfium2.PdfDocument(letter)[0].get_textpage().get_text_bounded()


def test_a_ladder_escalates_from_one_role_to_another(house: House) -> None:
    """The reminder goes to the accounts, the formal reminder after it to the management."""
    text = policy_text(replace=(FIRST_RUNG, f'{FIRST_RUNG}role = "accounts"\n'))
    formal = '[[ladder.steps]]\nstep = "formal_reminder"\nwait = 3\n'
    (house.root / "policy.toml").write_text(text.replace(formal, f'{formal}role = "management"\n', 1))
    house.workspace = open_workspace(house.root, now=house.clock)
    accounts = {"role": "accounts", "email": "accounts@zuid.example"}
    customer = {**BUSINESS, "contacts": [accounts, DIRECTOR]}
    house.take_in(document(due=DUE.isoformat()), customers=[customer])
    house.play_day()
    house.go_to(date(2026, 2, 6))
    house.play_to(date(2026, 3, 6))
    assert [(one.occurrence.split("/")[0], one.receiver) for one in house.dispatches("notice")] == [
        ("reminder", "accounts@zuid.example"),
        ("formal_reminder", "marie@zuid.example"),
        ("notice_of_default", "ap@zuid.example"),
    ]


def test_invoices_go_to_the_contact_for_invoices(house: House) -> None:
    exempt = {"ground": "article_44", "by": "Nadia Willems", "on": "2026-01-02"}
    contacts = [{"role": "invoice", "email": "in@zuid.example"}]
    customer = {**BUSINESS, "preference": "email", "peppol_exemption": exempt, "contacts": contacts}
    house.take_in(document(), customers=[customer])
    assert house.dispatch().receiver == "in@zuid.example"
