"""A claim and news about it, for the tests of collection partners."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from connectors.ports import Attachment, News
from receivables.claim_file import ClaimedInvoice, ClaimFile, Costs, Party
from receivables.claim_update import ClaimUpdate, UpdateFile
from receivables.dossier import build

ZUID = "Zuid BV"
DAY = date(2026, 4, 1)


def claim(open_: str = "242.00", **changes: Any) -> ClaimFile:
    zero, principal = Decimal("0.00"), Decimal(open_)
    invoice = ClaimedInvoice(
        number="2026-7",
        issued=date(2026, 1, 5),
        printed_due=date(2026, 2, 2),
        lawful_due=date(2026, 2, 4),
        received=date(2026, 1, 5),
        gross=Decimal("242.00"),
        open=principal,
        interest=zero,
        interest_lines=(),
        goods=False,
        files=("invoices/2026-7.pdf",),
    )
    case: dict[str, Any] = {
        "reference": "vdb/C-1/2026-04-01",
        "on": DAY,
        "currency": "EUR",
        "law": "BE",
        "creditor": Party(name="Vandenbroecke", country="BE", address="Kaai 1, 8000 Brugge", iban="BE68539007547034"),
        "debtor": Party(
            name=ZUID,
            country="BE",
            address="Veldstraat 5, 9000 Gent",
            street="Veldstraat 5",
            postal_code="9000",
            city="Gent",
            registration="0208:0903456713",
            email="boekhouding@zuid.example",
            reference="C-1",
        ),
        "invoices": (invoice,),
        "principal": principal,
        "interest": zero,
        "costs": Costs(amount=zero, vat=zero, lump_sum=zero, articles=(), explanation=()),
        "total": principal,
        "interest_articles": (),
        "provisional": False,
        "steps": (),
    }
    return ClaimFile(**{**case, **changes})


def dossier(open_: str = "242.00", **changes: Any) -> bytes:
    return build(claim(open_, **changes), {"invoices/2026-7.pdf": b"%PDF-1.7"})


def news(kind: Any, files: tuple[Attachment, ...] = (), **changes: Any) -> News:
    import hashlib

    named = tuple(
        UpdateFile(name=one.filename, mime=one.mime, sha256=hashlib.sha256(one.content).hexdigest()) for one in files
    )
    case: dict[str, Any] = {"kind": kind, "reference": "vdb/C-1/2026-04-01", "on": DAY, "currency": "EUR"}
    case |= {"open": Decimal("142.00"), "files": named, "invoices": (("2026-7", Decimal("242.00"), Decimal("142.00")),)}
    update = ClaimUpdate(**{**case, **changes})
    return News(update=update, content=update.model_dump_json().encode(), files=files)
