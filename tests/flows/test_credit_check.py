"""Before the sale: one verdict with its reasons, in the terminal, over HTTP, and at intake."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from connectors.sandbox.insurers import InsurerScript
from flows.cli import run
from flows.credit_check import credit_check
from flows.insolvency import keep_looks
from flows.limits import refresh
from flows.webhooks import application
from receivables.insolvency import Look
from receivables.ledger import tables
from receivables.ledger.lookup import NotFound
from tests.connectors.exports import BUSINESS
from tests.flows.house import House
from tests.flows.insured import insure_and_send, invoice, with_settings

BuildHouse = Callable[..., House]
TOKEN = "\n[erp]\ntoken = { env = 'VOLDAAN_SANDBOX_INSURER' }\n"


@pytest.fixture
def limited(build_house: BuildHouse) -> House:
    """The insurer covers 1,000 euro, and 605.00 is open."""
    house = build_house(insurance=InsurerScript(limits={"BUYER-1": Decimal(1000)}))
    house.take_in(invoice())
    refresh(house.workspace, house.today)
    return house


def client_of(house: House) -> TestClient:
    """As the ERP reaches it: among the routes of voldaan webhooks."""
    return TestClient(application(house.workspace))


def verdict(house: House, amount: str = "0", **more: object) -> tuple[str, tuple[str, ...]]:
    found = credit_check(house.workspace, "C-1", amount=Decimal(amount), on=house.today, **more)  # type: ignore[arg-type]
    return found.verdict, found.reasons


def test_what_is_open_ordered_and_asked_is_held_against_the_limit(limited: House) -> None:
    assert verdict(limited, "395.00") == ("ok", ())
    sentence = "1000.01 EUR (605.00 open + 0 ordered + 395.01 asked) is beyond the limit under policy CI-2026-001 of"
    told, (reason,) = verdict(limited, "395.01")
    assert told == "beyond_cover" and reason.startswith(sentence)
    assert verdict(limited, "0", ordered=Decimal("395.01"))[0] == "beyond_cover"
    assert credit_check(limited.workspace, "C-1", on=limited.today).room == Decimal("395.00")


def test_what_the_erp_has_on_order_counts(build_house: BuildHouse) -> None:
    house = build_house(insurance=InsurerScript(limits={"BUYER-1": Decimal(1000)}))
    house.take_in(invoice(), customers=[BUSINESS | {"ordered": "500.00", "authorised_signatory": "A. Maes, director"}])
    refresh(house.workspace, house.today)
    found = credit_check(house.workspace, "C-1", on=house.today)
    assert (found.ordered, found.exposure, found.verdict) == (Decimal("500.00"), Decimal("1105.00"), "beyond_cover")
    assert "authorised signatory: A. Maes, director" in found.notes


def test_without_a_decision_the_policys_discretionary_limit_counts(house: House) -> None:
    house.take_in(invoice())
    told, (reason,) = verdict(house)
    assert told == "beyond_cover" and "the discretionary limit under policy CI-2026-001" in reason


def test_our_own_limit_counts_beside_the_insurers(build_house: BuildHouse) -> None:
    house = build_house(insurance=InsurerScript(limits={"BUYER-1": Decimal(10000)}))
    house.take_in(invoice(), customers=[BUSINESS | {"credit_limit": "600.00"}])
    refresh(house.workspace, house.today)
    assert verdict(house)[1] == (
        "605.00 EUR (605.00 open + 0 ordered + 0 asked) is beyond our own limit of 600.00 EUR",
    )


def test_the_policy_may_ask_for_prepayment_or_a_hold(limited: House) -> None:
    path = limited.root / "policy.toml"
    for asked in ("prepayment", "hold"):
        path.write_text(path.read_text().replace('beyond_cover = "flag"', f'beyond_cover = "{asked}"'))
        with_settings(limited, "")
        assert verdict(limited, "1000.00")[0] == asked
        path.write_text(path.read_text().replace(f'beyond_cover = "{asked}"', 'beyond_cover = "flag"'))


def test_an_insolvent_customer_and_stopped_deliveries_are_a_hold(limited: House) -> None:
    limited.go_to(date(2026, 4, 3))
    insure_and_send(limited)
    assert verdict(limited) == ("hold", ("deliveries are stopped: an invoice is past the insurer's extension period",))
    keep_looks(limited.workspace, [Look("C-1", limited.today, True, "RegSol 2026/114")], "Nadia Willems")
    assert verdict(limited)[1][0] == "insolvent: RegSol 2026/114"


def test_a_number_that_cannot_be_right_is_a_hold(limited: House) -> None:
    from sqlalchemy import update

    from receivables.ledger.database import writing

    (row,) = limited.rows(tables.debtors, tables.debtors.c.ref == "C-1")
    details = row.details | {"registration_number": "0123456789", "vat_check": {"valid": False}}
    with writing(limited.workspace.engine) as connection:
        connection.execute(update(tables.debtors).where(tables.debtors.c.id == row.id).values(details=details))
    told, reasons = verdict(limited)
    assert told == "hold" and any("0123456789" in reason for reason in reasons)
    assert any("VIES says that the VAT number" in reason for reason in reasons)


def test_an_invoice_beyond_cover_is_taken_in_and_flagged(limited: House) -> None:
    path = limited.root / "policy.toml"
    path.write_text(path.read_text().replace('beyond_cover = "flag"', 'beyond_cover = "prepayment"'))
    with_settings(limited, "")
    fits, beyond = limited.take_in(invoice(), invoice("2026-8", quantity=3), invoice("2026-9", quantity=2)).rows[1:]
    assert (fits.answer, [f for f in fits.flags if "cover" in f]) == ("taken_in", [])
    (flag,) = [f for f in beyond.flags if "cover" in f]
    assert beyond.answer == "taken_in" and flag.startswith("beyond cover: 1210.00 EUR open with this invoice")
    (row,) = limited.rows(tables.invoices, tables.invoices.c.number == "2026-9")
    assert flag in row.flags
    (task,) = limited.tasks("beyond_cover")
    assert task.endswith("By policy: ask for prepayment.")


class TestInTheTerminal:
    def test_limits_are_imported_and_decide(self, house: House, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
        house.take_in(invoice())
        root, file = ["--root", str(house.root)], tmp_path / "limits.csv"
        file.write_text("policy;customer;limit;since;until\nCI-2026-001;C-1;5000.00;2026-01-01;2026-03-31\n")
        assert run(["limits", "import", str(file), "--on", "2026-01-05", *root]) == 0
        assert run(["limits", "import", str(file), "--on", "2026-01-05", *root]) == 0
        assert "0 decisions are new, 1 were known" in capsys.readouterr().out
        asked = ["credit-check", "C-1", "--amount", "4000.00", *root]
        assert run([*asked, "--on", "2026-01-05"]) == 0
        capsys.readouterr()
        assert run([*asked, "--on", "2026-04-01", "--format", "json"]) == 1, "the limit has ended"
        told = json.loads(capsys.readouterr().out)
        assert (told["verdict"], told["exposure"], told["room"]) == ("beyond_cover", "4605.00", "0")
        assert run(["limits", "list", "--on", "2026-04-01", *root]) == 0
        assert "expired" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("row", "words"),
        [("P-9;C-1", "column policy: 'P-9'"), ("CI-2026-001;C-77", "column customer: the ledger has no")],
    )
    def test_a_limit_of_nobody_is_refused(
        self, house: House, tmp_path: Path, capsys: pytest.CaptureFixture, row: str, words: str
    ) -> None:
        house.take_in(invoice())
        file = tmp_path / "limits.csv"
        file.write_text(f"policy;customer;limit;since\nCI-2026-001;C-1;10.00;2026-01-01\n{row};5.00;2026-01-01\n")
        assert run(["limits", "import", str(file), "--root", str(house.root)]) == 2
        assert f"limits.csv, row 3, {words}" in capsys.readouterr().err
        assert house.journal("cover.granted") == [], "nothing is taken from a file of which one row is wrong"

    def test_who_may_sign_is_noted_and_no_name_stands_in_the_journal(
        self, house: House, capsys: pytest.CaptureFixture
    ) -> None:
        house.take_in(invoice())
        root = ["--root", str(house.root)]
        noted = ["signatory", "C-1", "--name", "A. Maes", "--capacity", "director", "--by", "N", "--on", "2026-01-05"]
        assert run([*noted, *root]) == 0
        assert run(["credit-check", "C-1", "--on", "2026-01-05", *root]) == 1
        assert "authorised signatory: A. Maes, director (noted on 2026-01-05)" in capsys.readouterr().out
        (entry,) = house.journal("debtor.signatory")
        assert entry.facts == {}

    def test_nobody_of_that_number(self, house: House, capsys: pytest.CaptureFixture) -> None:
        assert run(["credit-check", "C-404", "--root", str(house.root)]) == 2
        assert "the ledger has no customer C-404" in capsys.readouterr().err
        with pytest.raises(NotFound):
            credit_check(house.workspace, "C-404", on=house.today)


class TestOverHttp:
    @pytest.fixture
    def client(self, limited: House) -> TestClient:
        with_settings(limited, TOKEN)
        return client_of(limited)

    def ask(self, client: TestClient, path: str, token: str = "sandbox-insurer-token") -> tuple[int, dict]:
        answer = client.get(path, headers={"authorization": f"Bearer {token}"} if token else {})
        return answer.status_code, answer.json()

    def test_the_erp_gets_the_same_answer(self, client: TestClient) -> None:
        status, told = self.ask(client, "/credit-check/be/C-1?amount=500.00&ordered=100.00")
        assert (status, told["verdict"], told["exposure"]) == (200, "beyond_cover", "1205.00")
        assert told["format"] == "voldaan-credit-check/1" and told["reasons"]

    @pytest.mark.parametrize("token", ["", "wrong", "sandbox-insurer-tokem"])
    def test_who_has_no_token_learns_nothing(self, client: TestClient, token: str) -> None:
        assert self.ask(client, "/credit-check/be/C-1", token) == (401, {"detail": "a bearer token is needed"})

    def test_without_a_token_in_the_settings_nobody_is_answered(self, limited: House) -> None:
        client = client_of(limited)
        assert self.ask(client, "/credit-check/be/C-1")[0] == 401

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("be/C-404", 404),
            ("nl/C-1", 404),
            ("be/C-1?amount=x", 422),
            ("be/C-1?amount=-1", 422),
            ("be/C-1?ordered=1e99", 422),
        ],
    )
    def test_what_cannot_be_answered(self, client: TestClient, path: str, status: int) -> None:
        found, told = self.ask(client, f"/credit-check/{path}")
        assert found == status and told["detail"]
