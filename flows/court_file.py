"""The court file: the dossier of some invoices with its exhibits numbered in order of time and their inventory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flows.claim_files import Recipient, dossier
from flows.console import Unusable
from flows.demands import reckon, regime_of
from flows.dress import brand_look
from flows.facts import all_facts
from flows.law import table_of
from flows.workspace import Workspace
from receivables.claim_file import ClaimFile
from receivables.claims import ZERO, Step
from receivables.dossier import KEY, MANIFEST, SIGNATURE, build
from receivables.ledger import claim_data, lookup
from receivables.ledger.database import reading
from receivables.letters.covering import COVER
from receivables.letters.inventory import INVENTORY, LANGUAGES, Exhibit, exhibits, inventory

MADE_ANEW = ("claim.json", "invoices.csv", MANIFEST, SIGNATURE, KEY, COVER)


@dataclass(frozen=True, slots=True)
class CourtFile:
    """`archive` is the ZIP: a dossier that verifies, its exhibits under `exhibits/`, and `inventory.pdf`."""

    claim: ClaimFile
    language: str
    exhibits: tuple[Exhibit, ...]
    archive: bytes


def court_file(
    workspace: Workspace, numbers: Sequence[str], *, language: str | None, seller: str | None, on: date
) -> CourtFile:
    """The file of the invoices `numbers`, reckoned to the day `on`, handed over or not.

    `language` of the court: left out, Dutch under Dutch law, and in Belgium the debtor's, else the seller's, as a court
    is chosen by the debtor's domicile. Raises NotFound, Unusable.
    """
    with reading(workspace.engine) as connection:
        found = [lookup.invoice(connection, number, seller) for number in dict.fromkeys(numbers)]
        if len({one.debtor_id for one in found}) != 1:
            raise Unusable("a court file holds the claims on one customer: name invoices of one customer only")
        facts = next(all_facts(connection, workspace, on, found[0].debtor_id), None)
        opened = {c.invoice_id: c for c in facts.claims if c.open_principal > ZERO} if facts else {}
        if facts is None or (paid := [one.number for one in found if one.id not in opened]):
            raise Unusable(f"nothing is open on {paid[0] if facts else numbers[0]}: leave it out")
        house = claim_data.seller(connection, facts.seller)
        regime = regime_of(facts, house.law, on)
        claims = [opened[one.id] for one in found]
        reckoned = reckon(connection, claims, facts, regime, Step.HANDOVER, on, table=table_of(workspace.root))
        spoken = language or court_language(regime.country, facts.language, str(house.details.get("language") or "nl"))
        look = workspace.look(facts.seller, brand_look(house.details))
        to = Recipient(name="", language=spoken, key=workspace.signing_key, look=look)
        reference = f"{facts.seller}/{facts.ref}/{on}"
        made = dossier(connection, workspace.store, facts.debtor_id, reckoned, reference, regime, to, on)
    with zipfile.ZipFile(io.BytesIO(made.archive)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist() if name not in MADE_ANEW}
    pieces = exhibits(made.claim, spoken)
    contents |= {piece.path: contents[piece.source] for piece in pieces}
    contents[INVENTORY] = inventory(made.claim, pieces, spoken, look)
    return CourtFile(made.claim, spoken, pieces, build(made.claim, contents, key=workspace.signing_key))


def court_language(law: str, debtor: str, seller: str) -> str:
    if law == "NL":
        return "nl"
    return next((one for one in (debtor, seller) if one in LANGUAGES), "nl")
