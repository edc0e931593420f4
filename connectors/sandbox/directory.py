"""The network's directory on loopback: an authoritative DNS server, UDP and TCP, for one zone of NAPTR records."""

from __future__ import annotations

import socketserver
import struct
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from connectors.peppol.sml import name_of
from connectors.sandbox.faults import Faults
from connectors.sandbox.registration import Registered
from connectors.sandbox.serve import HOST

DOMAIN = "sandbox.test"
ZONE = f"participant.{DOMAIN}"
SMP_HOST = f"smp.{DOMAIN}"
SOA = f"ns.{DOMAIN}. hostmaster.{DOMAIN}. 1 3600 600 86400 60"
LARGEST_DATAGRAM = 1232


class Directory:
    """Answers on `port` (0: any free one) for the participants ('scheme:value'), until `stop`."""

    def __init__(self, participants: Mapping[str, Registered], smp_port: int, faults: Faults, port: int) -> None:
        self._records = {name_of(each, ZONE): _naptr(how, smp_port) for each, how in participants.items()}
        self._faults = faults
        self._servers = self._bound(port)
        self.port = int(self._servers[0].server_address[1])
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), name="sandbox-dns", daemon=True).start()

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def answer(self, wire: bytes) -> bytes | None:
        """The answer to one question; None: silence."""
        try:
            query = dns.message.from_wire(wire)
            question = query.question[0]
        except (dns.exception.DNSException, IndexError):
            return None
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        fault = self._faults.strike("dns", f"{kind} {name}")
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        if fault and fault.kind == "drop":
            return None
        if fault and fault.kind == "garbage":
            return wire[:2] + b"\x80\x00" + b"\xff" * 20
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        if fault and fault.kind in RCODES:
            response.set_rcode(RCODES[fault.kind])
        else:
            self._fill(response, name, kind)
        return response.to_wire()

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        records = self._records.get(name, {}) | HOSTS.get(name, {})
        if wanted := records.get(kind):
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *wanted))
            return
        if not name.endswith(DOMAIN):
            response.set_rcode(dns.rcode.REFUSED)
            return
        response.authority.append(dns.rrset.from_text(f"{ZONE}.", 60, "IN", "SOA", SOA))
        if not records and not any(known.endswith(f".{name}") for known in (*self._records, f"x.{ZONE}")):
            response.set_rcode(dns.rcode.NXDOMAIN)

    def _bound(self, port: int) -> tuple[socketserver.TCPServer, ...]:
        """UDP and TCP on the same port: on `port` where it is free, else on any."""
        directory = self

        class Datagrams(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                wire, socket = self.request
                answer = directory.answer(wire)
                if answer is not None:
                    socket.sendto(_fitting(answer), self.client_address)

        class Streams(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                head = self.rfile.read(2)
                answer = directory.answer(self.rfile.read(struct.unpack("!H", head)[0])) if len(head) == 2 else None
                if answer is not None:
                    self.wfile.write(struct.pack("!H", len(answer)) + answer)

        for wanted in (port, *(0 for _ in range(20))):
            try:
                datagrams = _Datagrams((HOST, wanted), Datagrams)
            except OSError:
                continue
            try:
                return datagrams, _Streams((HOST, datagrams.server_address[1]), Streams)
            except OSError:
                datagrams.server_close()
        raise OSError(f"no free port on {HOST}")


class _Datagrams(socketserver.ThreadingUDPServer):
    daemon_threads = True


class _Streams(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


RCODES = {
    "error": dns.rcode.SERVFAIL,
    "too_many": dns.rcode.REFUSED,
    "unauthorized": dns.rcode.REFUSED,
}
HOSTS: dict[str, dict[str, Iterable[str]]] = {
    ZONE: {"SOA": (SOA,)},
    SMP_HOST: {"A": (HOST,)},
    f"hermes-belgium.{DOMAIN}": {"A": (HOST,)},
    f"inside.{DOMAIN}": {"A": ("10.1.2.3",)},
    f"both.{DOMAIN}": {"A": (HOST, "10.1.2.3")},
}


def _naptr(how: Registered, port: int) -> dict[str, Iterable[str]]:
    """The records of a participant; the better one comes last, so that the order is not what decides."""
    url = SMP_URLS.get(how, f"https://{SMP_HOST}:{{port}}").format(port=port)
    service = "Meta:Other" if how == "other_service" else "Meta:SMP"
    better = f'100 10 "U" "{service}" "!.*!{url}!" .'
    worse = '200 10 "U" "Meta:SMP" "!.*!https://not-asked.sandbox.test!" .'
    many = [f'300 {n} "U" "Meta:SMP" "!.*!https://not-asked-{n}.sandbox.test!" .' for n in range(40)]
    if how == "other_service":
        return {"NAPTR": (better,)}
    return {"NAPTR": (*(many if how == "many_records" else ()), worse, better)}


SMP_URLS: dict[Registered, str] = {
    "plain_http": f"http://{SMP_HOST}:{{port}}",
    "private_address": f"https://inside.{DOMAIN}:{{port}}",
    "half_private_address": f"https://both.{DOMAIN}:{{port}}",
    "other_port": f"https://{SMP_HOST}:22",
    "no_such_host": f"https://nowhere.{DOMAIN}:{{port}}",
    "by_government_smp": f"https://hermes-belgium.{DOMAIN}:{{port}}",
}


def _fitting(answer: bytes) -> bytes:
    """A datagram that is too large is cut to its head, marked so that the question comes again by TCP."""
    if len(answer) <= LARGEST_DATAGRAM:
        return answer
    whole: Any = dns.message.from_wire(answer)
    whole.answer.clear()
    whole.flags |= dns.flags.TC
    return bytes(whole.to_wire())
