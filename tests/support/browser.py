"""Reports in a browser: Debian's Chromium, driven by Playwright, where they are installed."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
PACKAGES = Path(sysconfig.get_path("purelib"))
AXE = PACKAGES / "axe_playwright_python" / "axe.min.js"
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Opened:
    """A page, what it said on the console, and what it asked for."""

    page: Page
    told: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # A profile of its own, empty and thrown away, is what `launch` makes.
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, chromium_sandbox=False
        )
        yield chromium
        chromium.close()


def opened(
    browser: Browser, report: Path, *, anchor: str = "", width: int = 1280, **options: Any
) -> Opened:
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    found = Opened(context.new_page())
    found.page.on("console", lambda message: found.told.append(message.text))
    found.page.on("pageerror", lambda error: found.told.append(str(error)))
    found.page.on("dialog", lambda dialog: found.told.append(dialog.message))
    context.on("request", lambda request: found.asked.append(request.url))
    found.page.goto(f"{report.as_uri()}{anchor}")
    return found


def serious_faults(browser: Browser, report: Path, scheme: str) -> list[tuple[str, list[str]]]:
    """Return what axe finds serious or critical in a report, light or dark, all of it open."""
    page = opened(browser, report, color_scheme=scheme).page
    # What is laid out only once it is seen would move while axe measures it.
    page.add_style_tag(content=".page { content-visibility: visible !important; }")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate("axe.run().then(found => found.violations)")
    page.context.close()
    return [
        (found["id"], [node["failureSummary"] for node in found["nodes"]][:3])
        for found in violations
        if found["impact"] in ("serious", "critical")
    ]


def column(page: Page, table: str, number: int) -> list[str]:
    cells = page.locator(f"{table} tbody tr > :nth-child({number})")
    return [text.strip() for text in cells.all_inner_texts()]


def ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))
