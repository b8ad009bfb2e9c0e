"""Take the picture of the audit in the README: the report of examples/, in Chromium.

Needs Playwright and a Chromium (default: /usr/bin/chromium; $CHROMIUM names another).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from disarm_lint.cli.main import main

DOCS = Path(__file__).resolve().parent
PICTURE = DOCS / "images" / "audit.png"
WIDTH = 1280


def take(report: Path) -> None:
    """Take the top of a report, down to the first cause."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), chromium_sandbox=False
        )
        page = chromium.new_page(viewport={"width": WIDTH, "height": 2000}, color_scheme="light")
        page.goto(report.as_uri())
        cause = page.locator("#c1").bounding_box()
        height = cause["y"] + cause["height"] + 8 if cause else 1000
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
        chromium.close()


if __name__ == "__main__":
    os.environ.setdefault("SOURCE_DATE_EPOCH", "1739188800")
    os.chdir(DOCS.parent)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        status = main(["audit", "examples", "--html", str(file)])
        if status == 0:
            take(file)
    sys.exit(status)
