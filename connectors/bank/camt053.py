"""Reads bank statements in CAMT.053 (ISO 20022 BankToCustomerStatement, versions 001.02 to 001.08).

Only booked entries count. The sum of the entries must join the opening and closing balance, or the file is refused:
a statement that does not add up would mark the wrong invoices as paid.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from stdnum import iban as iban_number

from connectors.bank import remittance
from connectors.bank.bookings import REVERSED, BadStatement, distinct, given, joined, short_name, with_key
from connectors.bank.camt_file import CamtFile
from connectors.ports import Statement, StatementEntry
from ubl import safe_xml

VERSIONS = tuple(f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02d}" for version in range(2, 9))
MAX_BYTES = 50 * 1024 * 1024
MAX_DEPTH = 60
ZERO = Decimal(0)
FORMAT = "camt.053"


def read(data: bytes, name: str) -> Statement:
    """The one statement in a file called `name`. Raises BadStatement, also where there are several (see `read_all`)."""
    statements = read_all(data, name)
    if len(statements) != 1:
        raise BadStatement(
            f"{short_name(name)}: Document/BkToCstmrStmt holds {len(statements)} statements, expected one."
        )
    return statements[0]


def read_all(data: bytes, name: str) -> tuple[Statement, ...]:
    """Every statement in a file called `name`; a bank may put several accounts or days in one. Raises BadStatement."""
    try:
        root = safe_xml.parse(data, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    except safe_xml.UnreadableXml as error:
        raise BadStatement(f"{short_name(name)}: {error}") from error
    namespace = root.tag.partition("}")[0].strip("{") if "}" in root.tag else ""
    if namespace not in VERSIONS or not root.tag.endswith("}Document"):
        raise BadStatement(
            f"{short_name(name)}: the root element is {root.tag[:120]}, expected Document of camt.053.001.02 to 001.08."
        )
    file = CamtFile(name, namespace)
    statements = file.all(root, "BkToCstmrStmt/Stmt")
    if not statements:
        raise BadStatement(f"{short_name(name)}: Document/BkToCstmrStmt/Stmt is missing; this file holds no statement.")
    return tuple(_statement(file, statement) for statement in statements)


def _statement(file: CamtFile, node: Any) -> Statement:
    account = _account(file, node)
    opening = _balance(file, node, "OPBD", "PRCD")
    closing = _balance(file, node, "CLBD")
    currency = file.text(node, "Acct/Ccy") or next((b[1] for b in (closing, opening) if b), None) or _first(file, node)
    booked = [entry for entry in file.all(node, "Ntry") if (file.text(entry, "Sts/Cd", "Sts") or "BOOK") == "BOOK"]
    total = sum((_booked_amount(file, entry, currency) for entry in booked), Decimal(0))
    if opening and closing and (wrong := joined(opening[0], total, closing[0], currency)):
        raise file.refusal(node, "Bal", wrong)
    to_date = (closing and closing[2]) or file.day(node, "FrToDt/ToDtTm", "CreDtTm")
    if to_date is None:
        raise file.bad(node, "Bal/Dt/Dt", "the day of the closing balance")
    sequence = file.text(node, "ElctrncSeqNb", "LglSeqNb")
    return Statement(
        account=account,
        identification=file.text(node, "Id") or "",
        sequence=int(sequence) if sequence and sequence.isdecimal() and sequence.isascii() else None,
        from_date=file.day(node, "FrToDt/FrDtTm"),
        to_date=to_date,
        currency=currency,
        opening=opening[0] if opening else None,
        closing=closing[0] if closing else None,
        format=FORMAT,
        entries=distinct(entry for found in booked for entry in _entries(file, found, account, currency)),
    )


def _account(file: CamtFile, node: Any) -> str:
    iban = file.text(node, "Acct/Id/IBAN")
    if iban is None:
        other = file.text(node, "Acct/Id/Othr/Id")
        if other is None:
            raise file.bad(node, "Acct/Id/IBAN", "the account's IBAN")
        return other
    if not iban_number.is_valid(iban, check_country=False):
        raise file.bad(node, "Acct/Id/IBAN", "an IBAN with right check digits")
    return str(iban_number.compact(iban))


def _balance(file: CamtFile, node: Any, *codes: str) -> tuple[Decimal, str, date | None] | None:
    """The first balance of one of these types: signed amount, currency, day."""
    for code in codes:
        for balance in file.all(node, "Bal"):
            if file.text(balance, "Tp/CdOrPrtry/Cd") == code:
                amount, currency = file.amount(balance)
                return amount * file.sign(balance), currency, file.day(balance, "Dt/Dt", "Dt/DtTm")
    return None


def _first(file: CamtFile, node: Any) -> str:
    entry = file.one(node, "Ntry")
    if entry is None:
        raise file.bad(node, "Acct/Ccy", "the account's currency")
    return file.amount(entry)[1]


def _booked_amount(file: CamtFile, entry: Any, currency: str) -> Decimal:
    amount, stated = file.amount(entry)
    if stated != currency:
        raise file.bad(entry, "Amt", f"an amount in {currency}, the currency of the account, not in {stated}")
    return amount * file.sign(entry)


def _entries(file: CamtFile, entry: Any, account: str, currency: str) -> list[StatementEntry]:
    """One for each transaction of a batch whose amounts add up to the entry, else one for the whole entry."""
    details = file.all(entry, "NtryDtls/TxDtls")
    amount = _booked_amount(file, entry, currency)
    if len(details) > 1:
        shares = [_share(file, detail, currency, file.sign(entry)) for detail in details]
        known = [share for share in shares if share is not None]
        if len(known) == len(details) and sum(known) == amount:
            pairs = enumerate(zip(details, known, strict=True), start=1)
            return [_entry(file, entry, [detail], account, share, currency, f"/{n}") for n, (detail, share) in pairs]
    return [_entry(file, entry, details, account, amount, currency, "")]


def _share(file: CamtFile, detail: Any, currency: str, sign: int) -> Decimal | None:
    """The signed amount of one transaction in the account's currency, where the bank gives it."""
    own = file.sign(detail) if file.text(detail, "CdtDbtInd") else sign
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        if file.one(detail, path) is not None:
            amount, stated = file.amount(detail, path)
            if stated == currency:
                return amount * own
    return None


def _entry(
    file: CamtFile, entry: Any, details: list[Any], account: str, amount: Decimal, currency: str, place: str
) -> StatementEntry:
    """The transaction `details`; none, or those of a batch that could not be divided, leave references to the text."""
    booked = file.day(entry, "BookgDt/Dt", "BookgDt/DtTm")
    if booked is None:
        raise file.bad(entry, "BookgDt/Dt", "the day of booking")
    detail = details[0] if len(details) == 1 else None
    lines = [str(line.text) for each in details for line in file.all(each, "RmtInf/Ustrd") if line.text]
    references = [found for each in details for found in file.all(each, "RmtInf/Strd/CdtrRefInf")]
    stated = [(file.text(found, "Ref") or "", file.text(found, "Tp/Issr")) for found in references]
    checked = {ref: remittance.structured(ref, issuer) for ref, issuer in stated if ref}
    valid = {known for known in checked.values() if known}
    reference = (valid.pop() if len(valid) == 1 else None) if valid else remittance.in_text(lines)
    kept = [ref for ref, known in checked.items() if known is None or known != reference]
    additional = file.text(detail, "AddtlTxInf") if detail is not None else None
    text = " ".join(lines + kept) or additional or file.text(entry, "AddtlNtryInf")
    reason = _return_reason(file, entry, detail)
    name, iban = _counterparty(file, detail, account, received=(amount > 0) == (reason is None))
    built = StatementEntry(
        key="",
        account=account,
        booked=booked,
        amount=amount,
        currency=currency,
        value_date=file.day(entry, "ValDt/Dt", "ValDt/DtTm"),
        counterparty=name,
        counterparty_iban=iban,
        reference=reference,
        text=text,
        end_to_end=_end_to_end(file, entry, detail),
        mandate=given(file.text(detail, "Refs/MndtId")) if detail is not None else None,
        return_reason=reason,
        charges=_charges(file, entry, detail, amount, currency),
    )
    return with_key(built, _bank_reference(file, entry, detail), place)


def _end_to_end(file: CamtFile, entry: Any, detail: Any) -> str | None:
    """The payer's or our own id; for direct debits booked in one sum, that of the payment information they were in."""
    own = given(file.text(detail, "Refs/EndToEndId")) if detail is not None else None
    batch = file.text(detail, "Refs/PmtInfId") if detail is not None else None
    return own or given(batch) or given(file.text(entry, "NtryDtls/Btch/PmtInfId"))


def _charges(file: CamtFile, entry: Any, detail: Any, amount: Decimal, currency: str) -> Decimal:
    """What banks kept of money that came in, or added to what went back: instructed less received, or the charges that
    the entry says are in it.
    """
    if detail is None:
        return ZERO
    if amount > 0 and file.one(detail, "AmtDtls/InstdAmt/Amt") is not None:
        instructed, stated = file.amount(detail, "AmtDtls/InstdAmt/Amt")
        if stated == currency and instructed > amount:
            return instructed - amount
    for record in (*file.all(entry, "Chrgs/Rcrd"), *file.all(detail, "Chrgs/Rcrd")):
        kept, stated = file.amount(record)
        if stated == currency and file.text(record, "ChrgInclInd") in ("true", "1"):
            return kept
    return ZERO


def _return_reason(file: CamtFile, entry: Any, detail: Any) -> str | None:
    """Code and words of a return (RtrInf), or 'reversal' where the entry only says that it reverses another."""
    information = file.one(detail, "RtrInf") if detail is not None else None
    if information is not None:
        said = (file.text(information, "Rsn/Cd", "Rsn/Prtry"), *(n.text for n in file.all(information, "AddtlInf")))
        return " ".join(word.strip() for word in said if word) or "returned"
    return REVERSED if file.text(entry, "RvslInd") in ("true", "1") else None


def _counterparty(file: CamtFile, detail: Any, account: str, *, received: bool) -> tuple[str | None, str | None]:
    """Name and IBAN of the other side: who paid, or for a return of what we received, who gets it back."""
    if detail is None:
        return None, None
    for role in ("Dbtr", "Cdtr") if received else ("Cdtr", "Dbtr"):
        party = f"RltdPties/{role}"
        name = file.text(detail, f"{party}/Nm", f"{party}/Pty/Nm", f"RltdPties/Ultmt{role}/Nm")
        iban = file.text(detail, f"{party}Acct/Id/IBAN")
        compact = str(iban_number.compact(iban)) if iban and iban_number.is_valid(iban, check_country=False) else None
        if (name or compact) and compact != account:
            return name, compact
    return None, None


def _bank_reference(file: CamtFile, entry: Any, detail: Any) -> str | None:
    """The bank's own reference; NtryRef is not it, since it only counts within a statement."""
    own = file.text(entry, "AcctSvcrRef")
    inner = file.text(detail, "Refs/AcctSvcrRef") if detail is not None else None
    return given(own) or given(inner)
