"""The `voldaan.toml` of a rehearsal: the partners are the twins on loopback, the secrets open nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.peppol.providers import PROVIDERS
from connectors.sandbox.discovery import Finding
from connectors.sandbox.recommand import KEY as RECOMMAND_KEY
from connectors.sandbox.recommand import SECRET as RECOMMAND_SECRET
from connectors.sandbox.recommand_shapes import company_of
from connectors.sandbox.sandbox import AGENCY_CLIENT, AGENCY_SECRET, API_KEY, INSURER_TOKEN, SandboxAddresses
from flows.script import Script
from receivables.signing import new_key
from ubl.identifiers import electronic_address

SECRETS = {
    "VOLDAAN_SANDBOX_ACCESS_POINT": API_KEY,
    "VOLDAAN_SANDBOX_RECOMMAND": RECOMMAND_KEY,
    "VOLDAAN_SANDBOX_RECOMMAND_2": RECOMMAND_SECRET,
    "VOLDAAN_SANDBOX_AGENCY": AGENCY_SECRET,
    "VOLDAAN_SANDBOX_INSURER": INSURER_TOKEN,
    "VOLDAAN_SANDBOX_APPROVER": "a rehearsal's secret",
}
SIGNING = "VOLDAAN_SANDBOX_SIGNING"  # a key of its own for every rehearsal
AGENCY, POLICY = "Incasso Sandbox", "CI-2026-001"


def rehearsal_secrets() -> dict[str, str]:
    """What the settings of a rehearsal name by environment variable; the signing key is made anew."""
    return SECRETS | {SIGNING: new_key()}


def demo_settings(addresses: SandboxAddresses, sellers: Sequence[Mapping[str, Any]], script: Script) -> str:
    """TOML. The first seller's business debtors are insured; every approver of the script may decide."""
    head = f'policy = "policy.toml"\ntoday = {script.last_day}'
    signing = f'[signing]\nkey = {{ env = "{SIGNING}" }}'
    parts = [head, signing, network(addresses.finding), _mail(addresses)]
    parts += [_agency(addresses), _insurance(addresses, sellers[0], script)]
    parts += [_seller(addresses, seller) for seller in sellers]
    approvers = {decision.approver: decision.role for decision in script.decision}
    parts += [_approver(name, role) for name, role in approvers.items()]
    return "\n\n".join(parts) + "\n"


def iban_of(seller: Mapping[str, Any]) -> str:
    return str(seller["iban"]).replace(" ", "")


def network(finding: Finding) -> str:
    return table(
        "[peppol_network]",
        zone=finding.zone,
        nameservers=[finding.nameserver],
        trust_anchors=str(finding.trust_anchors.resolve()),
        authorities=str(finding.authorities.resolve()),
        ports=[finding.smp_port],
        private_networks=["127.0.0.0/8"],
    )


def _mail(addresses: SandboxAddresses) -> str:
    return table(
        "[mail]",
        host="127.0.0.1",
        port=addresses.ports["mail"],
        security="none",
        archive=str(addresses.sent_mail.resolve()),
        archive_complete=True,
        reports=str(addresses.mail_reports.resolve()),
    )


def _agency(addresses: SandboxAddresses) -> str:
    head = table("[[agency]]", name=AGENCY, url=addresses.urls["agency"], client=AGENCY_CLIENT, consumers=True)
    return f'{head}\nkey = {{ env = "VOLDAAN_SANDBOX_AGENCY" }}'


def _insurance(addresses: SandboxAddresses, seller: Mapping[str, Any], script: Script) -> str:
    head = table(
        "[[insurance]]",
        number=POLICY,
        insurer="Kredietverzekering Sandbox",
        seller=seller["ref"],
        url=addresses.urls["insurer"],
        waiting_period=script.sandbox.insurer.waiting_period,
    )
    buyers = ", ".join(f"{json.dumps(c.debtor)} = {json.dumps(c.buyer_id)}" for c in script.sandbox.cover)
    return f'{head}\nkey = {{ env = "VOLDAAN_SANDBOX_INSURER" }}\nbuyers = {{ {buyers} }}'


def _seller(addresses: SandboxAddresses, seller: Mapping[str, Any]) -> str:
    head = table(
        "[[seller]]",
        ref=seller["ref"],
        accounts=[iban_of(seller)],
        sender=f"{seller['name']} <{seller['email']}>",
        reply_to=seller["email"],
        agency=AGENCY,
    )
    return f"{head}\n\n{_access_point(addresses, seller)}"


def _access_point(addresses: SandboxAddresses, seller: Mapping[str, Any]) -> str:
    """The twin of the one that is the default in the seller's country."""
    country = seller["address"]["country"]
    if country not in PROVIDERS["recommand"].countries:
        head = table("[seller.peppol]", provider="e-invoice.be", url=addresses.urls["access_point"])
        return f'{head}\nkey = {{ env = "VOLDAAN_SANDBOX_ACCESS_POINT" }}'
    sender = electronic_address(country, registration=seller["registration_number"], vat=seller["vat_number"])
    url = addresses.urls["recommand"] + "/api/v1"
    head = table("[seller.peppol]", provider="recommand", url=url, account=company_of(str(sender)))
    return f'{head}\nkey = {{ env = "VOLDAAN_SANDBOX_RECOMMAND" }}\nsecret = {{ env = "VOLDAAN_SANDBOX_RECOMMAND_2" }}'


def _approver(name: str, role: str) -> str:
    email = f"{name.lower().replace(' ', '.')}@approvers.example"
    head = table("[[approver]]", name=name, role=role, email=email)
    return f'{head}\nsecret = {{ env = "VOLDAAN_SANDBOX_APPROVER" }}'


def table(header: str, **values: Any) -> str:
    """A TOML table; JSON writes strings, numbers, booleans and lists of strings as TOML does."""
    return "\n".join([header, *(f"{name} = {json.dumps(value)}" for name, value in values.items())])
