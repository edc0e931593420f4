"""The command `voldaan`. Each command imports what it needs when it runs, so that help and checks start at once.

Answers go to standard output, everything else to standard error. Exit status 0: fine; 1: the answer is no (a document
that is not valid, a row that is refused, a chain that is broken); 2: the command or its input cannot be used.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from flows.approval_commands import approvals
from flows.bank_commands import collect, match
from flows.console import FINE, NO, UNUSABLE, BusinessDay, Format, Root, Unusable, complain, readable, say
from flows.console import plain as plain
from flows.desk_commands import register as register_desk
from flows.dossier_commands import dossier
from flows.ending_commands import register as register_endings
from flows.evidence_commands import evidence
from flows.faults.commands import faults
from flows.follow_up_commands import follow_up, interest, replay, tasks
from flows.goods_commands import register as register_goods
from flows.handover_commands import handovers, write_off
from flows.insolvency_commands import insolvency
from flows.insurer_commands import register as register_insurer
from flows.law_commands import law
from flows.network_commands import register as register_network
from flows.partner_commands import register as register_partners
from flows.preference_commands import register as register_preferences
from flows.resend_command import register as register_resend

app = App(
    name="voldaan",
    help="""Gets invoices paid: legal Peppol e-invoices, delivered with proof,
followed until the money is there.

Try it, without any settings:
  voldaan demo                         half a year, from export to paid
  voldaan ui                           the same in Prefect's screens
  voldaan validate invoice.xml         is this valid, and if not, what to mend
  voldaan build export.json --out DIR  UBL and PDF of an ERP's invoices

Every day, in the folder that has voldaan.toml:
  voldaan take-in export.json          the same file twice changes nothing
  voldaan follow-up --on 2026-03-02    what is due on that day, once
  voldaan follow-up --preview 60d      what would go out when
  voldaan tasks                        what waits for a person
  voldaan explain 2026-0107            the whole story of one invoice
  voldaan evidence 2026-0107           all that proves it
  voldaan match --explain              which payments wait, and why
  voldaan collect --out debits         direct debits for the bank

Exit status: 0 fine; 1 the answer is no (not valid, refused);
2 the command or its input cannot be used.
""",
    help_format="plaintext",
    result_action="return_value",
    version=lambda: installed_version(),
)
journal = App(name="journal", help="The record of everything that happened, each entry chained to the one before.")
app.command(journal)
app.command(dossier)
app.command(approvals)
app.command(handovers)
app.command(write_off, name="write-off")
app.command(follow_up, name="follow-up")
app.command(interest)
app.command(replay)
app.command(tasks)
app.command(insolvency)
app.command(law)
app.command(match)
app.command(collect)
app.command(evidence)
app.command(faults)
register_desk(app)
register_goods(app)
register_endings(app)
register_network(app)
register_partners(app)
register_insurer(app)
register_preferences(app)
register_resend(app)


def installed_version() -> str:
    from importlib.metadata import version

    return version("voldaan")


@app.command
def demo(
    *,
    out: Annotated[Path, Parameter(help="Folder that gets everything the demo makes.")] = Path("demo"),
    resume: Annotated[bool, Parameter(help="Go on where an interrupted demo stopped.", negative="")] = False,
    quiet: Annotated[bool, Parameter(help="Show no progress and no table.", negative="")] = False,
) -> int:
    """Plays half a year of invoices against partners on this machine. Nothing leaves it.

    Afterwards the folder holds ubl/, paper/, mail/, peppol/, claims/ and summary.json.

    For example:
      voldaan demo
      voldaan demo --out /tmp/try
      voldaan demo --resume         after it was interrupted
    """
    from flows.demo import play

    play(out, resume=resume, quiet=quiet)
    return FINE


@app.command
def ui(
    *,
    out: Annotated[Path, Parameter(help="Folder of the demo to show; played first where it is not there.")] = Path(
        "demo"
    ),
    port: Annotated[int | None, Parameter(help="Port for the screens; left out: 4200, or a free one.")] = None,
) -> int:
    """Opens the demo in Prefect's screens: flow runs, artifacts, and a hand-over that waits for an approver.

    For example:
      voldaan ui
      voldaan ui --port 4711
    """
    from flows.ui import serve

    serve(out, port)
    return FINE


@app.command
def validate(
    files: Annotated[list[Path], Parameter(help="UBL invoices and credit notes.")],
    /,
    *,
    format: Format = "text",
    lang: Annotated[Literal["en", "nl"], Parameter(help="Language of the findings.")] = "en",
    engine: Annotated[
        Literal["native", "official", "both"],
        Parameter(help="official: the published XSLT, needs voldaan[official]; both: ours, and where they differ."),
    ] = "native",
    root: Root = None,
) -> int:
    """Checks documents against the UBL 2.1 schema, EN 16931, Peppol BIS Billing 3.0 and the national rules.

    Each finding names the official rule, the place, what is wrong and what to write instead. The official engine runs
    the rules of EN 16931, and those of Peppol where [validation] of voldaan.toml names them as peppol_xslt. With both,
    the answer is no too where the engines differ.

    For example:
      voldaan validate invoice.xml
      voldaan validate *.xml --format json | jq 'select(.valid | not)'
      voldaan validate factuur.xml --lang nl
      voldaan validate invoice.xml --engine both
    """
    from flows.checking import as_text, check

    stylesheets: tuple[Path, ...] = ()
    if engine != "native":
        from flows.settings import official_stylesheets

        stylesheets = official_stylesheets(root)
    status = FINE
    for checked in check(files, lang, engine, stylesheets):
        if checked.problem:
            complain(checked.problem)
        if format == "json":
            say(checked.answer)
        elif not checked.problem:
            say(as_text(checked.answer))
        sys.stdout.flush()
        status = max(status, UNUSABLE if checked.problem else FINE if checked.fine else NO)
    return status


@app.command
def build(
    export: Annotated[Path, Parameter(help="File that the ERP wrote, format voldaan-export/1.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="Folder for ubl/ and paper/; made where it is not there.")],
    format: Format = "text",
) -> int:
    """Makes the UBL and the PDF of every invoice in an export, and sends nothing.

    A row that cannot be taken in, or whose document is not valid, gets no files but its findings; the others go on.

    For example:
      voldaan build export.json --out documents
      voldaan build export.json --out documents --format json
    """
    from flows.build import as_text, build_export

    status = FINE
    for built in build_export(export, out):
        say(built if format == "json" else as_text(built))
        status = max(status, FINE if built["ok"] else NO)
    return status


@app.command(name="take-in")
def take_in(
    file: Annotated[Path, Parameter(help="File that the ERP wrote, format voldaan-export/1.")],
    /,
    *,
    root: Root = None,
    on: BusinessDay = None,
    format: Format = "text",
) -> int:
    """Takes an ERP export in: every row becomes an invoice to be sent, or one sentence that says what to change.

    The same file twice changes nothing. A number that comes back with other content is refused as a conflict. The file
    goes to done/ or refused/ with an answer beside it; follow-up sends the invoices.

    For example:
      voldaan take-in export.json
      voldaan take-in export.json --root /srv/voldaan --on 2026-01-05 --format json
    """
    from dataclasses import asdict

    from flows.take_in import take_in_file
    from flows.telling import row_as_text
    from flows.workspace import open_workspace

    readable(file)
    workspace = open_workspace(root)
    taken = take_in_file(workspace, file, on or workspace.today)
    if taken.problem:
        raise Unusable(taken.problem)
    for row in taken.rows:
        say(asdict(row) if format == "json" else row_as_text(row))
    return NO if any(row.answer == "refused" for row in taken.rows) else FINE


@app.command
def explain(
    invoice: Annotated[str, Parameter(help="Number of the invoice.")],
    /,
    *,
    seller: Annotated[str | None, Parameter(help="ref of the seller, where two use the same number.")] = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Tells the whole story of one invoice: what was sent, proven and paid, what comes next, or why nothing is done.

    For example:
      voldaan explain 2026-0107
      voldaan explain 2026-0107 --seller vdb --on 2026-06-19 --root demo
    """
    from flows.explain import explain as tell
    from flows.workspace import open_workspace

    story = tell(open_workspace(root), invoice, seller, on)
    say(story.as_dict() if format == "json" else "\n".join(story.lines))
    return FINE


@journal.command(name="verify")
def verify_journal(*, root: Root = None, format: Format = "text") -> int:
    """Recomputes the chain of the journal, and checks every proof that it covers: was anything changed or removed?

    Each piece of evidence must be named by an entry, and its bytes must still have their hash.

    For example:
      voldaan journal verify --root demo
    """
    from dataclasses import asdict

    from flows.workspace import open_workspace
    from receivables.ledger.database import reading
    from receivables.ledger.verify import verify_all

    workspace = open_workspace(root)
    with reading(workspace.engine) as connection:
        verdict = verify_all(connection, workspace.store)
    say(asdict(verdict) if format == "json" else "\n".join((verdict.sentence, *verdict.problems[1:])))
    return FINE if verdict.ok else NO


# Errors that are the user's to mend: their message is one sentence. Named, not imported: the modules load when needed.
USERS = (
    ("flows.console", "Unusable"),
    ("flows.settings", "BadSettings"),
    ("flows.server", "ServerError"),
    ("flows.files", "TooLarge"),
    ("flows.evidence", "NotEmpty"),
    ("flows.agreements", "NotAgreed"),
    ("flows.reclaim", "NotReclaimed"),
    ("flows.estate", "NotFiled"),
    ("receivables.plans", "BadPlan"),
    ("receivables.signing", "BadKey"),
    ("receivables.ladder", "BadPolicy"),
    ("receivables.law.rates", "RateError"),
    ("receivables.law.regime", "RegimeError"),
    ("receivables.ledger.lookup", "NotFound"),
    ("receivables.ledger.store", "Corrupt"),
    ("receivables.ledger.store", "Missing"),
    ("connectors.erp.export", "UnreadableExport"),
    ("connectors.bank.bookings", "BadStatement"),
    ("ubl.official", "OfficialEngineMissing"),
    ("ubl.official", "StylesheetUnusable"),
    ("ubl.response", "NotAResponse"),
    ("ubl.safe_xml", "UnreadableXml"),
)


def users_own(problem: Exception) -> bool:
    known: Iterable[Any] = (getattr(sys.modules.get(module), name, None) for module, name in USERS)
    return any(isinstance(problem, error) for error in known if error)


def run(arguments: Sequence[str] | None = None) -> int:
    """One command; the exit status."""
    try:
        return app(arguments, exit_on_error=False, print_error=False) or FINE
    except CycloptsError as problem:
        complain(f"{problem} See voldaan --help.")
    except BrokenPipeError:
        sys.stdout = None  # the reader went away: nothing is left to flush
        return FINE
    except OSError as problem:
        if not problem.filename:
            raise
        complain(f"{problem.filename}: {problem.strerror}")
    except Exception as problem:
        if not users_own(problem):
            raise
        complain(str(problem))
    return UNUSABLE


def main() -> None:
    sys.exit(run())
