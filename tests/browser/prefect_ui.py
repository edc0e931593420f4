"""Prefect's V1 UI as an operator uses it, in headless Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def browser_page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser.new_page(viewport={"width": 1400, "height": 900})
        browser.close()


def open_form(page: Page, url: str, flow_run: str) -> None:
    """Opens the flow run and presses Resume: the form shows."""
    page.goto(f"{url}/runs/flow-run/{flow_run}")
    page.get_by_role("button", name="Resume").first.click()
    page.get_by_role("button", name="Submit").wait_for()


def fill_form(page: Page, *, decision: str, code: str, reason: str) -> None:
    page.locator(".schema-form-property-string button.p-select-button__control").focus()
    page.keyboard.press("ArrowDown")
    page.locator(".p-select-option", has_text=decision).first.click()
    approver, code_field, reason_field = (page.locator("textarea").nth(i) for i in range(3))
    assert approver.input_value() == "Nadia Willems"
    code_field.fill(code)
    reason_field.fill(reason)


def submit(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()


def picture(page: Page, path: Path) -> None:
    page.wait_for_timeout(1500)
    page.screenshot(path=path)
