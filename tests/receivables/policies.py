"""Policies for the tests: the default one, with changes."""

from __future__ import annotations

from importlib import resources

from receivables.ladder import Policy, parse_policy

DEFAULT = resources.files("receivables").joinpath("policy.toml").read_text()


def policy(*more: str, replace: tuple[str, str] | None = None, contact: str = "", courtesy: str = "") -> Policy:
    """The default policy with more tables at its end, lines added under [contact] and [courtesy], one text replaced."""
    return parse_policy(policy_text(*more, replace=replace, contact=contact, courtesy=courtesy), "policy.toml")


def policy_text(*more: str, replace: tuple[str, str] | None = None, contact: str = "", courtesy: str = "") -> str:
    text = DEFAULT
    if replace is not None:
        assert replace[0] in text
        text = text.replace(*replace, 1)
    text = text.replace("[contact]\n", f"[contact]\n{contact}\n", 1).replace(
        "[courtesy]\n", f"[courtesy]\n{courtesy}\n", 1
    )
    return "\n\n".join((text, *more))


def ladder(name: str, *steps: str, country: str = "BE", debtors: str = "business", conditions: str = "") -> str:
    """A [[ladder]] table; each step is its lines after `step =`, such as 'reminder; wait = 3'."""
    head = f'[[ladder]]\nname = "{name}"\ncountry = "{country}"\ndebtors = ["{debtors}"]\n{conditions}\n'
    return head + "\n".join(rung(step) for step in steps)


def rung(step: str) -> str:
    code, _, more = step.partition(";")
    lines = "\n".join(part.strip() for part in more.split(";"))
    return f'[[ladder.steps]]\nstep = "{code}"\n{lines}\n'
