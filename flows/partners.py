"""Every connector that there is: what it is for, who uses it, what it needs, and whether its credentials work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from connectors.collection.partners import PARTNERS as AGENCIES
from connectors.http import NoAnswer
from connectors.insurance.partners import INSURERS
from connectors.mail.imap import opened
from connectors.peppol.providers import PROVIDERS
from connectors.ports import Finding, Found
from flows.insurance_settings import Insurance
from flows.settings import BadSettings, Imap
from flows.workspace import Workspace

FORMATS = {"camt.053": "bank", "coda": "bank", "mt940": "bank", "csv": "bank", "voldaan-export/1": "erp"}
DROPPED = {"bank": "files in bank/inbox", "erp": "files in inbox"}
PORTAL = ("a person who sends what lies in insurer/",)
LOOKUP = "lookup"
OURS = "voldaan-check"  # a key under which no partner holds anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One connector. `configured_for`: refs of sellers; `default_for`: countries; `needs`: keys of the settings."""

    name: str
    kind: str
    configured_for: tuple[str, ...] = ()
    default_for: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    provisional: str | None = None  # what nobody has verified at the partner itself
    detail: str | None = None  # how it is set up


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What trying a connector showed, for one seller where it is a seller's own. `problem` None: it works."""

    name: str
    kind: str
    seller: str | None
    tried: str
    problem: str | None


class NotConfigured(ValueError):
    """There is no such connector, or nobody has set it up; one sentence."""


def connectors(workspace: Workspace) -> Iterator[Connector]:
    """All of them, those that nobody has set up too."""
    settings = workspace.settings
    refs = tuple(seller.ref for seller in settings.sellers)
    chosen = {ref: provider_of(workspace, ref) for ref in refs}
    for name, known in PROVIDERS.items():
        users = tuple(ref for ref in refs if chosen[ref] == name)
        needs = ("key", *known.needs, *(() if known.url else ("url",)))
        yield Connector(name=name, kind="peppol", configured_for=users, default_for=known.countries, needs=needs)
    yield lookup(workspace, refs)
    yield Connector(name="smtp", kind="mail", configured_for=refs, needs=("host", "user", "password"))
    yield Connector(name="print-folder", kind="post", configured_for=refs, needs=("a person who posts",))
    for agency in settings.agencies:
        users = tuple(one.ref for one in settings.sellers if one.agency == agency.name or agency.route.is_rule)
        yield Connector(
            name=agency.name, kind="agency", configured_for=users, needs=AGENCIES[agency.connector].settings
        )
    yield from insurers(workspace)
    for name, kind in FORMATS.items():
        yield Connector(name=name, kind=kind, configured_for=refs, needs=(DROPPED[kind],))


def lookup(workspace: Workspace, refs: tuple[str, ...]) -> Connector:
    """The network's own directory and SMPs, where they are asked whether a receiver can take a document."""
    chosen = workspace.settings.peppol_network
    users = refs if chosen.lookup == "network" else ()
    detail = (
        f"zone {chosen.zone}; anchors {chosen.trust_anchors or 'missing'}; answers kept {chosen.cache_minutes} minutes"
        if users
        else 'lookup = "provider": each seller\'s access point is asked in its place'
    )
    return Connector(name=LOOKUP, kind=LOOKUP, configured_for=users, needs=("trust_anchors",), detail=detail)


def insurers(workspace: Workspace) -> Iterator[Connector]:
    """The insurers of the policies, then those that are known and that nobody has set up."""
    chosen = workspace.settings.insurances
    for policy in chosen:
        known = INSURERS[policy.partner]
        users = (policy.seller,)
        yield Connector(
            name=policy.insurer,
            kind="insurer",
            configured_for=users,
            needs=known.needs or PORTAL,
            provisional=known.provisional,
        )
    for name, known in INSURERS.items():
        if name not in {policy.partner for policy in chosen}:
            needs = known.needs or PORTAL
            yield Connector(name=name, kind="insurer", needs=needs, provisional=known.provisional)


def provider_of(workspace: Workspace, seller: str) -> str | None:
    try:
        return workspace.provider(seller)[0]
    except BadSettings:  # none yet, or none that can be told
        return None


def check(workspace: Workspace, name: str) -> list[Checked]:
    """Tries the credentials of the connector `name`, and sends nothing. Raises NotConfigured."""
    named = [one for one in connectors(workspace) if one.name == name]
    if not named:
        known = ", ".join(dict.fromkeys(one.name for one in connectors(workspace)))
        raise NotConfigured(f"there is no connector '{name}'; there are {known}")
    found = [one for connector in named for one in TRIALS[connector.kind](workspace, connector)]
    if not found:
        raise NotConfigured(f"no seller in voldaan.toml uses {name}")
    return found


def of_access_point(workspace: Workspace, one: Connector) -> Iterator[Checked]:
    for seller in one.configured_for:
        yield trial(one, seller, "the credentials", partial(try_access_point, workspace, seller))


def try_access_point(workspace: Workspace, seller: str) -> str | None:
    return workspace.peppol(seller).check()


def of_lookup(workspace: Workspace, one: Connector) -> Iterator[Checked]:
    if not one.configured_for:
        return
    try:
        tried = list(workspace.peppol_network.check(workspace.now()))
    except BadSettings as problem:
        tried = [("the settings", str(problem))]
    for what, wrong in tried:
        yield Checked(name=one.name, kind=one.kind, seller=None, tried=what, problem=wrong)


def of_mail(workspace: Workspace, one: Connector) -> Iterator[Checked]:
    yield trial(one, None, "connecting, encrypting, logging in", lambda: workspace.mail.check())
    if (imap := workspace.settings.mail.imap) is not None:
        for folder in filter(None, (imap.reports, imap.sent)):
            yield trial(one, None, f"the folder {folder} over IMAP", partial(try_folder, imap, folder))


def try_folder(imap: Imap, folder: str) -> str | None:
    try:
        with opened(imap.access(), folder):
            return None
    except NoAnswer as problem:
        return str(problem)


def of_agency(workspace: Workspace, one: Connector) -> Iterator[Checked]:
    yield trial(one, None, "a question about no claim", lambda: workspace.agency(one.name).check())


def of_insurer(workspace: Workspace, one: Connector) -> Iterator[Checked]:
    for policy in workspace.settings.insurances:
        if policy.insurer == one.name and policy.seller in one.configured_for:
            yield trial(one, policy.seller, "the credentials", partial(try_insurer, workspace, policy))


def try_insurer(workspace: Workspace, policy: Insurance) -> str | None:
    return workspace.insurer(policy.number).check()


def without_account(workspace: Workspace, one: Connector) -> Iterator[Checked]:
    yield trial(one, None, "nothing: it has no account", lambda: None)


def unheard(found: Finding) -> str | None:
    """What is wrong where a partner does not answer a harmless question."""
    if found.found in (Found.TAKEN, Found.NOT_TAKEN):
        return None
    return (found.submission.reason if found.submission else None) or "its answer cannot be understood"


def trial(one: Connector, seller: str | None, tried: str, ask: Callable[[], str | None]) -> Checked:
    try:
        problem = ask()
    except (BadSettings, ValueError) as wrong:  # a secret that is missing, an address that cannot be used
        problem = str(wrong)
    return Checked(name=one.name, kind=one.kind, seller=seller, tried=tried, problem=problem)


TRIALS: Mapping[str, Callable[[Workspace, Connector], Iterator[Checked]]] = {
    "peppol": of_access_point,
    LOOKUP: of_lookup,
    "mail": of_mail,
    "agency": of_agency,
    "insurer": of_insurer,
    "post": without_account,
    "bank": without_account,
    "erp": without_account,
}
