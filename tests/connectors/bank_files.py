"""Statement files for tests in CODA, MT940 and CSV: one account, one day, as many bookings as a test writes."""

from __future__ import annotations

from decimal import Decimal

ACCOUNT = "BE68539007547034"
DAY = "050126"  # Monday 5 January 2026


def coda_amount(amount: str | Decimal) -> str:
    value = Decimal(amount)
    return ("1" if value < 0 else "0") + f"{abs(value) * 1000:015.0f}"


def coda_move(
    amount: str,
    *,
    number: int = 1,
    text: str = "",
    structured: str = "",
    name: str = "",
    iban: str = "",
    end_to_end: str = "",
    day: str = DAY,
) -> tuple[str, list[str]]:
    """A movement's records 2.1, 2.2 and 2.3; `structured` is the communication with its type."""
    said = ("1" + structured if structured else "0" + text).ljust(150)
    start = f"{number:04}0000"
    records = [
        f"21{start}{f'BANKREF{number:013}':<21}{coda_amount(amount)}060126{'00150000'}{said[:54]}{day}0050 0",
        f"22{start}{said[54:107]}{end_to_end:<35}{'':11}{'':3}{'':1}{'':4}{'':4}{'':4}1 0",
        f"23{start}{iban:<37}{name:<35}{said[107:150]}0 0",
    ]
    return amount, [record.ljust(128)[:128] for record in records]


def coda(
    *moves: tuple[str, list[str]],
    opening: str = "0.00",
    sequence: int = 5,
    iban: str = ACCOUNT,
    old_account: str = "",
    day: str = DAY,
) -> bytes:
    """One statement in CODA 2, in windows-1252."""
    amounts = [Decimal(amount) for amount, _ in moves]
    closing = Decimal(opening) + sum(amounts)
    account = f"{old_account} EUR0BE".ljust(37) if old_account else f"{iban:<34}EUR"
    structure = "0" if old_account else "2"
    records = [
        f"00000{day}53905        {'':10}{'De Kade':<26}{'BANKBEBB':<11}00403019261 00000{'':39}2",
        f"1{structure}{sequence:03}{account}{coda_amount(opening)}{day}{'De Kade':<26}{'':35}{sequence:03}",
        *(record for _, each in moves for record in each),
        f"8{sequence:03}{account}{coda_amount(closing)}{day}{'':64}0",
    ]
    debit = -sum((amount for amount in amounts if amount < 0), Decimal(0))
    credit = sum((amount for amount in amounts if amount > 0), Decimal(0))
    counted = len(records) - 1
    records.append(f"9{'':15}{counted:06}{coda_amount(debit)[1:]}{coda_amount(credit)[1:]}{'':75}2")
    return "".join(f"{record:<128}\n" for record in records).encode("windows-1252")


def swift(*lines: str, opening: str = "0,00", total: str | None = None, after: str = "", number: int = 5) -> bytes:
    """One statement in MT940; `total` where it is not the sum of the credits and debits in field 61."""
    booked = Decimal(total.replace(",", ".")) if total else sum(map(swift_amount, lines), Decimal(0))
    closing = Decimal(opening.replace(",", ".")) + booked
    sign = "D" if closing < 0 else "C"
    text = [
        ":20:STARTUMS",
        f":25:{ACCOUNT}",
        f":28C:{number:05}/001",
        f":60F:C260105EUR{opening}",
        *lines,
        f":62F:{sign}260105EUR{str(abs(closing)).replace('.', ',')}",
        *([after] if after else []),
    ]
    return ("\r\n".join(text) + "\r\n").encode()


def swift_amount(line: str) -> Decimal:
    if not line.startswith(":61:"):
        return Decimal(0)
    mark, digits = line[14], line[15:].split("N")[0]
    return Decimal(digits.replace(",", ".")) * (-1 if mark == "D" else 1)


def csv_file(*rows: str, columns: str = "") -> bytes:
    """Rows as `booked;amount` and the values of `columns`; account and currency are put before them."""
    head = "account;currency;booked;amount" + (f";{columns}" if columns else "")
    return "\n".join([head, *(f"{ACCOUNT};EUR;{row}" for row in rows), ""]).encode()
