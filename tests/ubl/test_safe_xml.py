"""XML from outside: what is read, and the one sentence for what is not."""

from __future__ import annotations

import pytest

from ubl.safe_xml import MAX_DEPTH, UnreadableXml, parse

INVOICE = b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'


def refusal(data: bytes, **limits: int) -> str:
    with pytest.raises(UnreadableXml) as caught:
        parse(data, **limits)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


def test_comments_and_processing_instructions_are_not_part_of_the_document():
    root = parse(b"<a><!-- one --><b>x<!-- two -->y</b><?do it?></a>")
    assert [child.tag for child in root] == ["b"]
    assert root[0].text == "xy"


@pytest.mark.parametrize("data", [b"", b"  \n"])
def test_nothing_is_not_a_document(data):
    assert "empty" in refusal(data)


def test_broken_xml_is_named_with_its_place():
    assert "not well-formed" in refusal(b"<a><b></a>")


def test_a_billion_laughs_end_at_the_doctype():
    bomb = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>'
    assert "DOCTYPE" in refusal(bomb)


def test_an_external_entity_is_never_fetched(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("do not read me")
    stolen = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]><a>&x;</a>'.encode()
    assert "DOCTYPE" in refusal(stolen)


def test_a_doctype_in_utf_16_is_found_too():
    assert "DOCTYPE" in refusal('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"))


def test_the_word_doctype_in_a_text_is_only_a_word():
    assert parse(b"<a><![CDATA[<!DOCTYPE a>]]></a>").text == "<!DOCTYPE a>"


@pytest.mark.parametrize("unread", [b"<", b" ", b"<!DOCTYPE a>"])
def test_a_long_file_is_refused_before_it_is_read(unread):
    assert "bytes; more than" in refusal(unread * (200 * 1024 * 1024 // len(unread)))


@pytest.mark.parametrize("levels", [10_000, MAX_DEPTH + 1])
def test_deep_nesting_is_refused(levels):
    assert f"more than {MAX_DEPTH} deep" in refusal(b"<a>" * levels + b"</a>" * levels)


def test_a_caller_may_allow_less_depth():
    assert parse(b"<a><b/></a>", max_depth=2).tag == "a"
    assert "more than 1 deep" in refusal(b"<a><b/></a>", max_depth=1)


def test_deep_nesting_is_refused_in_a_long_document_too():
    padding = b"<!--" + b"x" * 9_500_000 + b"-->"
    assert "deep" in refusal(b"<a>" * 300 + padding + b"</a>" * 300)


def test_a_large_attachment_is_read():
    text = b"QUFB" * 3_000_000
    assert len(parse(b"<a>" + text + b"</a>").text) == len(text)


def test_an_encoding_that_is_not_shared_is_refused():
    assert '"utf-7"' in refusal(b'<?xml version="1.0" encoding="utf-7"?><a/>')


def test_text_in_another_encoding_than_declared_is_refused():
    assert "not well-formed" in refusal("<?xml version='1.0' encoding='UTF-8'?><a>é</a>".encode("latin-1"))


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "utf-8", "UTF-16", "iso-8859-15"])
def test_what_older_programs_write_is_read(encoding):
    assert parse(f"<?xml version='1.0' encoding='{encoding}'?><a>é</a>".encode(encoding)).text == "é"


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert parse("\ufeff<a>é</a>".encode()).text == "é"


def envelope(*documents: bytes) -> bytes:
    uri = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
    return (
        f'<StandardBusinessDocument xmlns="{uri}"><StandardBusinessDocumentHeader/>'.encode()
        + b"".join(documents)
        + b"</StandardBusinessDocument>"
    )


def test_a_peppol_envelope_is_opened():
    root = parse(envelope(INVOICE))
    assert root.tag.endswith("}Invoice")
    assert root.getparent() is None


@pytest.mark.parametrize("documents", [(), (INVOICE, INVOICE)])
def test_an_envelope_holds_exactly_one_document(documents):
    assert f"holds {len(documents)} documents" in refusal(envelope(*documents))
