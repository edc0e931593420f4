"""A document is measured as it travels: on Peppol the UBL with its base64, by e-mail the PDF that holds it."""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from typing import Any

import pytest

from connectors import limits
from connectors.erp.mapping import build, sells_goods
from connectors.erp.parties import channel_of
from connectors.limits import Channel, Limit, attachment_budget, base64_size, limit_of
from flows import issue as issuing
from flows.dress import dress_for
from flows.issue import Issued, issue
from tests.connectors.exports import BUSINESS, CONSUMER, ready
from ubl.invoice import Invoice
from ubl.read import read


def issued(channel: Channel = "peppol", **changes: Any) -> Issued:
    row = ready(**changes)
    invoice = build(row)
    assert isinstance(invoice, Invoice)
    return issue(invoice, dress_for(row.seller, row.customer), goods=sells_goods(row.document), channel=channel)


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Any:
    def to(most: int) -> None:
        def narrow(channel: Channel) -> Limit:
            return Limit(channel, most, date(2026, 1, 1), "this test", "V")

        monkeypatch.setattr(issuing, "limit_of", narrow)
        monkeypatch.setattr(limits, "limit_of", narrow)

    return to


def attached(size: int) -> list[dict[str, str]]:
    return [{"filename": "plan.pdf", "content": b64encode(b"x" * size).decode()}]


def test_every_limit_is_dated_and_sourced() -> None:
    for channel in ("peppol", "email"):
        limit = limit_of(channel)
        assert limit.most > 1_000_000 and limit.source and limit.mark in "VU" and limit.since


def test_the_budget_is_counted_before_base64() -> None:
    room = limit_of("peppol").most - 1000
    assert attachment_budget("peppol", 1000) == room // 4 * 3
    assert base64_size(attachment_budget("peppol", 1000)) <= room
    assert attachment_budget("peppol", 10**9) == 0


def test_the_plain_pdf_is_inside_the_ubl_as_long_as_it_fits(limited: Any) -> None:
    whole = issued()
    limited(len(whole.ubl))
    assert [document.mime for document in read(issued().ubl).documents] == ["application/pdf"]
    limited(len(whole.ubl) - 1)
    smaller = issued()
    assert read(smaller.ubl).documents == ()
    assert smaller.report.valid
    assert smaller.flags == (
        "The invoice's own PDF was left out of the UBL: with it the document would be over the "
        f"{len(whole.ubl) - 1:,} bytes of peppol.",
    )


def test_attachments_of_the_erp_are_never_left_out_but_refused_with_both_sizes(limited: Any) -> None:
    limited(20_000)
    assert len(read(issued(attachments=attached(3_000)).ubl).documents) == 1
    with pytest.raises(
        ValueError, match=r"hold 30,000 bytes, and beside this document peppol takes [\d,]+ \(in base64"
    ):
        issued(attachments=attached(30_000))


def test_by_email_the_paper_is_measured(limited: Any) -> None:
    whole = issued("email")
    limited(base64_size(len(whole.paper)) - 1)
    assert issued("email").flags and len(issued("email").paper) < len(whole.paper)


def test_the_first_channel_is_the_customer_s() -> None:
    assert channel_of(ready().customer) == "peppol"
    assert channel_of(ready(customers=[BUSINESS | {"preference": "email"}]).customer) == "email"
    assert channel_of(ready(customer="C-2", customers=[CONSUMER]).customer) == "email"
