"""The command that plays the faults."""

from __future__ import annotations

import sys
from typing import Annotated

from cyclopts import Parameter

from flows.console import FINE, NO, Format, Unusable, say


def faults(
    *,
    documents: Annotated[int, Parameter(help="So many to be delivered in each play.")] = 40,
    workers: Annotated[int, Parameter(help="So many share the queue.")] = 2,
    partner: Annotated[list[str] | None, Parameter(help="Only this one; may be repeated.", negative="")] = None,
    fault: Annotated[list[str] | None, Parameter(help="Only this one; may be repeated.", negative="")] = None,
    seed: Annotated[int, Parameter(help="Another number, other moments.")] = 1,
    format: Format = "text",
) -> int:
    """Plays everything that can go wrong between us and each partner, against its twin on this machine.

    kill: workers die at every step. drop: answers are lost. refuse: errors, too many calls, a key that is not known for
    a while. twice: answers come twice. restart: the partner dies and comes back. disk: ours is full. clock: it jumps.
    everything: all of that at once, refusals aside. Then it counts at the partner what was delivered, lost, there
    twice, and left to a person. The answer is no where something was lost or sent twice, or a person was asked where
    the partner could have told. It takes some minutes; nothing leaves this machine.

    For example:
      voldaan faults --partner e-invoice.be
      voldaan faults --partner e-mail --fault everything --documents 1000 --workers 4
    """
    from flows.faults.partners import TRIED
    from flows.faults.play import FAULTS, play_one
    from flows.faults.table import SIGNS, as_dict, cell, markdown, named

    partners = chosen("partner", partner, list(TRIED))
    plays = chosen("fault", fault, list(FAULTS))
    if documents < 1 or workers < 1:
        raise Unusable("documents and workers are at least 1")
    outcomes = []
    for one in partners:
        for play in plays:
            outcome = play_one(one, play, documents, workers=workers, seed=seed)
            outcomes.append(outcome)
            if format == "json":
                say(as_dict(outcome))
                sys.stdout.flush()
            else:
                sys.stderr.write(f"{one}, {play}: {cell(outcome)} in {outcome.seconds} s\n")
    if format == "text":
        say("\n".join((f"{documents} documents each: {SIGNS}", "", *markdown(outcomes), "", *named(outcomes))).strip())
    return FINE if all(outcome.kept for outcome in outcomes) else NO


def chosen(what: str, asked: list[str] | None, known: list[str]) -> list[str]:
    if unknown := [name for name in asked or () if name not in known]:
        raise Unusable(f"'{unknown[0]}' is no {what}; write one of {', '.join(known)}")
    return asked or known
