"""Whether every letter that a policy can send has words in every language: seen when it is loaded, not at send."""

from __future__ import annotations

from receivables.claims import DebtorKind, Step
from receivables.ladder import BadPolicy, Policy
from receivables.letters.own import NONE, OwnTexts
from receivables.letters.texts import LANGUAGES, TONES, MissingText, wording
from receivables.rungs import MESSAGES, Ladder


def check_words(policy: Policy, own: OwnTexts = NONE) -> None:
    """Raises BadPolicy with one sentence for the first letter without words."""
    for ladder in policy.ladders:
        for kind in ladder.debtors:
            for step in sent_by(ladder, policy):
                check_step(policy, ladder, kind, step, own)


def sent_by(ladder: Ladder, policy: Policy) -> list[str]:
    """The letters of the ladder, a house's own ones by their name, and the courtesies that are switched on."""
    steps = [rung.template or rung.step.value for rung in ladder.steps if rung.step in MESSAGES]
    if policy.courtesy.note_days_before is not None:
        steps.append(Step.DUE_SOON.value)
    if policy.courtesy.thank_within is not None:
        steps.append(Step.THANK_YOU.value)
    return steps


def check_step(policy: Policy, ladder: Ladder, kind: DebtorKind, step: str, own: OwnTexts = NONE) -> None:
    for language in LANGUAGES:
        for tone in TONES:
            try:
                wording(step, ladder.country, kind.value, language, tone, own)
            except MissingText as problem:
                where = f"policy {policy.version}, ladder '{ladder.name}'"
                raise BadPolicy(f"{where}: {problem}") from problem
