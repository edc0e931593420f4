"""The parts of `voldaan.toml` about the credit insurer, and about what the ERP asks and is told."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Literal

from pydantic import Field, field_validator, model_validator

from connectors.insurance.partners import INSURERS
from connectors.ports import Access
from flows.settings_parts import SecretName, SettingsPart
from receivables.cover import InsurancePolicy


class Insurance(SettingsPart):
    """A credit insurance policy; the deadlines are the contract's own. `connectors.insurance.partners` knows names."""

    number: str
    insurer: str
    seller: str
    partner: str = "voldaan"
    url: str | None = None  # left out: where the partner answers
    key: SecretName | None = None
    secret: SecretName | None = None
    account: str | None = None
    accounts: tuple[str, ...] = ()  # the insurer's own IBANs: what comes from them pays no invoice
    maximum_extension: int = Field(60, ge=0, le=365)
    notify_within: int = Field(30, ge=0, le=365)
    insured_percentage: Decimal = Field(Decimal(90), gt=0, le=100)
    minimum: Decimal = Field(Decimal(500), ge=0)
    countries: tuple[str, ...] = ()
    disputed: Literal["out", "undisputed_part", "in"] = "out"  # disputed invoices in the insurer's clock
    waiting_period: int = Field(150, ge=0, le=730)
    claim_within: int = Field(60, ge=0, le=730)
    insolvency_within: int = Field(10, ge=0, le=365)
    discretionary: Decimal = Field(Decimal(0), ge=0)
    filing: Literal["by_itself", "person"] = "by_itself"
    collects: bool = True
    buyers: dict[str, str] = Field(default_factory=dict)  # its own number of a customer, by the ERP's number

    @field_validator("partner")
    @classmethod
    def known(cls, name: str) -> str:
        if name not in INSURERS:
            raise ValueError(f"'{name}' is no insurer that is known here; write one of {', '.join(INSURERS)}")
        return name

    @model_validator(mode="after")
    def whole(self) -> Insurance:
        known = INSURERS[self.partner]
        if lacking := [name for name in known.needs if getattr(self, name) is None]:
            raise ValueError(f"the insurer '{self.partner}' needs {' and '.join(lacking)}")
        return self

    def access(self) -> Access:
        """How the insurer is reached, its secrets read."""
        return Access(
            url=self.url or INSURERS[self.partner].url or "",
            key=self.key.value() if self.key else "",
            secret=self.secret.value() if self.secret else None,
            account=self.account,
        )

    @property
    def terms(self) -> InsurancePolicy:
        """The policy's terms, without the way to reach the insurer."""
        return InsurancePolicy(**{name.name: getattr(self, name.name) for name in fields(InsurancePolicy)})


class Erp(SettingsPart):
    """How the ERP asks us, and how it is told to stop deliveries."""

    token: SecretName | None = None  # the bearer token with which the ERP asks for a credit check
    stop_url: str | None = None  # where stop signals are posted; left out: they are laid in erp/out/
    stop_key: SecretName | None = None  # the bearer token for that

    @model_validator(mode="after")
    def whole(self) -> Erp:
        if self.stop_url is not None and self.stop_key is None:
            raise ValueError("stop_url needs stop_key, the bearer token that the ERP expects")
        return self
