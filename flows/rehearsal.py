"""A rehearsal's outside world, played from a script day by day: the twins, the bank, the ERP and the people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from connectors.sandbox.answers import answer as response
from connectors.sandbox.bank import Account, Bank
from connectors.sandbox.bank import Payment as BankPayment
from connectors.sandbox.insurers import InsurerScript
from connectors.sandbox.sandbox import Sandbox
from connectors.sandbox.state import State
from flows import hand_over
from flows.files import write_answer
from flows.rehearsal_endings import agree_plan, endings
from flows.script import Payment, Script
from flows.workspace import Workspace
from receivables.approval import Signature, one_time_code
from receivables.calendar import add_bank_days
from receivables.claims import HoldKind, ItemKind
from receivables.ledger import approvals, lookup, outbox
from receivables.ledger.book import open_amounts
from receivables.ledger.database import reading, writing
from receivables.ledger.holds import open_hold
from receivables.money import from_minor

EXPORT = "erp-export.json"


@dataclass(frozen=True)
class Outside:
    """Everything that is not the house, for one rehearsal in `root`."""

    script: Script
    export: dict[str, Any]
    sandbox: Sandbox
    bank: Bank

    def begin(self, workspace: Workspace, on: date) -> Path | None:
        """Sets the partners' date and drops the day's files and words; the export's path where a new one lies there."""
        self.sandbox.set_date(on)
        dropped = self.drop_export(workspace, on)
        self.write_statements(workspace, on)
        self.answer(workspace, on)
        self.note_holds(workspace, on)
        endings(workspace, self.script, on)
        return dropped

    def drop_export(self, workspace: Workspace, on: date) -> Path | None:
        """The ERP exports whenever it has a new document: all documents so far, so that known ones come again."""
        issued = [d for d in self.export["documents"] if d["issued"] <= on.isoformat()]
        if not any(d["issued"] == on.isoformat() for d in issued):
            return None
        path = workspace.folder("inbox") / EXPORT
        write_answer(path, json.dumps(self.export | {"documents": issued}, ensure_ascii=False, indent=1).encode())
        return path

    def write_statements(self, workspace: Workspace, on: date) -> None:
        """Books the day's payments at the bank and fetches the statement of every account."""
        with reading(workspace.engine) as connection:
            paid = [
                booking
                for number, payment in enumerate(self.script.payment)
                if payment.on == on and (booking := self.booking(connection, workspace, number, payment))
            ]
        self.bank.book(paid)
        self.bank.write_statements(on)

    def booking(
        self, connection: Connection, workspace: Workspace, number: int, payment: Payment
    ) -> BankPayment | None:
        """The payment as its payer makes it, by the papers that it got; None where nothing is open any more."""
        if payment.invoice is not None:
            seller, reference, amount = _of_invoice(connection, payment.invoice)
        elif payment.demand is not None:
            seller, reference, amount = lookup.last_request(connection, payment.demand)
        else:
            seller, reference, amount = payment.seller or "", None, Decimal(0)
        amount = payment.amount or amount
        if amount <= 0:
            return None
        return BankPayment(
            id=f"payment-{number}",
            account=workspace.settings.seller(seller).accounts[0],
            booked=payment.on,
            amount=amount,
            name=payment.name,
            iban=payment.iban,
            reference=reference if payment.how == "reference" else None,
            text=payment.text if payment.how == "text" else None,
        )

    def answer(self, workspace: Workspace, on: date) -> None:
        """The network brings the sellers' access points what buyers answer; the house reads it in its next pass."""
        for said in (one for one in self.script.answer if one.on == on):
            with reading(workspace.engine) as connection:
                found = lookup.invoice(connection, said.invoice)
                sent = outbox.of_subject(connection, found.seller, "invoice", found.number)[-1]
            buyer, seller = sent.receiver, sent.details["sender"]
            told: dict[str, Any] = {"issued": on, "reasons": said.reasons, "words": said.words}
            document = response(said.invoice, said.code, sender=buyer, receiver=seller, **told)
            name = workspace.provider(found.seller)[0]
            twin = "access_point" if name == "e-invoice.be" else name
            self.sandbox.arrive(twin, document, sender=buyer, receiver=seller)

    def note_holds(self, workspace: Workspace, on: date) -> None:
        """What customers said to the operator today: disputes, promises and plans."""
        at = workspace.now()
        with writing(workspace.engine) as connection:
            for kind, said in ((HoldKind.DISPUTE, self.script.dispute), (HoldKind.PROMISE, self.script.promise)):
                for one in (s for s in said if s.on == on):
                    until = one.until if kind is HoldKind.DISPUTE else add_bank_days(one.until, 2)
                    found = lookup.invoice(connection, one.invoice)
                    open_hold(
                        connection, found.id, kind, owner=one.owner, reason=one.reason, since=on, until=until, at=at
                    )
        for plan in (p for p in self.script.plan if p.on == on):
            agree_plan(workspace, plan, on)

    def decide(self, workspace: Workspace, on: date) -> None:
        """The approver opens what waits, and decides as the script has it, with the code from the message."""
        with reading(workspace.engine) as connection:
            waiting = approvals.pending(connection)
        for asked in waiting:
            decision = next((d for d in self.script.decision if d.debtor == asked.debtor_ref), None)
            if decision is None or on < asked.requested + timedelta(days=decision.after_days):
                continue
            approver = next(a for a in workspace.settings.approvers if a.name == decision.approver)
            signature = Signature(
                decision=decision.decision,
                approver=approver.name,
                code=one_time_code(approver.secret.value(), approver.name, asked.key, asked.shown),
                reason=decision.reason,
            )
            hand_over.decide(workspace, asked.id, signature, on)


def _of_invoice(connection: Connection, number: str) -> tuple[str, str | None, Decimal]:
    found = lookup.invoice(connection, number)
    kinds = open_amounts(connection, [found.id]).get(found.id, {})
    return found.seller, found.reference, from_minor(kinds.get(ItemKind.PRINCIPAL, 0), found.currency)


def outside(script: Script, export: dict[str, Any], state: Path, out: Path, accounts: list[Account]) -> Outside:
    """The twins over `state`, showing what they received under `out`."""
    collections: dict[str, list[tuple[int, Decimal]]] = {}
    for one in script.sandbox.agency:
        collections.setdefault(one.debtor, []).append((one.days, one.share))
    sandbox = Sandbox(
        state,
        participants=script.sandbox.participants,
        bouncing=script.sandbox.bouncing,
        collections=collections,
        insurance=InsurerScript(
            limits={cover.buyer_id: cover.limit for cover in script.sandbox.cover},
            decides=script.sandbox.insurer.decides,
            pays=script.sandbox.insurer.pays,
        ),
        out=out,
    )
    bank = Bank(State(state / "bank"), out / "bank" / "inbox")
    bank.open(*accounts)
    return Outside(script, export, sandbox, bank)
