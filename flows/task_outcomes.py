"""The words for what came of a task. Loads nothing: the command line names them in its help."""

from __future__ import annotations

from typing import Literal

Outcome = Literal[
    "reached_right_person",
    "promised",
    "disputes",
    "cannot_pay",
    "wrong_number",
    "approved",
    "refused",
    "not_posted",
    "mail_again",
    "no_more_mail",
    "received",
    "done",
]
