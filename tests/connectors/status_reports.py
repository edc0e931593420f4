"""Status reports on direct debits (pain.002) for tests."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"


def why(code: str | None) -> str:
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>" if code else ""


def transaction(end_to_end: str, status: str = "RJCT", code: str | None = "AM04") -> str:
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{escape(end_to_end)}</OrgnlEndToEndId><TxSts>{status}</TxSts>"
        f"{why(code)}</TxInfAndSts>"
    )


def batch(name: str, *transactions: str, status: str | None = None, code: str | None = None) -> str:
    own = f"<PmtInfSts>{status}</PmtInfSts>{why(code)}" if status else ""
    return f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{name}</OrgnlPmtInfId>{own}{''.join(transactions)}</OrgnlPmtInfAndSts>"


def report(message: str, batches: Sequence[str] = (), *, status: str | None = None, code: str | None = None) -> bytes:
    group = f"<GrpSts>{status}</GrpSts>{why(code)}" if status else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACE}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>2026-02-02T08:00:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId><OrgnlMsgNmId>pain.008.001.08</OrgnlMsgNmId>"
        f"{group}</OrgnlGrpInfAndSts>{''.join(batches)}</CstmrPmtStsRpt></Document>"
    ).encode()
