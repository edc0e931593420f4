"""What a payer wrote: structured references with their check digits, and words that may be invoice numbers.

Sources: Belgian structured communication (Febelfin, 12 digits, modulo 97); ISO 11649 RF creditor reference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from ubl.references import ogm_is_valid, rf_is_valid

OGM = re.compile(r"(?<!\d)(?:\+{3}|\*{3})?\s*(\d{3})\s*/\s*(\d{4})\s*/\s*(\d{5})\s*(?:\+{3}|\*{3})?(?!\d)")
TWELVE = re.compile(r"(?<![\w/-])\d{12}(?![\w/-])")
RF = re.compile(r"(?<!\w)RF\d{2}(?: ?[0-9A-Z]{1,4}){1,6}(?!\w)", re.IGNORECASE)
WORDS = re.compile(r"[0-9A-Za-z]+")
LONGEST = 400  # characters of a remittance that are read; SEPA allows 140
LEGAL_FORMS = frozenset(
    ("bv", "nv", "srl", "sa", "sprl", "bvba", "vof", "cv", "cvba", "gmbh", "ag", "kg", "sas", "sarl", "asbl", "vzw")
)
PARTS = 5  # pieces of one number, as in 2026/F-001 A


def structured_references(reference: str | None, text: str | None, known: Callable[[str], bool]) -> Iterator[str]:
    """Compact references, the bank's own field first, then the text's; each has its check digits or is `known`."""
    seen = set()
    written = [reference or ""]
    text = (text or "")[:LONGEST]
    written += ["".join(found.groups()) for found in OGM.finditer(text)]
    written += [found.group() for found in TWELVE.finditer(text)]
    written += list(rf_candidates(text, known))
    for candidate in written:
        compact = re.sub(r"[\s+*/.-]", "", candidate).upper()
        if compact and compact not in seen and (is_checked(compact) or known(compact)):
            seen.add(compact)
            yield compact


def rf_candidates(text: str, known: Callable[[str], bool]) -> Iterator[str]:
    """An RF reference in a text may run into the next word: the longest known reading, else the longest valid."""
    for found in RF.finditer(text):
        words = found.group().split()
        readings = ["".join(words[:n]).upper() for n in range(len(words), 0, -1)]
        yield from [r for r in readings if known(r)][:1] or [r for r in readings if rf_is_valid(r)][:1]


def is_checked(compact: str) -> bool:
    """True for a Belgian structured communication or an RF reference whose check digits are right.

    >>> is_checked("123456789002"), is_checked("123456789003"), is_checked("RF18539007547034")
    (True, False, True)
    """
    if compact.isdigit():
        return len(compact) == 12 and ogm_is_valid(compact)
    return compact.startswith("RF") and rf_is_valid(compact)


def named_numbers(text: str | None) -> Iterator[str]:
    """Every run of words in `text`, without what stands between them, as an invoice number might be written.

    >>> sorted(n for n in named_numbers("fact. 2026-0012") if "2026" in n)
    ['2026', '20260012', 'FACT2026', 'FACT20260012']
    """
    words = [word.upper() for word in WORDS.findall((text or "")[:LONGEST])]
    for start in range(len(words)):
        for end in range(start + 1, min(start + PARTS, len(words)) + 1):
            yield "".join(words[start:end])


def compact_number(number: str) -> str:
    """An invoice number as `named_numbers` gives it: letters and digits only."""
    return "".join(WORDS.findall(number)).upper()


def plain(name: str) -> str:
    """A name for comparison: without accents, signs, case and legal form.

    >>> plain("Café Métropole B.V.") == plain("CAFE METROPOLE BV")
    True
    """
    letters = unicodedata.normalize("NFKD", name.replace(".", ""))
    words = WORDS.findall("".join(c for c in letters if not unicodedata.combining(c)).lower())
    return " ".join(word for word in words if word not in LEGAL_FORMS)


def same_name(one: str | None, other: str | None) -> bool:
    """Whether two names may be of one party: one says no word that the other does not. Unknown names may be.

    >>> same_name("ZUID", "Zuid Handel BV"), same_name("Factor Nederland NV", "Zuid Handel BV")
    (True, False)
    """
    first, second = set(plain(one or "").split()), set(plain(other or "").split())
    return not first or not second or first <= second or second <= first
