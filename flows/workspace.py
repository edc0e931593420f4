"""One installation opened: its settings, ledger, store and policy. Everything below gets these as arguments."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from connectors.collection.access import AgencyAccess
from connectors.collection.partners import PARTNERS
from connectors.insurance.partners import INSURERS
from connectors.mail.archive import Archive, MailArchive, MailFolder
from connectors.mail.imap import ImapArchive, ImapReports
from connectors.mail.smtp import SmtpSender
from connectors.peppol.providers import PROVIDERS
from connectors.ports import CollectionAgency, CreditInsurer, PeppolProvider
from flows.insurance_settings import Insurance
from flows.kept_reports import KeptReports
from flows.policy_words import check_words
from flows.settings import FILE, Agency, BadSettings, Peppol, PeppolNetwork, SellerSettings, Settings, load_settings
from receivables.calendar import business_date
from receivables.cover import InsurancePolicy
from receivables.dossier import archive_name
from receivables.ladder import Policy, load_policy
from receivables.ledger.database import migrate, open_ledger, reading
from receivables.ledger.lookup import seller_country
from receivables.ledger.store import Store
from receivables.letters.own import OwnTexts, read_own
from receivables.letters.texts import MissingText
from ubl.paper import Look

if TYPE_CHECKING:
    from connectors.peppol.lookup import Network

ROOT = "VOLDAAN_ROOT"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Workspace:
    """`now` is the injected clock for records and leases; the business date is always passed by itself as `on`."""

    root: Path
    settings: Settings
    engine: Engine
    store: Store
    policy: Policy
    now: Callable[[], datetime] = field(default=utc_now)
    letters: OwnTexts = field(default_factory=dict)  # the house's own texts
    _peppol: dict[str, PeppolProvider] = field(default_factory=dict)
    _insurers: dict[str, CreditInsurer] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The business date in Brussels and Amsterdam, or the fixed one of the settings."""
        return self.settings.today or business_date(self.now(), "BE")

    def look(self, seller: str, brand: Look) -> Look:
        """How the seller's paper looks: the logo and colour of the settings before the brand of the ERP's export."""
        chosen = self.settings.seller(seller)
        try:
            logo = (self.root / chosen.logo).read_bytes() if chosen.logo else brand.logo
            return Look(logo=logo, colour=chosen.colour or brand.colour)
        except (OSError, ValueError) as problem:
            raise BadSettings(f"the logo of seller '{seller}' cannot be used: {problem}") from problem

    def folder(self, name: str) -> Path:
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    @cached_property
    def signing_key(self) -> str | None:
        """The private key in PEM that signs dossiers; None where the settings name none. Never log it."""
        return self.settings.signing.key.value() if self.settings.signing else None

    @cached_property
    def mail(self) -> SmtpSender:
        return open_mail(self)

    @cached_property
    def report_folder(self) -> MailFolder | None:
        """The folder that gets delivery reports, read as far as this process did not read it before."""
        named = self.settings.mail.reports
        return None if named is None else MailFolder(self.root / named)

    @property
    def report_mailbox(self) -> ImapReports | None:
        """The same over IMAP; the ledger knows how far it was read."""
        imap = self.settings.mail.imap
        return ImapReports(imap.access(), imap.reports) if imap is not None and imap.reports else None

    def peppol(self, seller: str) -> PeppolProvider:
        """The seller's access point; one client per process keeps its connections."""
        if seller not in self._peppol:
            self._peppol[seller] = self._open_peppol(seller)
        return self._peppol[seller]

    def _open_peppol(self, seller: str) -> PeppolProvider:
        name, chosen = self.provider(seller)
        return PROVIDERS[name].open(chosen.access(name))

    def provider(self, seller: str) -> tuple[str, Peppol]:
        """The name of the seller's access point, and its account there. BadSettings where there is none."""
        chosen = self.settings.seller(seller).peppol
        if chosen is None:
            raise BadSettings(f"seller '{seller}' has no [seller.peppol]; add the access point and its key")
        return chosen.provider or chosen.provider_for(self._country(seller)), chosen

    def _country(self, seller: str) -> str | None:
        """Where the seller is established, as the ERP's export told it; None before its first export."""
        with reading(self.engine) as connection:
            return seller_country(connection, seller)

    @cached_property
    def peppol_network(self) -> Network:
        """The network as the settings say how to ask it; one per process, which keeps its answers for a while."""
        return open_network(self.settings.peppol_network, self.root)

    def agency(self, name: str, seller: str | None = None) -> CollectionAgency:
        """The collection partner of that name in the settings; mails to it come from the `seller` whose claim it is.

        Raises BadSettings.
        """
        chosen = next((a for a in self.settings.agencies if a.name == name), None)
        if chosen is None:
            raise BadSettings(f"there is no [[agency]] with name '{name}'; add it")
        return open_agency(self, chosen, self.settings.seller(seller) if seller else self.settings.sellers[0])

    def insurance(self, policy: str) -> Insurance:
        """The settings of a policy; BadSettings where it is not among them any more."""
        chosen = next((i for i in self.settings.insurances if i.number == policy), None)
        if chosen is None:
            raise BadSettings(f"there is no [[insurance]] with number '{policy}'; add it")
        return chosen

    def insurer(self, policy: str) -> CreditInsurer:
        """The insurer of a policy; one client per process keeps its connections and its token."""
        if policy not in self._insurers:
            chosen = self.insurance(policy)
            opened = INSURERS[chosen.partner].open(chosen.access(), policy, self.insurer_folder(policy))
            self._insurers[policy] = opened
        return self._insurers[policy]

    def insurer_folder(self, policy: str) -> Path:
        """Where files for the insurer are laid."""
        return self.root / "insurer" / archive_name(policy, "")

    @property
    def insurance_policies(self) -> tuple[InsurancePolicy, ...]:
        """The policies' terms, without the way to reach the insurer."""
        return tuple(insurance.terms for insurance in self.settings.insurances)


def open_workspace(root: Path | str | None = None, *, now: Callable[[], datetime] = utc_now) -> Workspace:
    """The installation in `root` (default: VOLDAAN_ROOT, else the current folder), its ledger migrated.

    Raises BadSettings or BadPolicy with one sentence.
    """
    folder = Path(root or os.environ.get(ROOT, ".")).resolve()
    settings = load_settings(folder)
    engine = open_ledger(absolute(settings.ledger, folder))
    migrate(engine)
    policy = load_policy(folder / settings.policy if settings.policy else None)
    letters = own_letters(settings, folder)
    if settings.policy:
        check_words(policy, letters)
    store = settings.store if "://" in settings.store else str(folder / settings.store)
    return Workspace(folder, settings, engine, Store(store), policy, now, letters)


def own_letters(settings: Settings, folder: Path) -> OwnTexts:
    """The house's own texts; BadSettings where they cannot be used."""
    if settings.letters is None:
        return {}
    try:
        return read_own(folder / settings.letters)
    except MissingText as problem:
        raise BadSettings(f"{FILE}: letters: {problem}") from problem


def absolute(url: str, folder: Path) -> str:
    """A relative SQLite file stands in the installation's folder, wherever the command is run."""
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith(prefix + "/"):
        return f"{prefix}{folder / url.removeprefix(prefix)}"
    return url


def open_network(chosen: PeppolNetwork, root: Path) -> Network:
    """The network by `chosen`, its files in `root`; BadSettings where it cannot be asked."""
    from connectors.peppol.lookup import NetworkUnusable, network

    if chosen.trust_anchors is None:
        raise BadSettings(f"{FILE}: peppol_network.trust_anchors names no file: {ANCHORS}")
    try:
        return network(
            zone=chosen.zone,
            nameservers=chosen.nameservers,
            anchors=root / chosen.trust_anchors,
            authorities=root / chosen.authorities if chosen.authorities else None,
            ports=chosen.ports,
            private=chosen.private_networks,
            fallbacks=root / chosen.fallbacks if chosen.fallbacks else None,
            seconds=chosen.seconds,
            cache=timedelta(minutes=chosen.cache_minutes),
        )
    except NetworkUnusable as problem:
        raise BadSettings(f"{FILE}: peppol_network: {problem}") from problem


ANCHORS = (
    "give the PEM file with the certificate of Peppol's SMP authority (docs/delivery.md says which), "
    'or let the access point be asked: lookup = "provider"'
)


def open_agency(workspace: Workspace, chosen: Agency, seller: SellerSettings) -> CollectionAgency:
    """The connector of a collection partner for the claims of a seller. Raises BadSettings with one sentence."""
    known = PARTNERS[chosen.connector]
    try:
        certificate = (workspace.root / chosen.certificate).read_bytes() if chosen.certificate else b""
        access = AgencyAccess(
            url=chosen.url or known.url or "",
            client=chosen.client,
            key=chosen.key.value() if chosen.key else "",
            webhook_secret=chosen.webhook_secret.value() if chosen.webhook_secret else None,
            account=chosen.account,
            host_key=chosen.host_key,
            keeps_files=chosen.keeps_files,
            certificate=certificate,
            to=chosen.to or "",
            sender=seller.sender,
            reply_to=seller.reply_to,
            mail=workspace.mail if chosen.to else None,
        )
        return known.open(access)
    except (OSError, ValueError) as problem:
        if isinstance(problem, BadSettings):
            raise
        raise BadSettings(f"{FILE}: agency '{chosen.name}': {problem}") from problem


def open_mail(workspace: Workspace) -> SmtpSender:
    """The mail server of the settings, with the mailboxes that can prove what became of a message."""
    mail = workspace.settings.mail
    return SmtpSender(
        mail.host,
        mail.port,
        archive=open_archive(workspace),
        reports=KeptReports(workspace.engine, workspace.store),
        blind_copy=mail.archive_bcc,
        username=mail.user,
        password=mail.password.value() if mail.password else None,
        tls=mail.security,
    )


def open_archive(workspace: Workspace) -> Archive:
    """The mailbox that keeps what was sent."""
    mail = workspace.settings.mail
    if mail.imap is not None and mail.imap.sent is not None:
        return ImapArchive(mail.imap.access(), mail.imap.sent, complete=mail.archive_complete)
    return MailArchive(workspace.root / (mail.archive or "mail/sent"), complete=mail.archive_complete)
