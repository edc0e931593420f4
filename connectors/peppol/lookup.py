"""Can this participant receive this document? Asked of the network itself, through SML and SMP, never of a provider.

Four answers: can receive; registered, but not for this document; not registered; unknown. A definite answer is one that
the network gave: the directory's no, the SMP's 404, or what a signed answer says. Everything else (no answer, a broken
signature, an answer about somebody else) is unknown, and unknown never changes how an invoice goes.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from connectors.http import Reply, trusted
from connectors.peppol.fallback import Known, Registration, matching, registrations
from connectors.peppol.sml import Directory, Unanswered
from connectors.peppol.smp import (
    Distrusted,
    Endpoint,
    Metadata,
    Redirect,
    group_url,
    is_signed_by,
    read_group,
    read_metadata,
    service_url,
)
from connectors.peppol.smp_call import Way, ask
from connectors.peppol.verdict import REFUSED, SIGNED, UNSIGNED, Asked, Found, Verdict, Why, verdict_of
from connectors.ports import Reach

AS4 = "peppol-transport-as4-v2_0"


class Network:
    """The Peppol network as one installation asks it. Definite answers are kept for `cache`, in this process alone."""

    def __init__(
        self,
        directory: Directory,
        way: Way,
        anchors: Path,
        fallbacks: Sequence[Registration] = (),
        cache: timedelta = timedelta(),
    ) -> None:
        self._directory = directory
        self._way = way
        self._anchors = anchors
        self._fallbacks = fallbacks
        self._cache = cache
        self._known: dict[tuple[str, str, str], Verdict] = {}

    def lookup(self, participant: str, document_type: str, process: str, at: datetime) -> Verdict:
        """What the network says of `participant` ('scheme:value') on `at`. Never raises for what the network does."""
        key = (participant.lower(), document_type, process)
        known = self._known.get(key)
        if known is not None and self._fresh(known, at):
            return known
        asked = Asked()
        try:
            found = self._find(asked, participant, document_type, process, at)
        except Unanswered as problem:
            found = Found(Why.UNANSWERED, str(problem))
        except Distrusted as problem:
            found = Found(Why.DISTRUSTED, str(problem))
        verdict = verdict_of(found, asked, participant, document_type, process, at)
        if verdict.reach is not Reach.UNKNOWN:
            self._known[key] = verdict
        return verdict

    def check(self, at: datetime) -> Iterator[tuple[str, str | None]]:
        """(what was tried, the sentence that says what is wrong or None): the trust anchors, then the directory."""
        yield "the trust anchors", unusable_anchors(self._anchors, at)
        try:
            self._directory.check()
        except Unanswered as problem:
            yield "the directory of the network, by DNS", str(problem)
        else:
            yield "the directory of the network, by DNS", None

    def _fresh(self, known: Verdict, at: datetime) -> bool:
        expires = known.endpoint.expires if known.endpoint else None
        return known.at <= at < known.at + self._cache and (expires is None or at < expires)

    def _find(self, asked: Asked, participant: str, document_type: str, process: str, at: datetime) -> Found:
        located = self._directory.locate(participant)
        asked.said, asked.smp = located.said, located.smp
        if located.smp is None:
            return Found(Why.DIRECTORY, f"{participant} is not registered on the Peppol network")
        if row := self._smp_of_government(located.smp):
            return _by_government(participant, row)
        url = service_url(located.smp, participant, document_type)
        reply = ask(url, self._directory, self._way)
        if reply.status == 404:
            asked.note(url, reply, UNSIGNED)
            return self._without_document(asked, located.smp, participant, document_type)
        metadata = self._read(asked, url, reply, at)
        if metadata.redirect is not None:
            if row := self._smp_of_government(metadata.redirect.href):
                return _by_government(participant, row)
            metadata = self._follow(asked, metadata.redirect, at)
        _check_ids(metadata, participant, document_type)
        return self._judge(metadata, participant, process, at)

    def _without_document(self, asked: Asked, smp: str, participant: str, document_type: str) -> Found:
        """The SMP does not list the document: does it know the participant at all?"""
        url = group_url(smp, participant)
        reply = ask(url, self._directory, self._way)
        asked.note(url, reply, UNSIGNED)
        if reply.status == 404:
            return Found(Why.SMP, f"the directory names an SMP for {participant}, and that SMP does not know it")
        about, listed = read_group(reply.content)
        if about.lower() != participant.lower():
            raise Distrusted(f"the SMP was asked about {participant} and answered about {about}")
        if document_type in listed:
            raise Distrusted("the SMP lists this document, and then does not have it: it contradicts itself")
        return Found(Why.DOCUMENT, f"{participant} is registered, but not for this document")

    def _follow(self, asked: Asked, redirect: Redirect, at: datetime) -> Metadata:
        """The one redirect that is allowed, to an SMP that signs as the redirect says."""
        url = redirect.href
        reply = ask(url, self._directory, self._way)
        if reply.status == 404:
            asked.note(url, reply, UNSIGNED)
            raise Distrusted("the SMP redirects to another that does not have the document: they contradict each other")
        target = self._read(asked, url, reply, at)
        if target.redirect is not None:
            raise Distrusted("the SMP redirects twice, and only one redirect is allowed")
        if not is_signed_by(target, redirect.certificate_uid):
            raise Distrusted(
                f"the redirect names the signer {redirect.certificate_uid!r}, and "
                f"{target.signer.subject.rfc4514_string()!r} signed"
            )
        return target

    def _read(self, asked: Asked, url: str, reply: Reply, at: datetime) -> Metadata:
        try:
            metadata = read_metadata(reply.content, self._anchors, at)
        except Distrusted:
            asked.note(url, reply, REFUSED)
            raise
        asked.note(url, reply, SIGNED)
        return metadata

    def _judge(self, metadata: Metadata, participant: str, process: str, at: datetime) -> Found:
        """By process, transport and dates; of several endpoints that fit, the first."""
        listed = [each for each in metadata.endpoints if each.process == process]
        if not listed:
            return Found(Why.PROCESS, f"{participant} takes this document, but not under the process {process}")
        usable = [each for each in listed if each.profile == AS4]
        if not usable:
            return Found(Why.TRANSPORT, f"{participant} takes this document, but not by {AS4}")
        open_now = [each for each in usable if _begun(each, at) and not _expired(each, at)]
        if not open_now:
            return _closed(usable[0], participant, at)
        rows = [self._endpoint_of_government(each) for each in open_now]
        for endpoint, row in zip(open_now, rows, strict=True):
            if row is None:
                return Found(Why.RECEIVES, f"{participant} can receive this document", endpoint)
        assert rows[0] is not None
        return _by_government(participant, rows[0], open_now[0])

    def _smp_of_government(self, url: str) -> Registration | None:
        return matching(self._fallbacks, {"smp_host": _host(url)})

    def _endpoint_of_government(self, endpoint: Endpoint) -> Registration | None:
        facts: dict[Known, str] = {
            "endpoint_host": _host(endpoint.address),
            "certificate": endpoint.certificate,
            "description": endpoint.description,
        }
        return matching(self._fallbacks, facts)


def unusable_anchors(anchors: Path, at: datetime) -> str | None:
    """Why no SMP's signature can be believed by the certificates in `anchors` at that moment; None where it can."""
    try:
        known = x509.load_pem_x509_certificates(anchors.read_bytes())
    except (OSError, ValueError) as problem:
        return f"the trust anchors {anchors} cannot be used: {problem}"
    if any(one.not_valid_before_utc <= at <= one.not_valid_after_utc for one in known):
        return None
    last = max(known, key=lambda one: one.not_valid_after_utc)
    spans = f"{last.not_valid_before_utc:%Y-%m-%d} to {last.not_valid_after_utc:%Y-%m-%d}"
    return (
        f"no trust anchor in {anchors} is valid on {at:%Y-%m-%d} ({last.subject.rfc4514_string()}: {spans}), so no "
        "receiver can be found; take the certificate that Peppol's SMP authority has now"
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _begun(endpoint: Endpoint, at: datetime) -> bool:
    return endpoint.active_from is None or endpoint.active_from <= at


def _expired(endpoint: Endpoint, at: datetime) -> bool:
    return endpoint.expires is not None and endpoint.expires <= at


def _closed(endpoint: Endpoint, participant: str, at: datetime) -> Found:
    if _expired(endpoint, at):
        return Found(Why.EXPIRED, f"{participant} took this document until {endpoint.expires}", endpoint)
    return Found(Why.NOT_YET, f"{participant} takes this document from {endpoint.active_from}", endpoint)


def _by_government(participant: str, row: Registration, endpoint: Endpoint | None = None) -> Found:
    sentence = f"{participant} is known only through a registration that it did not make ({row.name}): nobody receives"
    return Found(Why.FALLBACK, sentence, endpoint)


def _check_ids(metadata: Metadata, participant: str, document_type: str) -> None:
    """The answer is about what was asked: participants in any case of letters, document types exactly."""
    if metadata.participant.lower() != participant.lower():
        raise Distrusted(f"the SMP was asked about {participant} and answered about {metadata.participant}")
    if metadata.document_type != document_type:
        raise Distrusted(f"the SMP answered about another document: {metadata.document_type}")


class NetworkUnusable(ValueError):
    """The settings do not let the network be asked; one sentence."""


def network(
    *,
    zone: str,
    nameservers: Sequence[str],
    anchors: Path,
    authorities: Path | None,
    ports: Sequence[int],
    private: Sequence[IPv4Network | IPv6Network],
    fallbacks: Path | None,
    seconds: float,
    cache: timedelta,
) -> Network:
    """The network by an installation's settings. Raises NetworkUnusable."""
    try:
        x509.load_pem_x509_certificates(anchors.read_bytes())
    except (OSError, ValueError) as problem:
        raise NetworkUnusable(f"the trust anchors {anchors} cannot be used: {problem}") from problem
    try:
        trust = ssl.create_default_context(cafile=str(authorities)) if authorities else trusted()
    except OSError as problem:
        raise NetworkUnusable(f"the authorities {authorities} cannot be used: {problem}") from problem
    try:
        known = registrations(fallbacks)
    except ValueError as problem:
        raise NetworkUnusable(str(problem)) from problem
    way = Way(ports, private, trust, seconds)
    return Network(Directory(zone, nameservers, seconds), way, anchors, known, cache)
