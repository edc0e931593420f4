"""What a rehearsal shows in the terminal: progress while it plays, then every document and where its story ended."""

from __future__ import annotations

from collections import Counter
from datetime import date
from types import TracebackType

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from flows.script import Script
from flows.summary import Summary
from receivables.ledger.stories import Story
from receivables.money import from_minor

WIDTH = 140  # columns that the closing table needs
COLOURS = {
    "paid_on_time": "green",
    "paid_late": "green",
    "paid_after_reminder": "green",
    "collected": "green",
    "credited": "cyan",
    "disputed": "yellow",
    "on_plan": "yellow",
    "handed_over": "magenta",
    "insurer_notified": "magenta",
    "indemnified": "green",
    "refused": "red",
    "open": "bold",
}
SHORT = {
    "reminder": "reminder",
    "call": "call",
    "formal_reminder": "formal",
    "notice_of_default": "default",
    "fourteen_day_letter": "14-day letter",
    "book_xix_notice": "Book XIX",
    "handover": "hand-over",
}


class Screen:
    """A progress bar over the script's days; nothing at all when `quiet`."""

    def __init__(self, script: Script, quiet: bool) -> None:
        self.console = Console(quiet=quiet, width=max(Console().width, WIDTH))
        self.script = script
        self.progress = Progress(
            TextColumn("[bold]{task.description}"), BarColumn(), TimeElapsedColumn(), console=self.console
        )
        self.bar = self.progress.add_task("starting", total=(script.last_day - script.first_day).days)

    def __enter__(self) -> Screen:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def played(self, day: date) -> None:
        done = (day - self.script.first_day).days
        self.progress.update(self.bar, completed=done, description=f"{day:%a %d %b %Y}")

    def end(self, summary: Summary) -> None:
        """The closing table, the refusals in words, and the four figures."""
        self.progress.stop()
        self.console.print(story_table(summary.stories))
        for story in summary.stories:
            if story.sentence:
                self.console.print(f"[red]{story.number} refused:[/red] {story.sentence}", highlight=False)
        outcomes = Counter(story.outcome.value for story in summary.stories)
        self.console.print(", ".join(f"{n} {name}" for name, n in outcomes.most_common()), highlight=False)
        brought = ", ".join(f"{one.format} {one.entries} in {one.statements} statements" for one in summary.carried)
        self.console.print(f"Bank entries: {brought}.", highlight=False)
        self.console.print(
            f"Sent: {summary.delivered} delivered, {summary.twice} twice, {summary.lost} lost, "
            f"{len(summary.awaiting_person)} awaiting a person. {summary.seconds:.0f} s.",
            highlight=False,
        )


def story_table(stories: tuple[Story, ...]) -> Table:
    table = Table(title="Where every invoice's story ended", title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    table.add_column("number", no_wrap=True)
    table.add_column("debtor", no_wrap=True, max_width=22)
    table.add_column("amount", justify="right", no_wrap=True)
    table.add_column("open", justify="right", no_wrap=True)
    table.add_column("by", no_wrap=True)
    table.add_column("steps", min_width=46)
    table.add_column("outcome", no_wrap=True, min_width=19)
    for story in stories:
        colour = COLOURS.get(story.outcome, "white")
        table.add_row(
            story.number,
            story.debtor_name or story.debtor,
            f"{'-' if story.kind == 'credit_note' else ''}{from_minor(story.payable, story.currency)}",
            f"{from_minor(story.open, story.currency)}",
            travelled(story),
            ", ".join(f"{SHORT.get(s.step, s.step)} {s.on:%d/%m}" for s in story.steps),
            f"[{colour}]{story.outcome}[/{colour}]",
        )
    return table


def travelled(story: Story) -> str:
    """The channel, marked where the document did not arrive."""
    if story.channel == "none":
        return ""
    return story.channel if story.delivery == "delivered" else f"{story.channel} ✗"
