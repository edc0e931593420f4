"""Every rule can say, in English and Dutch, what is wrong and how to mend it."""

from __future__ import annotations

import pytest

from tests.ubl.rule_documents import base_documents, changed, rows
from ubl.rules.book import engine
from ubl.rules.texts import explain, named, term_and_fix, terms_of
from ubl.rules.texts.families import LISTS
from ubl.rules.tree import Paths
from ubl.terms import NAMES

BASES = base_documents()
RULES = [rule.id for rule in engine().rules]


@pytest.mark.parametrize("lang", ["en", "nl"])
def test_every_rule_has_a_fix_and_names_known_terms(lang):
    for rule in RULES:
        term, fix = term_and_fix(rule, lang)
        assert fix.endswith(".") and "{" not in fix, rule
        assert term == named(terms_of(rule), lang)
        assert set(terms_of(rule)) <= NAMES.keys(), rule


def test_what_a_finding_says_is_complete_and_translated():
    for rule, base, changes in rows("cases.txt"):
        for fired in engine().run(changed(BASES[base], changes)):
            path = Paths().of(fired.group, fired.leaf)
            english, dutch = explain(fired, path, "en"), explain(fired, path, "nl")
            assert english[1] and english[2] and dutch[1] and dutch[2], rule
            assert english[1] != dutch[1], (rule, english)
            assert rule not in english[1], (rule, english)


def test_every_rule_about_a_code_names_its_list():
    about_codes = {rule for rule in RULES if rule.startswith(("BR-CL-", "PEPPOL-EN16931-CL"))}
    assert about_codes == LISTS.keys()


def test_the_term_follows_from_the_path_where_a_rule_has_none():
    (fired,) = engine().run(changed(BASES["invoice"], "cbc:AccountingCost=_"))
    assert explain(fired, "/Invoice/cbc:AccountingCost", "en")[0] == "BT-19 buyer accounting reference"
