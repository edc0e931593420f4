"""Letters by post: laid in a print folder, posted by a person who says so, and taken as received some days after.

No receipt comes back from a letter box. What counts is the day on which a person says that the letter was posted; on
the third business day after it the letter is taken as received, which is when the Belgian term starts (art. XIX.2 Code
of economic law) and not before the Dutch practice of two post days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.ports import Answer, Finding, Proof, Submission
from connectors.post.folder import PostLetter, PrintFolder
from flows.looks import last_look_for
from flows.post_envelope import POST, sheet_of
from flows.workspace import Workspace
from receivables.calendar import add_business_days
from receivables.claims import NOT_POSTED
from receivables.ledger.database import reading, writing
from receivables.ledger.notices import addressed
from receivables.ledger.outbox import Dispatch
from receivables.ledger.tasks import answered, open_task, reword_task

POST_DAYS = 3
PRESUMED = "posted by us, as a person said; taken as received on the third business day after it"


@dataclass(frozen=True)
class PostOffice:
    workspace: Workspace
    dispatch: Dispatch
    on: date

    @property
    def folder(self) -> PrintFolder:
        return PrintFolder(self.workspace.root / POST)

    def prepare(self) -> Submission | None:
        return None

    def submit(self, prepared: str | None) -> Submission:
        """Lays the letter ready and asks a person to post it."""
        details, store = self.dispatch.details, self.workspace.store
        sheets = [sheet_of(s, store) for s in details["sheets"]]
        letter = PostLetter(
            to=details["to"], address=tuple(details["address"]), planned=details["planned"], sheets=sheets
        )
        answer = self.folder.submit(letter, self.dispatch.key)
        if answer.answer is Answer.SUBMITTED:
            self.ask_to_post(answer.partner_id or "")
        return answer

    def status(self, partner_id: str) -> Submission:
        """DELIVERED once the letter was posted long enough ago, NOT_DELIVERED where a person took it back; while it
        waits, a person is told whether it is still wanted.
        """
        self.ask_to_post(partner_id)
        with reading(self.workspace.engine) as connection:
            posted, outcome = answered(connection, self.task_key)
        if outcome == NOT_POSTED:
            return Submission(
                answer=Answer.NOT_DELIVERED, partner_id=partner_id, reason=f"{NOT_POSTED}: as a person said"
            )
        if posted is None or self.on < arrival(posted, self.dispatch.details):
            return Submission(answer=Answer.SUBMITTED, partner_id=partner_id)
        proof = Proof(kind="posting", level=PRESUMED, content=f"posted on {posted}".encode(), mime="text/plain")
        return Submission(answer=Answer.DELIVERED, partner_id=partner_id, proofs=(proof,))

    def find(self, prepared: str | None) -> Finding:
        return self.folder.find(self.dispatch.key)

    @property
    def task_key(self) -> str:
        return f"{POST}:{self.dispatch.id}"

    def ask_to_post(self, mark: str) -> None:
        """A task, whose words follow what comes in until the letter has left."""
        with writing(self.workspace.engine) as connection:
            unwanted = last_look_for(self.workspace, self.on)(connection, self.dispatch)
            to = self.dispatch.details["to"]
            text = f"Print and post the letter {mark} to {to}; close this on that day."
            if unwanted is not None:
                text = (
                    f"Do not post the letter {mark} to {to} ({unwanted}): take it out of {POST}/ and close this as "
                    f"{NOT_POSTED}, or as done where it has left already."
                )
            opened = open_task(
                connection,
                key=self.task_key,
                kind=POST,
                text=text,
                on=self.on,
                debtor_id=self.dispatch.details.get("debtor_id") or addressed(connection, self.dispatch.id),
            )
            if not opened:
                reword_task(connection, self.task_key, text)


def arrival(posted: date, details: Mapping[str, Any]) -> date:
    """The day on which a letter that was posted on `posted` is taken as received."""
    return add_business_days("BE" if details["country"] == "BE" else "NL", posted, POST_DAYS)
