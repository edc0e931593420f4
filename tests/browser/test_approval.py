"""A person approves a hand-over in the browser, and the agency has it; a wrong code decides nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

pytest.importorskip("playwright")

from tests.browser.prefect_ui import CHROMIUM, browser_page, fill_form, open_form, picture, submit

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")]

SHOTS = os.environ.get("VOLDAAN_SCREENSHOTS")  # a folder: the README's pictures are made anew


@dataclass
class Shown:
    url: str
    code: str
    out: Path

    def flow_run(self) -> dict[str, str]:
        """The hand-over's run; one that has not begun yet bears no name of ours."""
        asked = {"sort": "START_TIME_DESC", "limit": 1, "flow_runs": {"name": {"like_": "hand-over"}}}
        return next(
            iter(httpx.post(f"{self.url}/api/flow_runs/filter", json=asked).json()), {"state_name": "Scheduled"}
        )

    def wait_for(self, state: str) -> dict[str, str]:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            found = self.flow_run()
            if found["state_name"] == state:
                return found
            time.sleep(0.5)
        raise AssertionError(f"the hand-over is {self.flow_run()['state_name']}, not {state}")

    def dossiers(self) -> list[Path]:
        return sorted((self.out / ".state" / "agency").glob("*.zip"))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    out = tmp_path_factory.mktemp("ui") / "demo"
    log = out.parent / "ui.log"
    command = [str(Path(sys.executable).with_name("voldaan")), "ui", "--out", str(out), "--port", "4917"]
    with log.open("w") as told:
        process = subprocess.Popen(command, stdout=told, stderr=subprocess.STDOUT)
    try:
        yield Shown("http://127.0.0.1:4917", code_in(log, process), out)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def code_in(log: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"Nadia Willems's one-time code, as in the mail: (\d+)", log.read_text())
        if found:
            return found.group(1)
        time.sleep(1)
    raise AssertionError(log.read_text())


def test_a_person_approves_in_the_browser_and_the_agency_receives_it(shown: Shown):
    before = shown.dossiers()
    run = shown.wait_for("Suspended")
    with browser_page() as page:
        open_form(page, shown.url, run["id"])
        fill_form(page, decision="approve", code="00000000", reason="")
        submit(page)
        time.sleep(3)
        shown.wait_for("Suspended")
        assert shown.dossiers() == before
        open_form(page, shown.url, run["id"])
        page.get_by_text("The last code did not fit").wait_for()
        fill_form(page, decision="approve", code=shown.code, reason="No answer to three letters.")
        if SHOTS:
            picture(page, Path(SHOTS) / "approval.png")
        submit(page)
        shown.wait_for("Completed")
        assert len(shown.dossiers()) == len(before) + 1
        if SHOTS:
            page.goto(f"{shown.url}/runs")
            picture(page, Path(SHOTS) / "runs.png")
            page.goto(f"{shown.url}/artifacts")
            picture(page, Path(SHOTS) / "artifacts.png")


def test_the_operator_finds_readable_names_and_artifacts(shown: Shown):
    named = httpx.post(f"{shown.url}/api/flow_runs/filter", json={"limit": 200}).json()
    names = {run["name"] for run in named}
    assert {"take-in erp-export.json", "follow-up 2026-03-02"} <= names
    assert any("erp" in run["tags"] for run in named)
    artifacts = httpx.post(f"{shown.url}/api/artifacts/latest/filter", json={"limit": 50}).json()
    assert {"open-items", "follow-up", "refused-rows", "taken-in"} <= {a["key"] for a in artifacts}
