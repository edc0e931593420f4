"""The official verdicts on 3,000 documents and 1,685 fragments, where they lie beside the repository."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from ubl import schema
from ubl.rules.book import engine
from ubl.safe_xml import parse

CONFORMANCE = Path(__file__).resolve().parents[3] / "shared" / "conformance"
DIVERGENCES: dict[str, str] = {}
"""Rule ids on which we differ from the official artefacts, each with the reason; none is known."""

pytestmark = pytest.mark.skipif(not CONFORMANCE.is_dir(), reason="the official verdicts are not beside the repository")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    def unpack(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name.partition(".")[0])
        with tarfile.open(CONFORMANCE / name) as archive:
            archive.extractall(folder, filter="data")
        return folder

    return unpack


def entries(index: Path) -> list[dict]:
    return [json.loads(line) for line in index.read_text("utf-8").splitlines()]


def verdict(path: Path) -> tuple[bool, dict[str, str]]:
    root = parse(path.read_bytes())
    return schema.is_valid(root), {each.rule.id: each.rule.severity for each in engine().run(root)}


def test_the_verdict_on_every_document_is_the_official_one(unpacked):
    index = next(unpacked("corpus.tar.xz").rglob("verdicts.jsonl"))
    stated = entries(index)
    assert len(stated) >= 3000
    differing = {}
    for entry in stated:
        schema_valid, fired = verdict(index.parent / entry["file"])
        if schema_valid != entry["xsd_valid"] or (schema_valid and fired != entry["fired"]):
            differing[entry["file"]] = (schema_valid, set(fired.items()) ^ set(entry["fired"].items()))
    assert differing == DIVERGENCES


def test_every_stated_expectation_on_a_rule_holds(unpacked):
    index = next(unpacked("official-unit-cases.tar.xz").rglob("index.jsonl"))
    stated = entries(index)
    assert len(stated) >= 1685
    broken = [
        entry["file"]
        for entry in stated
        if (entry["rule"] in verdict(index.parent / entry["file"])[1]) != (entry["expected"] == "fires")
    ]
    assert broken == []
