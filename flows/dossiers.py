"""A dossier by hand: the claim on some invoices as a partner would get it today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flows.claim_files import ClaimDossier, dossier
from flows.console import Unusable
from flows.demands import reckon, regime_of
from flows.facts import all_facts
from flows.hand_over import partner_of, recipient_of
from flows.law import table_of
from flows.workspace import Workspace
from receivables.claims import ZERO, Step
from receivables.ledger import claim_data, lookup
from receivables.ledger.database import reading


def build_for(
    workspace: Workspace, numbers: Sequence[str], seller: str | None, partner: str | None, on: date
) -> ClaimDossier:
    """The dossier of the invoices `numbers`, reckoned to the day `on`, for `partner` or the seller's own agency.

    Raises NotFound for an unknown number; Unusable where they are not one customer's or nothing is open on one.
    """
    with reading(workspace.engine) as connection:
        found = [lookup.invoice(connection, number, seller) for number in dict.fromkeys(numbers)]
        if len({one.debtor_id for one in found}) != 1:
            raise Unusable("a dossier holds the claims on one customer: name invoices of one customer only")
        facts = next(all_facts(connection, workspace, on, found[0].debtor_id), None)
        known = {claim.invoice_id: claim for claim in facts.claims} if facts else {}
        for one in found:
            if one.id not in known or known[one.id].open_principal <= ZERO:
                raise Unusable(f"nothing is open on {one.number}: leave it out")
        assert facts is not None
        regime = regime_of(facts, claim_data.seller(connection, facts.seller).law, on)
        claims = [known[one.id] for one in found]
        reckoned = reckon(connection, claims, facts, regime, Step.HANDOVER, on, table=table_of(workspace.root))
        agency = next((a for a in workspace.settings.agencies if a.name == partner), None)
        if agency is None and partner is not None:
            raise Unusable(f"there is no [[agency]] with name '{partner}' in voldaan.toml")
        agency = agency or partner_of(workspace, facts, sum((claim.open_principal for claim in claims), ZERO))
        if agency is None:
            raise Unusable("no agency may take this claim: name one with --partner, or in voldaan.toml")
        reference = f"{facts.seller}/{facts.ref}/{on}"
        to = recipient_of(connection, workspace, agency, facts.seller)
        return dossier(connection, workspace.store, facts.debtor_id, reckoned, reference, regime, to, on)
