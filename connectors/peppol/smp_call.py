"""One question to an SMP whose address came from the DNS, so from anybody: HTTPS only, and only to where we may go.

The host's addresses are resolved here, judged, and then called as they were judged: a name that answers differently a
moment later leads nowhere else. The certificate is checked against the host's name. No proxy, no redirect, no keeping
of connections.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit, urlunsplit

import httpx

from connectors.http import NoAnswer, NotSent, Reply, call
from connectors.peppol.sml import Directory, Unanswered

MOST_BYTES = 2_000_000
MOST_ADDRESSES = 3


@dataclass(frozen=True, slots=True)
class Way:
    """Where questions may go: these ports at public addresses, and at any address in `networks`."""

    ports: Sequence[int]
    networks: Sequence[IPv4Network | IPv6Network]
    authorities: ssl.SSLContext
    seconds: float


def ask(url: str, directory: Directory, way: Way) -> Reply:
    """The answer to GET `url`: 200 or 404. Raises Unanswered for everything else."""
    parts, port = _allowed(url, way)
    host = parts.hostname or ""
    reply = _call(parts, port, _addresses(host, directory, way), way)
    if reply.status in (200, 404):
        return reply
    raise Unanswered(f"the SMP {host} answered {reply.status}" + (REDIRECTED if 300 <= reply.status < 400 else ""))


REDIRECTED = ": a redirect by HTTP, which is never followed"


def _allowed(url: str, way: Way) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise Unanswered(f"the SMP's address {url!r} cannot be read") from None
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or not url.isascii():
        raise Unanswered(f"the SMP's address {url!r} is not an https address, the only kind that is allowed")
    if port not in way.ports:
        raise Unanswered(f"the SMP's address {url!r} names port {port}, which is not among the allowed ports")
    return parts, port


def _addresses(host: str, directory: Directory, way: Way) -> list[IPv4Address | IPv6Address]:
    try:
        found = [ip_address(host)]
    except ValueError:
        found = [ip_address(each) for each in directory.addresses(host)]
    for address in found:
        public = address.is_global and not address.is_multicast
        if not public and not any(address in network for network in way.networks):
            raise Unanswered(f"the SMP {host} has the address {address}, which is not in the public internet")
    return found[:MOST_ADDRESSES]


def _call(parts: SplitResult, port: int, addresses: Sequence[IPv4Address | IPv6Address], way: Way) -> Reply:
    host = parts.hostname or ""
    headers = {"Host": host if port == 443 else f"{host}:{port}", "Accept": "application/xml, text/xml"}
    timeout = httpx.Timeout(way.seconds)
    problem = ""
    with httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False, verify=way.authorities) as http:
        for address in addresses:
            place = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
            url = urlunsplit((parts.scheme, place, parts.path, parts.query, ""))
            named = {"sni_hostname": host}
            try:
                return call(http, "GET", url, headers, limit=MOST_BYTES, seconds=way.seconds, extensions=named)
            except NotSent as error:
                problem = str(error).replace(str(address), host)
            except NoAnswer as error:
                raise Unanswered(f"the SMP: {str(error).replace(str(address), host)}") from error
    raise Unanswered(f"the SMP: {problem}")
