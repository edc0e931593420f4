"""Where a participant's metadata is: the network's directory (SML 1.3.0, PFUOI 4.4.0), asked by DNS.

The answer is a NAPTR record: flag U, service Meta:SMP, and a regular expression that replaces everything by the SMP's
address. DNS proves nothing, an answer may be forged on the way: what it leads to is believed where it is signed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver

from connectors.peppol.participant import META_SCHEME

SERVICE = "meta:smp"
ANY = (".*", "^.*$")


class Unanswered(Exception):
    """The network did not give a usable answer; one sentence."""


@dataclass(frozen=True, slots=True)
class Located:
    """The SMP's address, None where the participant is not registered; `said`: the DNS answer, one record a line."""

    name: str
    smp: str | None
    said: tuple[str, ...]


def name_of(participant: str, zone: str) -> str:
    """The DNS name of `participant` ('scheme:value') in `zone`.

    >>> name_of("0208:0677424046", "example.org").split(".")[0]
    'yrudm3nqrm76uobzh4griobewmqd4mx574cfdtm75zphrex4ydya'
    """
    digest = hashlib.sha256(participant.lower().encode()).digest()
    label = base64.b32encode(digest).decode().rstrip("=").lower()
    return f"{label}.{META_SCHEME}.{zone}"


@dataclass(slots=True)
class Directory:
    """One zone, asked through `nameservers` ('address' or 'address:port'; none: those of this machine)."""

    zone: str
    nameservers: Sequence[str]
    seconds: float
    _exists: bool = field(default=False, init=False)

    def locate(self, participant: str) -> Located:
        """Where `participant` is registered. Raises Unanswered."""
        name = name_of(participant, self.zone)
        try:
            answer = self._ask(name, "NAPTR")
        except dns.resolver.NXDOMAIN:
            self._check_zone()
            return Located(name, None, (f"{name} NXDOMAIN",))
        records = sorted(answer.rrset or (), key=lambda record: (record.order, record.preference, str(record)))
        if not records:
            self._check_zone()
            return Located(name, None, (f"{name} has no NAPTR record",))
        said = tuple(f"{name} NAPTR {record}" for record in records)
        for record in records:
            if record.flags.lower() == b"u" and record.service.decode(errors="replace").lower() == SERVICE:
                return Located(name, _replacement(record.regexp.decode(errors="replace")), said)
        raise Unanswered(f"the directory's record for {participant} names no SMP (service Meta:SMP)")

    def check(self) -> None:
        """Whether the zone is there and answers. Raises Unanswered."""
        self._exists = False
        self._check_zone()

    def addresses(self, host: str) -> tuple[str, ...]:
        """The IP addresses of `host`. Raises Unanswered."""
        try:
            found = self._resolver().resolve_name(_name(host), lifetime=self.seconds, search=False)
        except dns.exception.DNSException as error:
            raise Unanswered(f"{host} has no address in the DNS ({type(error).__name__})") from error
        return tuple(found.addresses())

    def _check_zone(self) -> None:
        """A 'no' counts only where the zone itself is there: else the name servers or the settings are wrong."""
        if self._exists:
            return
        try:
            self._ask(self.zone, "SOA")
        except dns.resolver.NXDOMAIN:
            raise Unanswered(
                f"the name servers do not know the zone {self.zone}; correct zone or nameservers"
            ) from None
        self._exists = True

    def _ask(self, name: str, kind: str) -> Any:
        try:
            return self._resolver().resolve(
                _name(name), kind, lifetime=self.seconds, search=False, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            raise
        except dns.exception.DNSException as error:
            raise Unanswered(f"the DNS did not answer for {name} ({type(error).__name__})") from error

    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=not self.nameservers)
        if self.nameservers:
            resolver.nameservers = [_server(each) for each in self.nameservers]
        return resolver


def _name(text: str) -> dns.name.Name:
    try:
        return dns.name.from_text(text)
    except dns.exception.DNSException as error:
        raise Unanswered(f"'{text}' is no name that the DNS could know") from error


def _server(written: str) -> dns.nameserver.Nameserver:
    address, _, port = written.rpartition(":") if written.count(":") == 1 else (written, "", "53")
    return dns.nameserver.Do53Nameserver(address, int(port))


def _replacement(regexp: str) -> str:
    """The address in '!.*!https://smp.example!'; only an expression that replaces everything is allowed."""
    parts = regexp.split(regexp[:1]) if regexp else []
    if len(parts) != 4 or parts[1] not in ANY or not parts[2]:
        raise Unanswered(f"the directory's record has an expression that Peppol does not allow: {regexp!r}")
    return parts[2]
