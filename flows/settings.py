"""`voldaan.toml`: who sells, through which partners, who may approve. Secrets are named here, never written here."""

from __future__ import annotations

import os
import tomllib
from datetime import date
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError, field_validator, model_validator

from connectors.collection.partners import PARTNERS
from connectors.mail.imap import ImapAccess
from connectors.peppol.providers import PROVIDERS
from connectors.ports import Access
from flows.insurance_settings import Erp, Insurance
from flows.settings_parts import FILE as FILE
from flows.settings_parts import BadSettings as BadSettings
from flows.settings_parts import SecretName as SecretName
from flows.settings_parts import SettingsPart as _Part
from receivables.completeness import Need
from receivables.placing import Route

Part = TypeVar("Part", bound=_Part)


class Peppol(_Part):
    """The seller's account at an access point; `connectors.peppol.providers` knows the names and what each needs."""

    provider: str | None = None  # left out: the default for the seller's country
    url: str | None = None  # left out: where the provider answers
    key: SecretName
    secret: SecretName | None = None  # the second half of a pair: password, API secret
    account: str | None = None  # the seller's company at the provider
    webhook_secret: SecretName | None = None

    @field_validator("provider")
    @classmethod
    def known(cls, name: str | None) -> str | None:
        if name is not None and name not in PROVIDERS:
            raise ValueError(f"'{name}' is no access point that is known here; write one of {', '.join(PROVIDERS)}")
        return name

    @model_validator(mode="after")
    def whole(self) -> Peppol:
        if self.provider is None and self.url is not None:
            raise ValueError("name the provider that answers at this url")
        if self.provider is not None and (problem := self._lacking(self.provider)):
            raise ValueError(problem)
        return self

    def provider_for(self, country: str | None) -> str:
        """The provider's name; where none is named, the default for a seller in `country` (None: not known yet).

        BadSettings where there is none, or where the account lacks what that provider needs.
        """
        if self.provider is not None:
            return self.provider
        name = next((name for name, known in PROVIDERS.items() if country in known.countries), None)
        if name is None:
            where = f"in {country}" if country else "whose country no export has told yet"
            choice = ", ".join(PROVIDERS)
            raise BadSettings(
                f"{FILE}: seller.peppol: no provider is the default for a seller {where}; name one of {choice}"
            )
        if problem := self._lacking(name):
            raise BadSettings(f"{FILE}: seller.peppol: {problem} ({name} is the default for a seller in {country})")
        return name

    def access(self, provider: str) -> Access:
        """How the account at `provider` is reached, its secrets read."""
        return Access(
            url=self.url or PROVIDERS[provider].url or "",
            key=self.key.value(),
            secret=self.secret.value() if self.secret else None,
            account=self.account,
            webhook_secret=self.webhook_secret.value() if self.webhook_secret else None,
        )

    def _lacking(self, provider: str) -> str | None:
        known = PROVIDERS[provider]
        if self.url is None and known.url is None:
            return f"{provider} is run by yourself: add its url"
        if lacking := [name for name in known.needs if getattr(self, name) is None]:
            return f"{provider} needs {' and '.join(lacking)} beside the key"
        return None


class Imap(_Part):
    """The account whose mailboxes are read: the one that keeps what was sent, and the one that gets the reports."""

    host: str
    port: int = 993
    security: Literal["none", "starttls", "implicit"] = "implicit"
    user: str
    password: SecretName
    sent: str | None = None
    reports: str | None = None

    @field_validator("sent", "reports")
    @classmethod
    def plain(cls, folder: str | None) -> str | None:
        if folder is not None and not (folder.isascii() and folder.isprintable() and folder):
            raise ValueError(f"{folder!r} is no name of a mailbox; write it as the server does, in ASCII")
        return folder

    def access(self) -> ImapAccess:
        """How the account is reached, its password read."""
        try:
            return ImapAccess(
                host=self.host,
                port=self.port,
                user=self.user,
                password=self.password.value(),
                security=self.security,
            )
        except ValueError as problem:
            raise BadSettings(f"{FILE}: mail.imap: {problem}") from problem


class Mail(_Part):
    """The mail server, the mailbox that keeps a copy of what was sent, and the one that gets delivery reports.

    Both mailboxes are folders on this machine, or are read over IMAP.
    """

    host: str
    port: int = 25
    security: Literal["none", "starttls", "implicit"] = "starttls"
    user: str | None = None
    password: SecretName | None = None
    archive: Path | None = None
    archive_complete: bool = False
    archive_bcc: str | None = None  # gets a blind copy of everything, where the server keeps none by itself
    reports: Path | None = None
    imap: Imap | None = None
    webhook_secret: SecretName | None = None  # signs what the mail service reports to voldaan webhooks

    @model_validator(mode="after")
    def one_of_each(self) -> Mail:
        if self.archive is not None and self.imap is not None and self.imap.sent is not None:
            raise ValueError("archive and imap.sent both name the mailbox that keeps what was sent; name one")
        if self.archive_bcc is not None and self.archive_complete:
            raise ValueError(
                "a blind copy comes some time after the message was taken, so its absence proves nothing; "
                "remove archive_complete, or archive_bcc"
            )
        return self


class SellerSettings(_Part):
    ref: str
    accounts: tuple[str, ...] = Field(min_length=1)
    sender: str
    reply_to: str
    peppol: Peppol | None = None
    agency: str | None = None  # name of the agency that takes this seller's claims
    logo: Path | None = None  # SVG, PNG or JPEG for the paper; left out: the brand of the ERP's export
    colour: str | None = Field(None, pattern=r"^#[0-9A-Fa-f]{6}$")
    payment_link: str | None = Field(None, pattern=r"^https://[^\s{}]*(\{(reference|amount)\}[^\s{}]*)*$")


class Agency(_Part):
    """A collection partner; `connectors.collection.partners` knows the connectors and what each needs."""

    name: str
    connector: str = "signed"
    url: str | None = None  # left out: where the partner answers
    client: str = ""  # who we are there
    key: SecretName | None = None
    webhook_secret: SecretName | None = None
    account: str | None = None  # the seller's administration or division at the partner
    host_key: str | None = None  # sftp: the server's public key
    keeps_files: bool = False  # sftp: your word that the partner leaves our files where we put them
    to: str | None = None  # email: the partner's address
    certificate: Path | None = None  # email: the partner's certificate, PEM
    accounts: tuple[str, ...] = ()  # IBANs from which it passes on what it collected
    consumers: bool = False  # registered for consumer debts (BE: FPS Economy; NL: Wki register)
    registers: dict[Literal["BE", "NL"], str] = Field(
        default_factory=dict
    )  # its number in the register of each country
    countries: tuple[str, ...] = ()  # a rule: claims on debtors there go to it
    kinds: tuple[Literal["business", "consumer", "public"], ...] = ()
    minimum: Decimal | None = None  # of the principal
    maximum: Decimal | None = None
    language: Literal["nl", "fr", "de", "en"] | None = None  # of the covering letter; left out: the seller's
    needs: tuple[Need, ...] = ()  # what the agency cannot work without, beside what its connector needs

    @model_validator(mode="after")
    def whole(self) -> Agency:
        known = PARTNERS.get(self.connector)
        if known is None:
            raise ValueError(f"'{self.connector}' is no connector; write one of {', '.join(PARTNERS)}")
        lacking = [name for name in known.settings if not getattr(self, name)]
        if lacking:
            raise ValueError(f"'{self.name}' lacks {' and '.join(lacking)}: {self.connector} needs it")
        if self.registers and not self.consumers:
            raise ValueError(f"'{self.name}' has a register's number; write consumers = true, or remove it")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"'{self.name}' takes from {self.minimum} to {self.maximum}: swap minimum and maximum")
        return self

    @property
    def route(self) -> Route:
        """What it takes."""
        return Route(**{name: getattr(self, name) for name in Route.__dataclass_fields__})

    @property
    def all_needs(self) -> tuple[Need, ...]:
        return tuple(dict.fromkeys((*PARTNERS[self.connector].needs, *self.needs)))


class Approver(_Part):
    name: str
    role: str
    email: str
    secret: SecretName  # one-time codes are made with it; for totp in base32, as `voldaan approvals new-secret` gives
    method: Literal["mail", "totp"] = "mail"  # a code by mail for each request, or from an authenticator


class Approval(_Part):
    """How hand-overs are decided."""

    two_persons_above: Decimal | None = None  # in the claim's currency: more than this needs two different persons
    roles: tuple[str, ...] = ()  # which roles may decide; left out: every approver's
    remind_after_days: int = Field(7, ge=1)  # a request that nobody decided is mailed anew after so many days
    token: SecretName | None = None  # whoever bears it may list and decide over HTTP; left out: nobody


class Signing(_Part):
    """The key that signs dossiers: `voldaan dossier new-key` makes one."""

    key: SecretName


class Validation(_Part):
    """What `voldaan validate --engine official` runs beside the rules of EN 16931."""

    peppol_xslt: Path | None = None  # the Peppol BIS rules, a Schematron compiled to XSLT


class PeppolNetwork(_Part):
    """How a receiver is found before each send: asked of the network itself, or of the seller's access point."""

    lookup: Literal["network", "provider"] = "network"
    zone: str = "participant.sml.prod.tech.peppol.org"
    nameservers: tuple[Annotated[str, Field(pattern=r"^[0-9.]+(:\d+)?$|^[0-9a-fA-F:]+$")], ...] = ()  # none: machine's
    trust_anchors: Path | None = None  # PEM: the certificate of Peppol's SMP authority, and nothing else
    authorities: Path | None = None  # PEM: for HTTPS; left out: those of this machine
    fallbacks: Path | None = None  # TOML: rows beside those of connectors/peppol/fallback_registrations.toml
    cache_minutes: int = Field(60, ge=0, le=24 * 60)
    seconds: float = Field(10, gt=0, le=60)  # for each answer
    ports: tuple[int, ...] = (443,)
    private_networks: tuple[IPv4Network | IPv6Network, ...] = ()  # where an SMP may be beside the public internet


class Settings(_Part):
    ledger: str = "sqlite:///ledger.db"
    store: str = "store"
    policy: Path | None = None
    letters: Path | None = None  # a folder with the house's own texts, which go before the embedded ones
    sellers: tuple[SellerSettings, ...] = Field(alias="seller", min_length=1)
    mail: Mail
    agencies: tuple[Agency, ...] = Field((), alias="agency")
    insurances: tuple[Insurance, ...] = Field((), alias="insurance")
    approvers: tuple[Approver, ...] = Field((), alias="approver")
    approval: Approval = Approval()
    signing: Signing | None = None
    erp: Erp = Erp()
    validation: Validation = Validation()
    peppol_network: PeppolNetwork = PeppolNetwork()
    today: date | None = None  # a fixed business date, for rehearsals

    @model_validator(mode="after")
    def enough_persons(self) -> Settings:
        names = [approver.name for approver in self.approvers]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two [[approver]] have the name '{min(twice)}': give each person one entry")
        may = [a for a in self.approvers if not self.approval.roles or a.role in self.approval.roles]
        if self.approval.two_persons_above is not None and len(may) < 2:
            raise ValueError(f"two_persons_above needs two [[approver]] who may decide; there are {len(may)}")
        return self

    def seller(self, ref: str) -> SellerSettings:
        found = next((s for s in self.sellers if s.ref == ref), None)
        if found is None:
            known = ", ".join(s.ref for s in self.sellers)
            raise BadSettings(f"{FILE} has no seller '{ref}' (it has {known}); add a [[seller]] with ref = '{ref}'")
        return found


def load_settings(root: Path) -> Settings:
    """`voldaan.toml` in `root`; BadSettings with one sentence where it cannot be used."""
    return _fitting(Settings, _read(root))


def official_stylesheets(root: Path | None) -> tuple[Path, ...]:
    """The stylesheets that [validation] of `voldaan.toml` names, in `root`, VOLDAAN_ROOT or this folder.

    None where there is no such file; BadSettings where `root` was named and has none. Nothing else in the file is
    looked at: documents can be checked where no seller is set up.
    """
    folder = root or Path(os.environ.get("VOLDAAN_ROOT", "."))
    if root is None and not (folder / FILE).exists():
        return ()
    named = _fitting(Validation, _read(folder).get("validation", {}), "validation").peppol_xslt
    return () if named is None else ((folder / named).resolve(),)


def _read(root: Path) -> dict[str, Any]:
    path = root / FILE
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as problem:
        raise BadSettings(f"there is no {FILE} in {root}; copy examples/{FILE} there and adapt it") from problem
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise BadSettings(f"{path.name} cannot be read: {problem}") from problem


def _fitting(part: type[Part], values: Any, *above: str) -> Part:
    try:
        return part.model_validate(values)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(step) for step in (*above, *first["loc"])) or FILE
        raise BadSettings(f"{FILE}: {place}: {first['msg'].removeprefix('Value error, ')}") from problem
