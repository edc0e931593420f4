"""The access points that Voldaan knows, by the name under which `voldaan.toml` chooses one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.peppol.e_invoice_be import EInvoiceBe
from connectors.peppol.peppyrus import Peppyrus
from connectors.peppol.phoss_ap import PhossAp
from connectors.peppol.recommand import Recommand
from connectors.peppol.scrada import Scrada
from connectors.peppol.storecove import Storecove
from connectors.ports import Access, PeppolProvider

HINT = 256 * 1024  # bytes of a call that names a document
DOCUMENT = 16 * 1024 * 1024  # of one that carries it: 10 MB (connectors/limits.toml) in base64, and what is around it


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One partner: how it is opened, where it answers, and what its account consists of beside the key."""

    open: Callable[[Access], PeppolProvider]
    url: str | None  # None: everybody runs its own
    needs: tuple[str, ...] = ()  # of secret, account
    countries: tuple[str, ...] = ()  # of the sellers for whom it is the default
    largest_call: int = HINT  # bytes of a call that it makes to us


PROVIDERS: Mapping[str, Known] = {
    "e-invoice.be": Known(
        open=EInvoiceBe,
        url="https://api.e-invoice.be",
        countries=("BE",),
    ),
    "recommand": Known(
        open=Recommand,
        url="https://app.recommand.eu/api/v1",
        needs=("secret", "account"),
        countries=("NL",),
    ),
    "scrada": Known(open=Scrada, url="https://api.scrada.be/v1", needs=("secret", "account")),
    "peppyrus": Known(open=Peppyrus, url="https://api.peppyrus.be", largest_call=DOCUMENT),
    "storecove": Known(open=Storecove, url="https://api.storecove.com", needs=("account",)),
    "phoss-ap": Known(open=PhossAp, url=None),
}
