"""Unpaid goods: what is shown of them, and the letter that takes them back, once and only where a right to them is."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from flows.cli import NO, UNUSABLE, run
from flows.reclaim import NotReclaimed, Reclaimed, reclaim
from receivables.claims import DispatchState
from receivables.ledger import tables
from receivables.title import Basis, Standing, Title, reclaimable
from tests.connectors.exports import BUSINESS, DUTCH_SELLER, document, line
from tests.flows.house import MONDAY, After, House, iban_of

Captured = pytest.CaptureFixture[str]
DUE = date(2026, 2, 2)
LATER = date(2026, 2, 4)
DUTCH_BUYER = BUSINESS | {
    "seller": "nl",
    "ref": "D-1",
    "name": "Noord B.V.",
    "address": {"street": "Marsweg 1", "postal_code": "8013 PE", "city": "Zwolle", "country": "NL"},
    "registration_number": "99823456",
    "vat_number": "NL998234564B01",
    "email": "inkoop@noord.example",
    "preference": "email",
    "terms_accepted": None,
}
GOODS = {"due": DUE.isoformat(), "delivery": {"date": "2026-01-05"}}


def dutch(**changes: Any) -> dict[str, Any]:
    return document(number="N-1", seller="nl", customer="D-1", **(GOODS | changes))


@pytest.fixture
def late(after: After) -> House:
    return after(go_late)


def go_late(house: House) -> None:
    """Goods under a proven clause in Belgium, and in the Netherlands goods without any clause; both late."""
    buyer = {name: value for name, value in DUTCH_BUYER.items() if value is not None}
    taken = house.take_in(document(**GOODS), dutch(), customers=[BUSINESS, buyer])
    assert taken.count("taken_in") == 2, taken
    house.go_to(MONDAY + timedelta(days=1))
    house.play_day()
    house.go_to(LATER)
    house.play_day()


def take_back(house: House, *numbers: str, **asked: Any) -> Reclaimed:
    return reclaim(house.workspace, numbers, by="Nadia Willems", on=house.today, **asked)


def states(house: House) -> list[DispatchState]:
    return [one.state for one in house.dispatches("reclaim")]


@pytest.mark.parametrize(
    ("standing", "until", "on", "insolvent", "grounds"),
    [
        (Standing.PROTECTED, None, DUE, False, ()),
        (Standing.PROTECTED, None, DUE, True, (Basis.CLAUSE,)),
        (Standing.PROTECTED, None, LATER, False, (Basis.CLAUSE,)),
        (Standing.PROTECTED, LATER, LATER, False, (Basis.CLAUSE, Basis.RIGHT_OF_RECLAIM)),
        (Standing.DOUBTFUL, None, LATER, False, ()),
        (Standing.NO_CLAUSE, LATER, LATER, False, (Basis.RIGHT_OF_RECLAIM,)),
        (Standing.NO_CLAUSE, LATER, LATER + timedelta(days=1), False, ()),
        (Standing.NO_GOODS, LATER, LATER, True, ()),
    ],
)
def test_goods_come_back_by_a_proven_clause_or_in_the_days_of_the_right_of_reclaim(
    standing: Standing, until: date | None, on: date, insolvent: bool, grounds: tuple[Basis, ...]
) -> None:
    assert reclaimable(Title(standing, "why"), DUE, until, on, insolvent=insolvent).grounds == grounds


class TestTitle:
    def test_it_shows_lines_place_and_why(self, late: House, capsys: Captured) -> None:
        root = ["--root", str(late.root), "--on", str(late.today)]
        assert run(["title", "C-1", *root]) == 0
        said = capsys.readouterr().out
        assert "2026-7  protected" in said and "2 × Pump" in said and "Plein 2, 2800 Mechelen" in said
        assert "open 242.00 EUR" in said

    def test_as_json_it_names_the_ground_and_the_last_day(self, late: House, capsys: Captured) -> None:
        assert run(["title", "N-1", "--root", str(late.root), "--on", str(late.today), "--format", "json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["standing"], found["grounds"]) == ("not_protected", ["right_of_reclaim"])
        assert found["reclaim_until"] == "2026-03-16"  # six weeks after 2 February, which is later than sixty days

    def test_the_answer_is_no_where_nothing_can_be_taken_back(self, late: House, capsys: Captured) -> None:
        assert run(["title", "N-1", "--root", str(late.root), "--on", "2026-03-17"]) == NO
        assert "ended on 2026-03-16" in capsys.readouterr().out

    def test_an_unknown_name_is_said_so(self, late: House, capsys: Captured) -> None:
        assert run(["title", "X-9", "--root", str(late.root)]) == UNUSABLE
        assert "no debtor X-9" in capsys.readouterr().err


class TestReclaim:
    def test_the_letter_names_the_goods_and_the_clause_and_leaves_once(self, late: House) -> None:
        made = take_back(late, "2026-7")
        assert made.basis is Basis.CLAUSE and "2 × Pump" in made.text and "art. 69-72 Pandwet" in made.text
        late.send()
        late.send()
        assert states(late) == [DispatchState.SUBMITTED] or states(late) == [DispatchState.DELIVERED]
        assert len([key for key in late.received_by("mail") if "reclaim" in key]) == 1
        with pytest.raises(NotReclaimed, match="reclaimed on 2026-02-04 already"):
            take_back(late, "2026-7")
        assert [row.facts["basis"] for row in late.journal("goods.reclaimed")] == ["clause"]
        late.assert_each_once()

    def test_the_ladder_waits_until_its_day_and_then_goes_on(self, late: House) -> None:
        made = take_back(late, "2026-7")
        late.play_to(made.by_day)
        assert not [step for step, number, _ in late.notices() if number == "2026-7"]
        late.play_to(made.by_day + timedelta(days=3))
        assert [step for step, number, _ in late.notices() if number == "2026-7"] == ["reminder"]

    def test_the_dutch_right_dissolves_the_sale_and_asks_for_no_money(self, late: House) -> None:
        made = take_back(late, "N-1")
        assert made.basis is Basis.RIGHT_OF_RECLAIM and "artikel 7:39 BW" in made.text
        assert "Te betalen" not in made.text and iban_of(DUTCH_SELLER) not in made.text.replace(" ", "")
        assert any("credit the goods in the ERP" in text for text in late.tasks("goods"))

    def test_a_preview_leaves_nothing_behind(self, late: House, capsys: Captured) -> None:
        root = ["--root", str(late.root), "--on", str(late.today)]
        assert run(["reclaim", "2026-7", "--by", "Nadia", "--preview", *root]) == 0
        assert "Het gaat om deze goederen" in capsys.readouterr().out
        assert not late.dispatches("reclaim") and not late.tasks("goods") and not late.rows(tables.holds)

    def test_what_is_not_the_sellers_is_not_asked_for(self, late: House) -> None:
        late.go_to(date(2026, 3, 17))
        with pytest.raises(NotReclaimed, match=r"N-1 cannot be taken back: .* ended on 2026-03-16"):
            take_back(late, "N-1")
        with pytest.raises(NotReclaimed, match="one customer"):
            take_back(late, "N-1", "2026-7")
        with pytest.raises(NotReclaimed, match="by the right of reclaim"):
            take_back(late, "2026-7", basis=Basis.RIGHT_OF_RECLAIM)

    def test_services_never_come_back(self, house: House) -> None:
        house.take_in(document(**GOODS, lines=[line(nature="service")]))
        house.go_to(LATER)
        with pytest.raises(NotReclaimed, match="No goods were sold"):
            take_back(house, "2026-7")

    def test_a_payment_a_minute_ago_stops_the_letter(self, late: House) -> None:
        take_back(late, "2026-7")
        late.go_to(late.today + timedelta(days=1))
        late.pay("242.00", reference=late.reference())
        late.read_statements()
        late.send()
        (letter,) = late.dispatches("reclaim")
        assert letter.state is DispatchState.WITHDRAWN and "changed" in (letter.reason or "")

    def test_by_post_it_waits_for_a_person_who_posts_it(self, late: House) -> None:
        take_back(late, "2026-7", channel="post")
        late.send()
        assert any("Print and post the letter" in text for text in late.tasks("post"))
        sheets = [s["filename"] for s in late.dispatch("reclaim").details["sheets"]]
        assert sheets == ["brief.pdf", "2026-7.pdf"]

    def test_who_has_no_address_gets_it_by_post(self, late: House, capsys: Captured) -> None:
        without = {name: value for name, value in BUSINESS.items() if name != "email"}
        late.take_in(document(number="2026-8", issued="2026-02-04", due="2026-03-06"), customers=[without])
        root = ["--root", str(late.root), "--on", str(late.today)]
        assert run(["reclaim", "2026-7", "--by", "Nadia", *root]) == UNUSABLE
        assert "use --channel post" in capsys.readouterr().err
