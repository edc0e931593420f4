"""A policy is refused at load, with file, line and what to write, before it can send anything."""

from __future__ import annotations

from importlib import resources

import pytest

from receivables.claims import DebtorKind, Step
from receivables.ladder import BadPolicy, load_policy, parse_policy

DEFAULT = resources.files("receivables").joinpath("policy.toml").read_text()


@pytest.mark.parametrize("country", ["BE", "NL"])
@pytest.mark.parametrize("kind", list(DebtorKind))
def test_the_default_has_a_ladder_for_every_regime(country: str, kind: DebtorKind):
    ladder = load_policy().ladder_for(country, kind)
    assert ladder.steps[-1].step is Step.HANDOVER
    assert ladder.steps[-1].approval


@pytest.mark.parametrize(
    ("find", "write", "sentence"),
    [
        (
            'step = "fourteen_day_letter"',
            'step = "formal_reminder"',
            "lacks 'fourteen_day_letter', which the law of NL",
        ),
        ('step = "book_xix_notice"', 'step = "reminder"', "lacks 'book_xix_notice', which the law of BE requires"),
        ('step = "call"', 'step = "reminder"', "has a step twice"),
        ("wait = 12", 'wait = "soon"', "line 35: ladder.0.steps.4.wait: Input should be a valid integer"),
        ('debtors = ["consumer"]', 'debtors = ["konsument"]', "Input should be 'business', 'consumer' or 'public'"),
        ("min_days_between", "min_days", "line 6: contact.min_days"),
        ('name = "nl_business"', 'name = "be_business"', "two ladders have one name"),
        ("[contact]", "[contact", "policy.toml is not TOML"),
    ],
)
def test_a_wrong_policy_is_refused_with_one_sentence(find: str, write: str, sentence: str):
    with pytest.raises(BadPolicy) as refused:
        parse_policy(DEFAULT.replace(find, write, 1), "policy.toml")
    assert sentence in str(refused.value)


def test_a_regime_without_a_ladder_is_refused():
    with pytest.raises(BadPolicy, match="no ladder for consumer debtors under the law of NL"):
        parse_policy(DEFAULT[: DEFAULT.index('[[ladder]]\nname = "nl_consumer"')], "policy.toml")


def test_a_debtors_own_ladder_keeps_to_the_same_law():
    policy = load_policy()
    assert policy.ladder_for("BE", DebtorKind.BUSINESS, override="nl_business").name == "be_business"


def test_handover_ends_a_ladder():
    first = DEFAULT.replace('step = "reminder"', 'step = "handover"', 1).replace(
        'step = "handover"\nwait = 12', 'step = "reminder"\nwait = 12', 1
    )
    with pytest.raises(BadPolicy, match="goes on after 'handover'"):
        parse_policy(first, "policy.toml")
