"""Four answers, asked of a directory and an SMP on loopback that are right, wrong, slow, silent and lying."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any, get_args

import pytest
from signxml.algorithms import CanonicalizationMethod

from connectors.peppol import smp
from connectors.peppol.fallback import registrations
from connectors.peppol.lookup import Network, NetworkUnusable, network
from connectors.peppol.sml import Directory, Unanswered, _replacement
from connectors.peppol.verdict import REFUSED, SIGNED, UNSIGNED, Verdict
from connectors.ports import Reach
from connectors.sandbox import CREDIT_NOTE, INVOICE, Fault, Participant, Sandbox, SandboxAddresses
from connectors.sandbox.discovery import Finding
from connectors.sandbox.pki import Pki
from connectors.sandbox.registration import Registered
from connectors.sandbox.smp import BILLING, NAMESPACES, information, sign
from tests.connectors.samples import BUYER, NOT_THERE

Opened = tuple[Sandbox, SandboxAddresses]
Open = Callable[..., Opened]
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ASKED = f"busdox-docid-qns::{INVOICE}"
CAN, NOT_THIS, NOT_KNOWN, UNKNOWN = Reach


def network_of(finding: Finding, **changes: Any) -> Network:
    settings: dict[str, Any] = {
        "zone": finding.zone,
        "nameservers": [finding.nameserver],
        "anchors": finding.trust_anchors,
        "authorities": finding.authorities,
        "ports": [finding.smp_port],
        "private": [ip_network("127.0.0.0/8")],
        "fallbacks": None,
        "seconds": 10.0,
        "cache": timedelta(hours=1),
    }
    return network(**settings | changes)


def _number(first: int) -> str:
    return f"0208:{first:08d}{97 - first % 97:02d}"


IDS: dict[Registered, str] = {how: _number(2_000_000 + 11 * each) for each, how in enumerate(get_args(Registered))}


@pytest.fixture(scope="module")
def finding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finding]:
    """One network on which somebody is registered in every way there is."""
    everybody = [Participant(id=number, registered=how) for how, number in IDS.items()]
    with Sandbox(tmp_path_factory.mktemp("sandbox"), participants=everybody) as addresses:
        yield addresses.finding


def look(finding: Finding, how: Registered, *, at: datetime = AT, asked: str = ASKED, **changes: Any) -> Verdict:
    return network_of(finding, **changes).lookup(IDS[how], asked, BILLING, at)


EXPECTED: dict[Registered, tuple[Reach, str, str]] = {
    "properly": (CAN, "receives", "can receive this document"),
    "many_records": (CAN, "receives", "can receive"),  # more than a datagram holds: asked again by TCP
    "redirect": (CAN, "receives", "can receive"),
    "redirect_twice": (UNKNOWN, "not_trusted", "redirects twice"),
    "redirect_to_stranger": (UNKNOWN, "not_trusted", "the redirect names the signer 'CN=PSB000001"),
    "redirect_to_nothing": (UNKNOWN, "not_trusted", "contradict each other"),
    "redirect_by_http": (UNKNOWN, "unanswered", "never followed"),
    "expired": (NOT_THIS, "expired", "until 2025-12-31"),
    "not_yet_active": (NOT_THIS, "not_yet_active", "from 2048-01-01"),
    "other_process": (NOT_THIS, "process_not_listed", "not under the process"),
    "other_transport": (NOT_THIS, "transport_not_listed", "not by peppol-transport-as4-v2_0"),
    "by_government_smp": (NOT_KNOWN, "fallback_registration", "Hermes, Belgium"),
    "by_government_access_point": (NOT_KNOWN, "fallback_registration", "nobody receives"),
    "other_participant": (UNKNOWN, "not_trusted", "answered about 0208:0999999922"),
    "other_document": (UNKNOWN, "not_trusted", "answered about another document"),
    "listed_but_gone": (UNKNOWN, "not_trusted", "contradicts itself"),
    "not_at_smp": (NOT_KNOWN, "not_at_smp", "that SMP does not know it"),
    "unsigned": (UNKNOWN, "not_trusted", "signature is not accepted"),
    "tampered": (UNKNOWN, "not_trusted", "Digest mismatch"),
    "sha1": (UNKNOWN, "not_trusted", "RSA_SHA1 forbidden"),
    "other_authority": (UNKNOWN, "not_trusted", "InvalidCertificate"),
    "lapsed_certificate": (UNKNOWN, "not_trusted", "InvalidCertificate"),
    "no_xml": (UNKNOWN, "not_trusted", "not well-formed"),
    "doctype": (UNKNOWN, "not_trusted", "DOCTYPE"),
    "huge": (UNKNOWN, "unanswered", "more than 2000000 bytes"),
    "drip": (UNKNOWN, "unanswered", "for more than 1 s"),
    "plain_http": (UNKNOWN, "unanswered", "not an https address"),
    "private_address": (UNKNOWN, "unanswered", "10.1.2.3, which is not in the public internet"),
    "half_private_address": (UNKNOWN, "unanswered", "10.1.2.3, which is not in the public internet"),
    "other_port": (UNKNOWN, "unanswered", "port 22"),
    "no_such_host": (UNKNOWN, "unanswered", "nowhere.sandbox.test has no address"),
    "other_service": (UNKNOWN, "unanswered", "names no SMP"),
}


def test_every_way_of_being_registered_has_its_expectation() -> None:
    assert set(get_args(Registered)) == set(EXPECTED) | {"other_group"}, "other_group shows where a document is missing"


@pytest.mark.parametrize("how", EXPECTED)
def test_what_the_network_says_becomes_one_of_four_answers(finding: Finding, how: Registered) -> None:
    reach, why, words = EXPECTED[how]
    verdict = look(finding, how, seconds=1.0 if how == "drip" else 10.0)
    assert (verdict.reach, verdict.why) == (reach, why), verdict.sentence
    assert words in verdict.sentence


def test_who_is_not_in_the_directory_is_not_registered(finding: Finding) -> None:
    verdict = network_of(finding).lookup(NOT_THERE, ASKED, BILLING, AT)
    assert (verdict.reach, verdict.why) == (NOT_KNOWN, "not_in_directory")
    assert b"NXDOMAIN" in verdict.proofs[0].content


def test_who_does_not_list_the_document_is_registered_but_not_for_it(opened: Open) -> None:
    _, addresses = opened(participants=[Participant(id=BUYER, document_types=(CREDIT_NOTE,))])
    asking = network_of(addresses.finding)
    verdict = asking.lookup(BUYER, ASKED, BILLING, AT)
    assert (verdict.reach, verdict.why) == (NOT_THIS, "document_not_listed")
    assert [proof.level for proof in verdict.proofs][1:] == [UNSIGNED, UNSIGNED]
    assert asking.lookup(BUYER, f"busdox-docid-qns::{CREDIT_NOTE}", BILLING, AT).reach is CAN


def test_a_document_type_is_another_in_another_case_of_letters(finding: Finding) -> None:
    assert look(finding, "properly", asked=ASKED.replace("Invoice", "invoice")).reach is NOT_THIS


def test_a_list_of_documents_of_somebody_else_says_nothing(opened: Open) -> None:
    _, addresses = opened(participants=[Participant(id=BUYER, document_types=(CREDIT_NOTE,), registered="other_group")])
    verdict = network_of(addresses.finding).lookup(BUYER, ASKED, BILLING, AT)
    assert verdict.reach is UNKNOWN and "answered about 0208:0999999922" in verdict.sentence


@pytest.mark.parametrize("kind", ["error", "too_many", "unauthorized", "drop", "garbage", "slow"])
@pytest.mark.parametrize("partner", ["smp", "dns"])
def test_an_answer_that_does_not_come_is_unknown_and_asked_again(opened: Open, partner: str, kind: Any) -> None:
    """A name server's refusal is tried again by the resolver itself for a while, so it strikes for good."""
    fault = Fault(partner=partner, kind=kind, call="NAPTR" if partner == "dns" else "", last=1000, seconds=2.5)
    sandbox, addresses = opened(participants=[BUYER], faults=[fault])
    asking = network_of(addresses.finding, seconds=2.0)
    assert asking.lookup(BUYER, ASKED, BILLING, AT).reach is UNKNOWN
    sandbox._faults._faults.clear()
    assert asking.lookup(BUYER, ASKED, BILLING, AT).reach is CAN, "unknown is not kept"


def test_a_network_that_is_down_is_unknown(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    sandbox.stop()
    assert network_of(addresses.finding, seconds=2.0).lookup(BUYER, ASKED, BILLING, AT).reach is UNKNOWN


def test_an_smp_that_is_down_is_unknown(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    assert sandbox._service
    sandbox._service.stop()
    verdict = network_of(addresses.finding, seconds=2.0).lookup(BUYER, ASKED, BILLING, AT)
    assert verdict.reach is UNKNOWN and "no connection to smp.sandbox.test" in verdict.sentence


@pytest.mark.parametrize("zone", ["participant.sandbux.test", "no-such-zone.sandbox.test"])
def test_a_zone_that_is_not_there_makes_nobody_unregistered(finding: Finding, zone: str) -> None:
    verdict = network_of(finding, zone=zone).lookup(BUYER, ASKED, BILLING, AT)
    assert (verdict.reach, verdict.why) == (UNKNOWN, "unanswered")


class TestTrust:
    def test_https_by_an_authority_that_is_not_trusted_is_unknown(self, finding: Finding) -> None:
        assert look(finding, "properly", authorities=None).reach is UNKNOWN

    def test_an_address_on_this_machine_is_not_called_unless_allowed(self, finding: Finding) -> None:
        verdict = look(finding, "properly", private=[])
        assert verdict.reach is UNKNOWN and "127.0.0.1, which is not in the public internet" in verdict.sentence

    def test_a_port_is_not_called_unless_allowed(self, finding: Finding) -> None:
        assert "is not among the allowed ports" in look(finding, "properly", ports=[443]).sentence

    def test_a_certificate_counts_while_it_is_valid(self, finding: Finding) -> None:
        before = datetime(2025, 12, 1, tzinfo=UTC)
        assert look(finding, "lapsed_certificate", at=before).reach is CAN

    def test_an_authority_for_https_signs_no_smp(self, finding: Finding) -> None:
        assert look(finding, "properly", anchors=finding.authorities).why == "not_trusted"

    @pytest.mark.parametrize("content", [b"", b"no certificate"])
    def test_anchors_that_are_none_are_told(self, finding: Finding, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "anchors.pem").write_bytes(content)
        with pytest.raises(NetworkUnusable, match="trust anchors"):
            look(finding, "properly", anchors=tmp_path / "anchors.pem")


class TestSignatures:
    """The signature itself, without a network: what is signed is what is read."""

    @pytest.fixture
    def pki(self, finding: Finding) -> Pki:
        return Pki(finding.trust_anchors.parent)

    def answer(self, pki: Pki, **how: Any) -> bytes:
        inside = information(BUYER, INVOICE, "properly")
        xml = f"<SignedServiceMetadata {NAMESPACES}><ServiceMetadata>{inside}</ServiceMetadata></SignedServiceMetadata>"
        return sign(xml.encode(), pki, "first.pem", **how)

    def read(self, pki: Pki, content: bytes) -> smp.Metadata:
        return smp.read_metadata(content, pki.path("smp-ca.pem"), AT)

    @pytest.mark.parametrize(
        "c14n",
        [
            CanonicalizationMethod.CANONICAL_XML_1_0,
            CanonicalizationMethod.CANONICAL_XML_1_1,
            CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        ],
    )
    def test_every_canonical_form_that_smps_use_is_read(self, pki: Pki, c14n: CanonicalizationMethod) -> None:
        metadata = self.read(pki, self.answer(pki, c14n=c14n))
        assert metadata.participant == BUYER and metadata.document_type == ASKED
        assert [(each.process, each.address) for each in metadata.endpoints] == [
            (BILLING, "https://as4.sandbox.test/as4")
        ]

    def test_a_signed_answer_inside_another_document_is_not_that_document(self, pki: Pki) -> None:
        """Signature wrapping: the good answer is carried along, and somebody else's facts stand around it."""
        signed = self.answer(pki).partition(b"?>")[2]
        lie = information("0208:0999999922", INVOICE, "properly")
        around = f"<SignedServiceMetadata {NAMESPACES}><ServiceMetadata>{lie}</ServiceMetadata>".encode()
        with pytest.raises(smp.Distrusted):
            self.read(pki, around + signed + b"</SignedServiceMetadata>")

    def test_a_comment_does_not_cut_a_value_short(self, pki: Pki) -> None:
        """A comment is not signed, so one may be put in anywhere: `…/as4<!-- -->.evil` must not become `…/as4`."""
        content = self.answer(pki).replace(b"//as4.sandbox.test/as4", b"//as4.<!-- -->sandbox.test/as4")
        assert self.read(pki, content).endpoints[0].address == "https://as4.sandbox.test/as4"

    def test_a_bare_key_is_no_certificate(self, pki: Pki) -> None:
        content = self.answer(pki)
        start, end = content.index(b"<ds:X509Data>"), content.index(b"</ds:X509Data>") + len(b"</ds:X509Data>")
        with pytest.raises(smp.Distrusted):
            self.read(pki, content[:start] + content[end:])

    def test_a_broken_answer_is_distrusted_whatever_the_libraries_raise(self, pki: Pki) -> None:
        content = self.answer(pki).rstrip()
        for cut in range(0, len(content), 37):
            with pytest.raises(smp.Distrusted):
                self.read(pki, content[:cut] + content[cut + 37 :])

    @pytest.mark.parametrize(
        ("uid", "fits"),
        [
            ("PSB000001", True),
            ("CN=PSB000001, O=Sandbox, C=BE", True),
            ("C=BE,O=Sandbox,CN=PSB000001", True),
            ("CN=PSB000001,O=Sandbox,C=NL", False),
            ("CN=PSB000001", False),
            ("PSB000002", False),
            ("", False),
            ("CN=PSB000001,O=Sandbox,C=BE:00", False),
        ],
    )
    def test_a_redirect_names_a_signer_by_subject_or_name(self, pki: Pki, uid: str, fits: bool) -> None:
        assert smp.is_signed_by(self.read(pki, self.answer(pki)), uid) is fits

    def test_a_redirect_may_add_the_serial_number(self, pki: Pki) -> None:
        metadata = self.read(pki, self.answer(pki))
        assert smp.is_signed_by(metadata, f"CN=PSB000001,O=Sandbox,C=BE:{metadata.signer.serial_number:032X}")


class TestCache:
    def test_a_definite_answer_is_kept_for_the_cache_time(self, opened: Open) -> None:
        sandbox, addresses = opened(participants=[BUYER])
        asking = network_of(addresses.finding, seconds=2.0)
        first = asking.lookup(BUYER, ASKED, BILLING, AT)
        sandbox.stop()
        assert asking.lookup(BUYER.lower(), ASKED, BILLING, AT + timedelta(minutes=59)) is first
        assert asking.lookup(BUYER, ASKED, BILLING, AT + timedelta(minutes=60)).reach is UNKNOWN
        assert asking.lookup(BUYER, ASKED, BILLING, AT - timedelta(minutes=1)).reach is UNKNOWN

    def test_an_answer_is_not_kept_longer_than_its_endpoint_lives(self, finding: Finding) -> None:
        last_minute = datetime(2025, 12, 31, 23, 59, tzinfo=UTC)
        asking = network_of(finding)
        assert asking.lookup(IDS["expired"], ASKED, BILLING, last_minute).reach is CAN
        assert asking.lookup(IDS["expired"], ASKED, BILLING, last_minute + timedelta(minutes=2)).reach is NOT_THIS


class TestProof:
    def test_the_signed_answer_is_kept_as_it_came(self, finding: Finding) -> None:
        verdict = look(finding, "redirect")
        record, first, second = verdict.proofs
        told = json.loads(record.content)
        assert (told["participant"], told["reach"], told["endpoint"]) == (
            IDS["redirect"],
            "can_receive",
            "https://as4.sandbox.test/as4",
        )
        assert [call["status"] for call in told["calls"]] == [200, 200]
        assert (first.level, second.level, first.mime) == (SIGNED, SIGNED, "application/xml")
        assert b"Redirect" in first.content and b"SignatureValue" in second.content

    def test_what_is_not_trusted_is_kept_as_such(self, finding: Finding) -> None:
        assert look(finding, "tampered").proofs[1].level == REFUSED

    def test_the_same_answer_twice_is_the_same_proof(self, finding: Finding) -> None:
        first, later = (look(finding, "properly", at=AT + timedelta(days=day)) for day in (0, 1))
        assert first.proofs == later.proofs and first.at != later.at


class TestFallbacks:
    def test_an_installation_adds_its_own_rows(self, finding: Finding, tmp_path: Path) -> None:
        own = tmp_path / "fallbacks.toml"
        row = {"name": "Ours", "field": "description", "text": "sandbox access", "source": "test"}
        own.write_text("[[registration]]\nfrom = 2026-01-01\n" + "\n".join(f'{k} = "{v}"' for k, v in row.items()))
        verdict = look(finding, "properly", fallbacks=own)
        assert (verdict.reach, verdict.why) == (NOT_KNOWN, "fallback_registration") and "Ours" in verdict.sentence

    def test_a_row_that_cannot_be_read_is_told(self, tmp_path: Path) -> None:
        own = tmp_path / "fallbacks.toml"
        own.write_text('[[registration]]\nname = "x"')
        with pytest.raises(ValueError, match=r"registration\.field"):
            registrations(own)

    def test_every_row_of_ours_has_a_day_and_a_source(self) -> None:
        assert all(row.since.year >= 2020 and row.source for row in registrations())


@pytest.mark.parametrize(
    "regexp",
    ["", "!", "!.*!https://a.example", "!^(.*)$!https://a.example!", "!.*!!", "!a!https://a.example!", "!.*!a!b!c!"],
)
def test_an_expression_of_the_directory_that_does_not_replace_everything_is_refused(regexp: str) -> None:
    with pytest.raises(Unanswered):
        _replacement(regexp)


def test_the_address_of_the_smp_may_have_a_path() -> None:
    assert _replacement("!^.*$!https://a.example/smp!") == "https://a.example/smp"
    asked = smp.service_url("https://a.example/smp/", "9925:BE0123456749", "a::b##c")
    assert asked == "https://a.example/smp/iso6523-actorid-upis%3A%3A9925%3Abe0123456749/services/a%3A%3Ab%23%23c"


def test_a_name_that_the_dns_cannot_know_is_unanswered() -> None:
    with pytest.raises(Unanswered):
        Directory("example.test", ["127.0.0.1:9"], 0.1).addresses("a" * 64 + ".example")
