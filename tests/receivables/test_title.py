"""Who owns unpaid goods, and until when they can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from receivables.law.reclaim import right_of_reclaim
from receivables.title import Sale, Standing, title

LAWS = ("BE", "NL")
SALE = Sale(
    goods=True,
    retained=True,
    law="BE",
    accepted=date(2025, 3, 1),
    proof="signed order",
    delivered=date(2026, 1, 5),
)


@pytest.mark.parametrize(
    ("changes", "standing", "words"),
    [
        ({}, Standing.PROTECTED, "accepted on 2025-03-01, before the delivery of 2026-01-05 (signed order)"),
        ({"goods": False}, Standing.NO_GOODS, "services"),
        ({"retained": False}, Standing.NO_CLAUSE, "do not keep the goods"),
        ({"law": "IT"}, Standing.NOT_PROTECTED, "no clause here for the law of IT"),
        ({"accepted": None}, Standing.NOT_PROTECTED, "no proof that the customer accepted"),
        ({"accepted": date(2026, 1, 6)}, Standing.NOT_PROTECTED, "after the delivery of 2026-01-05"),
        ({"accepted": date(2026, 1, 5)}, Standing.PROTECTED, "accepted on 2026-01-05"),
        ({"proof": None}, Standing.DOUBTFUL, "nothing proves"),
    ],
)
def test_title_holds_only_as_it_was_agreed_before_delivery(
    changes: dict[str, object], standing: Standing, words: str
) -> None:
    found = title(replace(SALE, **changes), LAWS)  # type: ignore[arg-type]
    assert found.standing is standing and words in found.why
    assert (found.flag is not None) == (standing in (Standing.NOT_PROTECTED, Standing.DOUBTFUL))


@pytest.mark.parametrize(
    ("due", "delivered", "last"),
    [
        (date(2026, 2, 4), date(2026, 1, 5), date(2026, 3, 18)),  # six weeks after the due date come last
        (date(2026, 1, 5), date(2026, 1, 5), date(2026, 3, 6)),  # sixty days after the delivery come last
    ],
)
def test_the_dutch_right_of_reclaim_ends_when_both_terms_have_passed(due: date, delivered: date, last: date) -> None:
    found = right_of_reclaim("NL", due, delivered)
    assert found is not None and found.last_day == last
    assert "not verified" in found.explanation, "the terms were not read in their source"


def test_belgian_law_has_no_such_right() -> None:
    assert right_of_reclaim("BE", date(2026, 1, 5), date(2026, 1, 5)) is None
