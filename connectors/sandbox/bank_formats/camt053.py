"""Writes a statement in CAMT.053.001.08 (ISO 20022 BankToCustomerStatement)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lxml import etree

from connectors.sandbox.bank_formats.sheet import Payment, Sheet

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def write(sheet: Sheet) -> bytes:
    namespaces: Any = {None: NAMESPACE}
    document = etree.Element(f"{{{NAMESPACE}}}Document", nsmap=namespaces)
    report = _add(document, "BkToCstmrStmt")
    head = _add(report, "GrpHdr")
    identification = f"{sheet.iban[-8:]}-{sheet.sequence:05d}"
    _add(head, "MsgId", f"SANDBOX-{identification}")
    _add(head, "CreDtTm", f"{sheet.day}T23:30:00+01:00")
    statement = _add(report, "Stmt")
    _add(statement, "Id", identification)
    _add(statement, "ElctrncSeqNb", str(sheet.sequence))
    _add(statement, "CreDtTm", f"{sheet.day}T23:30:00+01:00")
    owner = _add(statement, "Acct")
    _add(_add(owner, "Id"), "IBAN", sheet.iban)
    _add(owner, "Ccy", sheet.currency)
    _add(_add(owner, "Ownr"), "Nm", sheet.owner)
    for code, amount in (("OPBD", sheet.opening), ("CLBD", sheet.closing)):
        balance = _add(statement, "Bal")
        _add(_add(_add(balance, "Tp"), "CdOrPrtry"), "Cd", code)
        _money(balance, amount, sheet.currency)
        _add(_add(balance, "Dt"), "Dt", sheet.day.isoformat())
    for number, payment in enumerate(sheet.payments, start=1):
        _entry(statement, number, payment, sheet.currency)
    content: bytes = etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return content


def _entry(statement: Any, number: int, payment: Payment, currency: str) -> None:
    entry = _add(statement, "Ntry")
    _add(entry, "NtryRef", str(number))
    _money(entry, payment.amount, currency)
    if payment.return_reason:
        _add(entry, "RvslInd", "true")
    _add(_add(entry, "Sts"), "Cd", "BOOK")
    _add(_add(entry, "BookgDt"), "Dt", payment.booked.isoformat())
    _add(_add(entry, "ValDt"), "Dt", payment.booked.isoformat())
    _add(entry, "AcctSvcrRef", payment.bank_reference)
    code = _add(_add(entry, "BkTxCd"), "Domn")
    _add(code, "Cd", "PMNT")
    family = _add(code, "Fmly")
    _add(family, "Cd", "RCDT" if payment.amount > 0 else "ICDT")
    _add(family, "SubFmlyCd", "ESCT")
    detail = _add(_add(entry, "NtryDtls"), "TxDtls")
    references = _add(detail, "Refs")
    _add(references, "EndToEndId", payment.end_to_end or "NOTPROVIDED")
    if payment.mandate:
        _add(references, "MndtId", payment.mandate)
    other = "Dbtr" if (payment.amount > 0) != bool(payment.return_reason) else "Cdtr"
    parties = _add(detail, "RltdPties")
    _add(_add(_add(parties, other), "Pty"), "Nm", payment.name)
    if payment.iban:
        _add(_add(_add(parties, f"{other}Acct"), "Id"), "IBAN", payment.iban)
    _remittance(detail, payment)
    if payment.return_reason:
        _add(_add(_add(detail, "RtrInf"), "Rsn"), "Cd", payment.return_reason)


def _remittance(detail: Any, payment: Payment) -> None:
    if not payment.reference and not payment.text:
        return
    information = _add(detail, "RmtInf")
    if payment.text:
        _add(information, "Ustrd", payment.text[:140])
    if payment.bare_reference:
        reference = _add(_add(information, "Strd"), "CdtrRefInf")
        kind = _add(reference, "Tp")
        _add(_add(kind, "CdOrPrtry"), "Cd", "SCOR")
        _add(kind, "Issr", "ISO" if payment.bare_reference.startswith("RF") else "BBA")
        _add(reference, "Ref", payment.bare_reference)


def _money(parent: Any, amount: Decimal, currency: str) -> None:
    _add(parent, "Amt", f"{abs(amount):.2f}").set("Ccy", currency)
    _add(parent, "CdtDbtInd", "DBIT" if amount < 0 else "CRDT")


def _add(parent: Any, tag: str, text: str | None = None) -> Any:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
    element.text = text
    return element
