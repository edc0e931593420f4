"""Which collection partner gets a claim: by the debtor's country and kind and by the sum; consumers need a register.

Who collects consumer debts of others amicably must be registered: in Belgium with the FPS Economy (Book XIX WER), in
the Netherlands in the Wki register of Justis since 1 April 2024. Bailiffs and lawyers are exempt there: write
`consumers = true` without a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from receivables.claims import DebtorKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a partner takes. Left out: all of it. `registers`: its number in the register of a country."""

    name: str
    countries: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    minimum: Decimal | None = None  # of the principal, both included
    maximum: Decimal | None = None
    consumers: bool = False
    registers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_rule(self) -> bool:
        """Whether it says by itself what goes there; else it is only chosen by name."""
        return bool(self.countries or self.kinds or self.minimum is not None or self.maximum is not None)

    def may_take(self, kind: DebtorKind, country: str) -> bool:
        """Whether the law lets it: `country` is where the debtor lives."""
        if kind is not DebtorKind.CONSUMER:
            return True
        return self.consumers and (not self.registers or country in self.registers)

    def wants(self, kind: DebtorKind, country: str, principal: Decimal) -> bool:
        return (
            (not self.countries or country in self.countries)
            and (not self.kinds or kind.value in self.kinds)
            and (self.minimum is None or principal >= self.minimum)
            and (self.maximum is None or principal <= self.maximum)
        )


def place(
    routes: Sequence[Route], default: str | None, kind: DebtorKind, country: str, principal: Decimal
) -> Route | None:
    """The first rule that fits and may take the claim, else `default` if it may; None where nobody may."""
    for route in routes:
        if route.is_rule and route.wants(kind, country, principal) and route.may_take(kind, country):
            return route
    named = next((route for route in routes if route.name == default), None)
    return named if named is not None and named.may_take(kind, country) else None
