# ruff: noqa: F811 - the fixtures are another module's
"""Goods that are taken back: the partner who has the claim and the insurer are told, once, when the letter has left."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.insurance.file_export import files_of
from connectors.insurance.partners import INSURERS
from connectors.ports import Answer, CollectionAgency, News, Submission
from flows.filings import GOODS, filing_of
from flows.reclaim import reclaim
from receivables.claims import DispatchState
from receivables.ledger.handover_news import UPDATE
from tests.flows.house import APPROVER, House
from tests.flows.insured import DUE, acknowledged, insure_and_send, invoice, with_policy
from tests.flows.test_hand_over import BuildHouse, build, played, request, sign  # noqa: F401 - fixtures


def take_back(house: House, **asked: Any) -> None:
    reclaim(house.workspace, ["2026-7"], by=APPROVER, on=house.today, **asked)


@pytest.fixture
def handed(build: BuildHouse) -> House:
    """The agency has the claim."""
    house = build()
    sign(house)
    house.play_day()
    house.go_to(house.today + timedelta(days=1))
    return house


def told(house: House) -> list[dict[str, Any]]:
    return [json.loads(house.workspace.store.get(one.content)) for one in house.dispatches(UPDATE)]


class TestTheAgency:
    def test_it_is_told_which_goods_on_what_day_with_the_letter(self, handed: House) -> None:
        take_back(handed)
        for _ in range(3):
            handed.send()
        (update,) = told(handed)
        assert (update["kind"], update["reclaimed_on"], update["give_back_by"]) == ("goods", "2026-04-02", "2026-04-16")
        assert update["goods"] == [{"invoice": "2026-7", "goods": ["2 × Pump"], "place": "Plein 2, 2800 Mechelen"}]
        assert [file["name"] for file in update["files"]] == ["brief.pdf"]
        (dispatch,) = handed.dispatches(UPDATE)
        assert dispatch.state is DispatchState.DELIVERED and not handed.tasks("update_refused")
        handed.assert_each_once()

    def test_a_letter_that_was_stopped_is_no_news(self, handed: House) -> None:
        take_back(handed)
        handed.pay("242.00", reference=handed.reference())
        handed.read_statements()
        handed.send()
        handed.send()
        assert handed.dispatch("reclaim").state is DispatchState.WITHDRAWN
        assert [update["kind"] for update in told(handed)] == ["payment"]

    def test_by_post_it_is_news_once_the_letter_was_posted(self, handed: House) -> None:
        take_back(handed, channel="post")
        handed.send()
        handed.send()
        assert told(handed) == [] and handed.dispatch("reclaim").state is DispatchState.SUBMITTED

    def test_what_stands_in_the_dossier_is_not_told_again(self, build: BuildHouse) -> None:
        house = build()
        take_back(house)
        house.send()
        house.go_to(house.today + timedelta(days=20))  # the ladder waited for the goods; the claim is asked anew
        asked = request(house)
        assert asked.requested < house.today
        sign(house)
        house.play_day()
        house.play_day()
        assert [update["kind"] for update in told(house)] == ["goods"], "the dossier is older than the letter"

    def test_who_does_not_take_it_is_a_task(self, handed: House, monkeypatch: pytest.MonkeyPatch) -> None:
        """As Payt, which takes new sums only."""

        def refuse(self: CollectionAgency, partner_id: str, news: News, key: str) -> Submission:
            return Submission(answer=Answer.REJECTED, reason="put them in yourself")

        agency = type(handed.workspace.agency(handed.workspace.settings.agencies[0].name))
        monkeypatch.setattr(agency, "update", refuse)
        take_back(handed)
        for _ in range(2):
            handed.play_day()
        (task,) = handed.tasks("update_refused")
        assert "'goods:" in task and "put them in yourself" in task


class TestTheInsurer:
    def test_it_is_told_by_its_connector_once(self, house: House) -> None:
        acknowledged(house)
        take_back(house)
        house.send()
        for _ in range(2):
            insure_and_send(house)
        (dispatch,) = house.dispatches(GOODS)
        assert dispatch.state is DispatchState.DELIVERED and not house.tasks("tell_insurer")
        row = house.sandbox._state.rows("select body from filing where kind = 'goods'")[0]
        said = json.loads(row["body"])
        assert (said["reclaimedOn"], said["giveBackBy"]) == ("2026-04-23", "2026-05-07")
        assert said["goods"] == ["2026-7: 5 × Pump"] and said["invoices"][0]["openAmount"] == "605.00"
        house.assert_each_once()

    @pytest.mark.parametrize("partner", [name for name, known in INSURERS.items() if "goods" not in known.by_api])
    def test_the_others_get_files_with_both_letters(self, house: House, partner: str) -> None:
        acknowledged(house)
        with_policy(house, partner=f'"{partner}"', account='"A"', secret='{ env = "VOLDAAN_SANDBOX_INSURER" }')
        take_back(house)
        house.send()
        insure_and_send(house)
        (dispatch,) = house.dispatches(GOODS)
        assert dispatch.state is DispatchState.SUBMITTED and (dispatch.partner_id or "").startswith("file/")
        (task,) = [text for text in house.tasks("insurer_file") if "goods" in text]
        assert "close this as done" in task
        laid = files_of(filing_of(house.workspace, dispatch))
        assert set(laid) == {".json", ".csv", ".pdf", "-reclaim.pdf"} and laid[".pdf"] != laid["-reclaim.pdf"]

    def test_a_policy_that_is_gone_is_a_task(self, house: House) -> None:
        acknowledged(house)
        (insurance,) = house.workspace.settings.insurances
        other = insurance.model_copy(update={"number": "OTHER"})
        settings = house.workspace.settings.model_copy(update={"insurances": (other,)})
        take_back(house)
        house.send()
        house.workspace = replace(house.workspace, settings=settings)
        for _ in range(2):
            insure_and_send(house)
        (task,) = house.tasks("tell_insurer")
        assert insurance.number in task and "2026-7" in task
        assert insurance.number not in {one.receiver for one in house.dispatches(GOODS)}

    def test_before_arrears_are_notified_nobody_is_told_of_goods(self, house: House) -> None:
        house.take_in(invoice())
        house.go_to(DUE + timedelta(days=8))
        take_back(house)
        house.send()
        insure_and_send(house)
        assert house.dispatch("reclaim").state is not DispatchState.PLANNED and not house.dispatches(GOODS)

    def test_goods_that_were_paid_for_meanwhile_are_no_news(self, house: House) -> None:
        acknowledged(house)
        take_back(house)
        house.send()
        house.pay("605.00", reference=house.reference())
        house.read_statements()
        insure_and_send(house)
        assert house.dispatch("reclaim").state is not DispatchState.WITHDRAWN and not house.dispatches(GOODS)
