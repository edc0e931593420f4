"""Half a year at two sellers, from the ERP's export to "paid" or "handed over", as a bookkeeper would tell it.

The stories stand in examples/demo/script.toml, the invoices in examples/erp-export.json.
"""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from receivables import dossier
from receivables.ledger import insurance_tables, tables
from receivables.ledger.database import reading
from receivables.ledger.journal import verify
from tests.scenarios.told import Told

BUSINESS_LADDER = ["reminder", "call", "formal_reminder", "notice_of_default"]


def test_every_story_ends_where_it_should(demo: Told) -> None:
    assert {number: demo.outcome(number) for number in demo.invoices} == demo.script.expected


def test_every_document_travels_as_its_client_prefers(demo: Told) -> None:
    travelled = {one["debtor"]: one["channel"] for one in demo.invoices.values() if one["channel"] != "none"}
    assert travelled == demo.script.expected_channel


def test_nothing_went_out_twice_and_nothing_was_lost(demo: Told) -> None:
    dispatches = demo.summary["dispatches"]
    assert (dispatches["twice"], dispatches["lost"], dispatches["awaiting_person"]) == (0, 0, 0)
    assert demo.sandbox.duplicates() == 0
    sent = demo.rows(tables.dispatches, tables.dispatches.c.state != "withdrawn")
    assert dispatches["delivered"] == len([one for one in sent if one.state == "delivered"])
    assert [one.subject for one in sent if one.state != "delivered"] == ["2026-0013"], "only the mail that bounced"


def test_the_journal_holds(demo: Told) -> None:
    with reading(demo.engine) as connection:
        checked = verify(connection)
    assert checked.ok
    assert not demo.rows(tables.journal, tables.journal.c.seq.is_(None)), "everything is sealed"


def test_three_bank_formats_carry_the_payments(demo: Told) -> None:
    carried = {one["format"]: one["entries"] for one in demo.summary["bank"]}
    assert carried == {"coda": 5, "camt.053": 5, "mt940": 14}
    assert sum(carried.values()) == len(demo.script.payment) == len(demo.rows(tables.entries))
    assert not demo.rows(tables.tasks, tables.tasks.c.kind == "statement_gap"), "the balances join over the change"


def test_the_words_of_a_summary(demo: Told) -> None:
    assert set(demo.summary) == {"invoices", "dispatches", "bank", "seconds"}
    for one in demo.invoices.values():
        assert set(one) == {
            "number",
            "kind",
            "seller",
            "debtor",
            "currency",
            "payable",
            "open",
            "channel",
            "delivery",
            "steps",
            "outcome",
        }


class TestThoseWhoPay:
    def test_bakkerij_de_korenbloem_pays_as_agreed_and_never_hears_from_us(self, demo: Told) -> None:
        for number in ("2026-0001", "2026-0006", "2026-0014"):
            assert demo.outcome(number) == "paid_on_time"
            assert (demo.open(number), demo.steps(number)) == (0, [])
        assert demo.mails_to("korenbloem") == []

    def test_the_final_invoice_asks_what_the_deposit_left(self, demo: Told) -> None:
        deposit, final = demo.invoices["2026-0006"], demo.invoices["2026-0014"]
        assert (Decimal(deposit["payable"]), Decimal(final["payable"])) == (Decimal("6001.60"), Decimal("9002.40"))

    def test_gemeente_lindendal_types_the_number_and_is_understood(self, demo: Told) -> None:
        assert demo.outcome("2026-0002") == "paid_on_time"
        entry = demo.row(tables.entries, tables.entries.c.counterparty == "Gemeente Lindendal")
        assert entry.reference is None and entry.state == "matched"
        assert demo.reason("2026-0017")[0] == "not_due"

    def test_bauer_pays_three_days_late_before_any_reminder(self, demo: Told) -> None:
        assert demo.outcome("2026-0004") == "paid_late"
        assert demo.steps("2026-0004") == []

    def test_garage_peeters_pays_a_part_and_after_a_reminder_the_rest(self, demo: Told) -> None:
        assert demo.steps("2026-0008")[0] == "reminder"
        assert demo.asked("2026-0008", "reminder") == {"principal": Decimal("1369.72")}, "what the part left open"
        assert demo.outcome("2026-0008") == "paid_after_reminder"

    def test_garage_peeters_takes_one_delivery_back_and_is_never_reminded_of_it(self, demo: Told) -> None:
        assert (demo.outcome("2026-0011"), demo.outcome("2026-0012")) == ("credited", "credited")
        assert demo.steps("2026-0011") == []
        assert "payment" not in {row.source for row in demo.rows(tables.allocations) if row.amount == 744_15}

    def test_a_term_of_75_days_is_printed_and_becomes_thirty_from_receipt(self, demo: Told) -> None:
        """Law of 2 August 2002, art. 4: over 60 days the term is void."""
        invoice = demo.row(tables.invoices, tables.invoices.c.number == "2026-0016")
        assert invoice.printed_due == invoice.issued + timedelta(days=75)
        assert invoice.lawful_due == invoice.received + timedelta(days=30)
        assert any("75 days exceeds the maximum of 60" in flag for flag in invoice.flags)

    def test_van_rijn_pays_on_time_three_times(self, demo: Told) -> None:
        for number in ("N26-001", "N26-008", "N26-012"):
            assert (demo.outcome(number), demo.steps(number)) == ("paid_on_time", [])

    def test_de_vries_has_a_credit_for_a_part_and_pays_the_rest_on_time(self, demo: Told) -> None:
        assert demo.outcome("N26-009") == "paid_on_time"
        credit, invoice = Decimal(demo.invoices["N26-010"]["payable"]), Decimal(demo.invoices["N26-009"]["payable"])
        paid = demo.row(
            tables.entries,
            tables.entries.c.counterparty == "De Vries Architecten",
            tables.entries.c.booked >= date(2026, 4, 1),
        )
        assert Decimal(paid.amount) / 100 == invoice - credit

    def test_hendriks_pays_after_the_notice_of_default_with_interest_and_lump_sum(self, demo: Told) -> None:
        assert demo.steps("N26-006") == BUSINESS_LADDER
        asked = demo.asked("N26-006", "notice_of_default")
        assert asked["principal"] == Decimal("3328.00")
        assert asked["lump_sum"] + asked.get("costs", Decimal(0)) >= 40 and asked["interest"] > 0
        assert demo.allocated("N26-006") == asked
        assert demo.outcome("N26-006") == "paid_after_reminder"

    def test_antwerp_cold_store_promises_and_keeps_it(self, demo: Told) -> None:
        assert demo.steps("N26-007") == ["reminder", "call"]
        assert demo.day_of("N26-007", "call") == date(2026, 4, 1), "and on 2 April it promised"
        assert demo.outcome("N26-007") == "paid_after_reminder"

    def test_van_rijn_accepts_over_peppol_and_nothing_is_booked_from_that(self, demo: Told) -> None:
        """The Dutch seller's access point is another one."""
        said = demo.row(tables.answers, tables.answers.c.code == "AP")
        assert (said.seller, said.source, said.verdict) == ("nol", "recommand", "noted")
        of_van_rijn = tables.entries.c.counterparty == "Van Rijn Logistiek B.V."
        assert said.on == date(2026, 3, 6)
        assert [row.booked for row in demo.rows(tables.entries, of_van_rijn)][1] == date(2026, 3, 16)


class TestThoseWhoHaveAReason:
    def test_imprimerie_sainte_anne_disputes_and_gets_no_reminder(self, demo: Told) -> None:
        assert (demo.outcome("2026-0005"), demo.steps("2026-0005")) == ("disputed", [])
        code, sentence = demo.reason("2026-0005")
        assert code == "hold_dispute" and "humidifier arrived damaged" in sentence and "Nadia Willems" in sentence

    def test_it_had_asked_over_peppol_the_day_before_it_was_called(self, demo: Told) -> None:
        """Invoice Response UQ: held from that day, by its own words; then the desk's word, which holds longer."""
        said = demo.row(tables.answers, tables.answers.c.code == "UQ")
        assert (said.source, said.verdict, said.on) == ("e-invoice.be", "acted", date(2026, 2, 11))
        first, second = demo.rows(tables.holds, demo.of(tables.holds, "2026-0005"))
        assert (first.kind, first.since, second.since) == ("dispute", date(2026, 2, 11), date(2026, 2, 12))
        assert "humidificateur" in first.reason

    def test_zonnepark_flevo_keeps_its_plan_and_hears_nothing_more(self, demo: Told) -> None:
        assert demo.steps("N26-005") == ["reminder"]
        assert demo.day_of("N26-005", "reminder") < date(2026, 3, 13), "before the plan was agreed"
        assert demo.open("N26-005") == Decimal("1210.00"), "the last of four instalments falls on 30 June"
        assert demo.outcome("N26-005") == "on_plan"

    def test_jan_wouters_never_got_his_invoice_so_he_is_never_reminded(self, demo: Told) -> None:
        invoice = demo.invoices["2026-0013"]
        assert (invoice["delivery"], invoice["steps"]) == ("not_delivered", [])
        task = demo.row(tables.tasks, tables.tasks.c.kind == "undelivered")
        assert "2026-0013" in task.text and "correct the address" in task.text
        assert demo.mails_to("jan.wouters") == []


class TestThoseWhoDoNot:
    def test_claes_is_silent_through_the_whole_ladder_and_the_agency_collects(self, demo: Told) -> None:
        assert demo.steps("2026-0003") == [*BUSINESS_LADDER, "handover"]
        assert (demo.open("2026-0003"), demo.outcome("2026-0003")) == (0, "collected")
        assert sum(demo.allocated("2026-0003").values()) == Decimal(demo.claim("C-1004")["total"])
        items = [row.id for row in demo.rows(tables.claim_items, demo.of(tables.claim_items, "2026-0003"))]
        collected = demo.rows(tables.allocations, tables.allocations.c.claim_item_id.in_(items))
        assert len({row.on for row in collected if row.source == "collected"}) == 2, "in two payments"

    def test_fietsfabriek_ijssel_is_kept_from_the_agency_and_pays_by_a_plan(self, demo: Told) -> None:
        assert demo.steps("G26-001") == BUSINESS_LADDER
        refused = demo.row(tables.approvals, tables.approvals.c.key.contains("D-208"))
        assert (refused.state, refused.approver) == ("refused", "Bas Kuiper") and "A plan first" in refused.reason
        assert not list((demo.out / "claims").glob("*D-208*"))
        letter = demo.row(
            tables.dispatches, (tables.dispatches.c.kind == "plan") & tables.dispatches.c.subject.contains("G26-001")
        )
        assert letter.state == "delivered" and demo.outcome("G26-001") == "on_plan"
        assert sum(demo.allocated("G26-001").values()) == Decimal("1500.00"), "two of three instalments"

    def test_tuincentrum_de_linde_goes_bankrupt_and_its_goods_come_back(self, demo: Told) -> None:
        """art. 7:39 and 7:40 BW: the statement goes to the curator; nothing more is asked of the customer."""
        letter = demo.row(tables.dispatches, tables.dispatches.c.kind == "reclaim")
        assert (letter.state, letter.details["basis"], letter.planned) == (
            "delivered",
            "right_of_reclaim",
            date(2026, 4, 29),
        )
        (statement, _) = demo.mails_to("veldman")
        text = statement.get_body(("plain",))
        assert text is not None and "4 × Raammotor" in text.get_content() and "artikel 7:39 BW" in text.get_content()
        assert all(demo.day_of("G26-002", step) < letter.planned for step in demo.steps("G26-002"))

    def test_the_rest_of_what_de_linde_owes_is_filed_with_the_curator_and_written_off(self, demo: Told) -> None:
        filed = demo.row(tables.dispatches, tables.dispatches.c.kind == "estate_claim")
        assert (filed.state, filed.planned) == ("delivered", date(2026, 5, 20))
        archive = next(a["content"] for a in filed.details["attachments"] if a["mime"] == "application/zip")
        assert dossier.verify(demo.store.get(archive)).ok
        assert dossier.claim_in(demo.store.get(archive)).principal == Decimal("493.68"), "the goods are credited"
        assert (demo.outcome("G26-002"), demo.outcome("G26-003")) == ("written_off", "credited")
        assert (demo.out / "estate" / "estate-claim.pdf").read_bytes().startswith(b"%PDF")

    @pytest.mark.skipif(not (shutil.which("sha256sum") and shutil.which("openssl")), reason="needs coreutils, openssl")
    def test_what_the_agency_got_is_checked_without_our_software(self, demo: Told, tmp_path: Path) -> None:
        for number, path in enumerate(sorted((demo.out / "claims").glob("*.zip"))):
            folder = tmp_path / str(number)
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)
            for command in (
                ["sha256sum", "--check", "--strict", "SHA256SUMS"],
                [
                    "openssl",
                    "dgst",
                    "-sha256",
                    "-verify",
                    "signing-key.pem",
                    "-signature",
                    "SHA256SUMS.sig",
                    "SHA256SUMS",
                ],
            ):
                assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0, command
            (folder / "claim.json").write_bytes((folder / "claim.json").read_bytes().replace(b"EUR", b"EUr", 1))
            again = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=folder, capture_output=True, check=False)
            assert again.returncode != 0, "a changed byte is found"

    def test_hotel_ter_duinen_stays_from_the_agency_and_is_told_to_the_insurer_in_time(self, demo: Told) -> None:
        assert demo.steps("2026-0007") == BUSINESS_LADDER
        assert not list((demo.out / "claims").glob("*C-1005*"))
        report = demo.row(tables.dispatches, tables.dispatches.c.kind == "overdue_report")
        assert (report.state, report.details["buyer_id"]) == ("delivered", "BUYER-58120")
        assert report.proven <= demo.due("2026-0007") + timedelta(days=90)
        assert not demo.rows(tables.tasks, tables.tasks.c.kind == "insurer_missed")

    def test_hotel_ter_duinen_is_claimed_from_the_insurer_and_paid_out_at_ninety_percent(self, demo: Told) -> None:
        claim = demo.row(insurance_tables.insurer_claims)
        assert (claim.state, claim.claimed, claim.expected) == ("paid", 813725, 732353)
        paid = demo.row(insurance_tables.indemnifications)
        entry = demo.row(tables.entries, tables.entries.c.id == paid.entry_id)
        assert (paid.amount, entry.amount, entry.state) == (732353, 732353, "matched")
        assert demo.outcome("2026-0007") == "indemnified"
        assert demo.open("2026-0007") == Decimal("8137.25"), "the hotel still owes all of it"

    def test_deliveries_to_whom_is_too_late_are_stopped_and_released_when_they_paid(self, demo: Told) -> None:
        told = [
            (d.subject, d.details["action"]) for d in demo.rows(tables.dispatches, tables.dispatches.c.channel == "erp")
        ]
        insured = [("C-1004", "stop"), ("C-1004", "release"), ("C-1005", "stop")]
        assert told == [*insured, ("D-209", "stop"), ("C-1009", "stop")], "D-209 is insolvent, C-1009 is blocked"

    def test_marie_lambert_first_gets_the_free_notice_of_book_xix(self, demo: Told) -> None:
        """art. XIX.2 WER: no costs before fourteen days after the free first reminder."""
        assert demo.steps("2026-0009") == ["book_xix_notice", "notice_of_default", "handover"]
        assert demo.asked("2026-0009", "book_xix_notice") == {"principal": Decimal("1296.54")}
        waited = demo.day_of("2026-0009", "notice_of_default") - demo.day_of("2026-0009", "book_xix_notice")
        assert waited.days > 14
        assert demo.outcome("2026-0009") == "handed_over", "the agency has not collected yet"

    def test_sanne_de_boer_gets_the_fourteen_day_letter_only_after_default(self, demo: Told) -> None:
        """art. 6:96 lid 6 BW"""
        assert demo.steps("N26-004") == ["reminder", "notice_of_default", "fourteen_day_letter", "handover"]
        assert "costs" not in demo.asked("N26-004", "fourteen_day_letter"), "announced, not yet owed"
        waited = demo.day_of("N26-004", "handover") - demo.day_of("N26-004", "fourteen_day_letter")
        assert waited.days > 15
        assert demo.outcome("N26-004") == "collected"
        costs = Decimal(demo.claim("D-204")["costs"]["amount"]) + Decimal(demo.claim("D-204")["costs"]["vat"])
        assert costs == demo.allocated("N26-004")["costs"]

    def test_van_hove_waits_for_a_person(self, demo: Told) -> None:
        assert demo.steps("2026-0015") == BUSINESS_LADDER
        assert demo.reason("2026-0015")[0] == "awaiting_approval"
        pending = demo.row(tables.approvals, tables.approvals.c.state == "pending")
        assert pending.details["numbers"] == ["2026-0015"]

    def test_the_wrong_row_was_refused_with_what_to_write(self, demo: Told) -> None:
        refusal = demo.row(tables.refusals)
        assert refusal.number == "2026-0010" and refusal.sentence.endswith(
            "write 0, or vat_category S where VAT is due."
        )
        assert demo.outcome("2026-0010") == "refused"


class TestManners:
    def test_nobody_gets_two_messages_within_five_days(self, demo: Told) -> None:
        days: dict[str, list[date]] = defaultdict(list)
        for one in demo.rows(tables.dispatches, tables.dispatches.c.kind == "notice"):
            if one.state != "withdrawn":
                days[f"{one.seller} {one.subject}"].append(one.submitted)
        assert days
        for debtor, sent in days.items():
            assert all((after - before).days >= 5 for before, after in pairwise(sent)), (debtor, sent)

    def test_no_message_leaves_before_the_due_date_or_on_a_weekend(self, demo: Told) -> None:
        for number, one in demo.invoices.items():
            for step in one["steps"]:
                on = date.fromisoformat(step["on"])
                assert on > demo.due(number) and on.weekday() < 5, (number, step)

    def test_no_letter_is_sent_after_the_money_came(self, demo: Told) -> None:
        for number in ("2026-0008", "N26-003", "N26-006", "N26-007"):
            paid = max(row.on for row in demo.rows(tables.allocations, self.of_invoice(demo, number)))
            assert max(date.fromisoformat(step["on"]) for step in demo.invoices[number]["steps"]) <= paid

    def of_invoice(self, demo: Told, number: str) -> object:
        items = [row.id for row in demo.rows(tables.claim_items, demo.of(tables.claim_items, number))]
        return tables.allocations.c.claim_item_id.in_(items)

    def test_money_that_belongs_to_no_invoice_stays_visible(self, demo: Told) -> None:
        entry = demo.row(tables.entries, tables.entries.c.state != "matched")
        assert (entry.state, entry.amount, entry.counterparty) == ("unmatched", 148_20, "Assurpluim NV")

    @pytest.mark.parametrize(("debtor", "approver"), [("C-1004", "Nadia Willems"), ("D-204", "Bas Kuiper")])
    def test_every_hand_over_was_decided_by_a_named_person(self, demo: Told, debtor: str, approver: str) -> None:
        decided = demo.row(tables.approvals, tables.approvals.c.key.contains(debtor))
        assert (decided.state, decided.approver) == ("approved", approver) and decided.role and decided.reason
