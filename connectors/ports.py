"""What the house asks of the outside world. Every partner is one file that answers one of these ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Protocol

from connectors.filing import Filing, FilingKind
from receivables.claim_update import ClaimUpdate


class Answer(StrEnum):
    """What a partner's answer means for the dispatch."""

    SUBMITTED = "submitted"  # accepted by the partner, not yet delivered
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    REJECTED = "rejected"  # the document must change
    PRECONDITION = "precondition"  # the set-up must change (key, registration)
    TRANSIENT = "transient"  # certainly not taken: may be tried again later
    UNKNOWN = "unknown"  # the answer was lost: ask, never repeat blindly


class Reach(StrEnum):
    """Four answers to 'can this participant receive this document', never fewer."""

    CAN_RECEIVE = "can_receive"
    NOT_THIS_DOCUMENT = "not_this_document"
    NOT_REGISTERED = "not_registered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Bytes that prove something, and what: 'accepted by provider', 'received by the buyer's access point', …"""

    kind: str
    level: str
    content: bytes
    mime: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A partner's answer to a submit, status or find."""

    answer: Answer
    partner_id: str | None = None  # the partner's own id for it
    ids: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None  # one sentence for a person, without secrets
    retry_after: int | None = None  # seconds, where the partner said so
    proofs: tuple[Proof, ...] = ()


class Found(StrEnum):
    """What the partner can prove about a submit whose answer was lost."""

    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    CANNOT_TELL = "cannot_tell"
    NOT_ASKED = "not_asked"  # the partner could not be reached, or answers nobody now: ask again later


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    found: Found
    submission: Submission | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeppolDocument:
    """One document for the network: participants as 'scheme:id', document type and process as in the code lists."""

    number: str
    ubl: bytes
    sender: str
    receiver: str
    document_type: str
    process: str
    sender_country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How one seller's account is reached. Secrets are kept out of every representation."""

    url: str
    key: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)  # the second half of a pair: password, API secret
    account: str | None = None  # the seller's company at the partner
    webhook_secret: str | None = field(default=None, repr=False)


class BadWebhook(ValueError):
    """A call that proves nothing: not signed by the partner, too old, or unreadable. One sentence, without secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a webhook hints at. It is never the truth itself: the document is read again at the partner."""

    id: str  # unique at the partner: the same event again is dropped
    kind: str  # the partner's own word for it
    partner_id: str | None = None  # the document it is about; None: none of ours
    at: datetime | None = None  # UTC, where the partner signs a time
    said: Submission | None = None  # where the partner says it here and answers no question about it


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A document that the network brought: an Invoice Response, an MLS or MLR, or something else.

    Where the partner's one queue also carries what became of our own documents, `said` is that word about the document
    `said.partner_id`, and `document` is the call as it stood in the queue: both are kept before it is confirmed.
    """

    id: str  # the partner's own id
    document: bytes
    sender: str | None = None
    receiver: str | None = None
    said: Submission | None = None


class PeppolProvider(Protocol):
    """An access point. Each is one file; what its answers prove stands in `receivables.ledger.life.CAN_PROVE`."""

    name: str

    def lookup(self, receiver: str, document_type: str) -> tuple[Reach, Proof | None]: ...

    def prepare(self, document: PeppolDocument) -> Submission | None:
        """A draft whose id is stored before `submit`; None where the partner knows no drafts."""

    def submit(self, document: PeppolDocument, prepared: str | None, key: str) -> Submission: ...
    def status(self, partner_id: str) -> Submission: ...
    def find(self, document: PeppolDocument, prepared: str | None, key: str) -> Finding: ...

    def evidence(self, partner_id: str) -> tuple[Proof, ...]:
        """What the partner has to show for a delivered document: receipt, timeline, as-sent UBL. Raises NoAnswer."""

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Event:
        """The event of a call that the partner signed; `headers` in lower case. Raises BadWebhook."""

    def inbox(self) -> Iterable[Inbound]:
        """What came in and was not yet confirmed. Raises NoAnswer."""

    def confirm(self, inbound_id: str) -> None:
        """Tells the partner that we keep it; again is harmless. Raises NoAnswer."""

    def check(self) -> str | None:
        """Tries the credentials, sends nothing: the sentence that says what is wrong, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    filename: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG that travels inside the mail; the HTML shows it as `cid:` and its `id`."""

    id: str
    png: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message. `message_id` is fixed when the dispatch is planned, so that a copy can be found by it."""

    message_id: str
    sender: str
    reply_to: str
    to: str
    subject: str
    text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    language: str = "en"
    date: date | None = None
    pictures: tuple[Picture, ...] = ()


class MailSender(Protocol):
    name: str

    def submit(self, mail: Mail) -> Submission: ...
    def status(self, message_id: str) -> Submission: ...
    def find(self, message_id: str) -> Finding: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """One booked transaction detail. Amount is positive for money in, negative for money out, in `currency`."""

    key: str  # unique and stable per account: bank reference, or a digest where the bank gives none
    account: str  # IBAN
    booked: date
    amount: Decimal
    currency: str
    value_date: date | None = None
    counterparty: str | None = None
    counterparty_iban: str | None = None
    reference: str | None = None  # structured: 12 digits of an OGM, or RF…
    text: str | None = None
    end_to_end: str | None = None
    mandate: str | None = None
    return_reason: str | None = None
    charges: Decimal = Decimal(0)  # what banks kept of what came in, or added to what went back


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One bank statement of one account. `format`: camt.053, coda, mt940 or csv."""

    account: str
    identification: str
    sequence: int | None
    from_date: date | None
    to_date: date
    currency: str
    opening: Decimal | None
    closing: Decimal | None
    entries: tuple[StatementEntry, ...]
    format: str = "camt.053"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyStatus:
    """How a handed-over claim stands at the partner; `state` is a word of `receivables.claims.HandoverState`.

    Where the partner says something that its table does not know, `state` is empty and `word` holds what it said.
    """

    partner_id: str
    state: str
    word: str = ""
    collected: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    message: str | None = None
    proof: Proof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An update of a claim: what it says, its exact bytes, and the files that it names."""

    update: ClaimUpdate
    content: bytes
    files: tuple[Attachment, ...] = ()


class CollectionAgency(Protocol):
    """A collection partner. Each is one file; what its answers prove stands in `receivables.ledger.life.CAN_PROVE`."""

    name: str

    def submit(self, claim: bytes, filename: str, key: str) -> Submission: ...
    def find(self, key: str, claim: bytes = b"") -> Finding:
        """Did the partner take the hand-over `key`? `claim`: the dossier, for partners that keep no key of ours."""

    def update(self, partner_id: str, news: News, key: str) -> Submission: ...
    def withdraw(self, partner_id: str, news: News, key: str) -> Submission:
        """Takes the claim back. DELIVERED: the partner has given it back, not merely heard of it."""

    def find_update(self, partner_id: str, news: News, key: str) -> Finding:
        """Did the partner take this update, or this recall?"""

    def status(self, partner_id: str) -> AgencyStatus:
        """Raises NoAnswer where the partner could not be asked, or answers no such question."""

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Event:
        """The event of a call that the partner signed; `headers` in lower case. Raises BadWebhook."""

    def check(self) -> str | None:
        """Tries the credentials, hands nothing over: the sentence that says what is wrong, or None."""


CoverState = Literal["granted", "refused", "withdrawn", "pending"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What the insurer decided on a buyer, who is named by the insurer's own number."""

    buyer_id: str
    state: CoverState
    amount: Decimal
    currency: str
    since: date
    until: date | None = None
    requested: Decimal | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStatus:
    """How a claim stands; `state` is a word of `receivables.indemnity.InsurerClaimState`. `paid`: in all, so far."""

    state: str
    approved: Decimal | None = None
    paid: Decimal = Decimal(0)
    message: str | None = None
    proof: Proof | None = None


class CreditInsurer(Protocol):
    """A credit insurer. What its answers prove stands in `receivables.ledger.life.CAN_PROVE`.

    DELIVERED means that the insurer has it; for an extension or rescheduling, that it agreed. Where only a person can
    bring its answer, `Submission.ids` says under `ask` what that person must do.
    """

    name: str

    def submit(self, filing: Filing, key: str) -> Submission: ...
    def status(self, partner_id: str, kind: FilingKind = "overdue") -> Submission: ...
    def find(self, key: str, filing: Filing) -> Finding: ...

    def covers(self, policy: str) -> tuple[Cover, ...] | None:
        """Every decision under the policy; None where the insurer cannot be asked by API. Raises NoAnswer."""

    def claim(self, partner_id: str) -> ClaimStatus | None:
        """How a claim stands; None where the insurer cannot be asked by API. Raises NoAnswer."""

    def identify(self, country: str, registration: str) -> str | None:
        """The insurer's own number of a company, which it may charge for. None: not found, or not by API; NoAnswer."""

    def check(self) -> str | None:
        """Tries the credentials, files nothing: the sentence that says what is wrong, or None."""
