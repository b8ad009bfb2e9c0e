"""What every test gets: the marks that skip, the history of the pages, and a browser."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from support.browser import AXE, CHROMIUM, FLAGS
from support.git import Repo
from support.published import BUNDLE, SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


# No test finds, or leaves, anything in the tester's own cache.
os.environ["XDG_CACHE_HOME"] = f"{os.devnull}/cache"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: at the end, one process would wait for the other."""
    long = {
        item.path
        for item in items
        if item.get_closest_marker("slow") or item.get_closest_marker("corpus")
    }
    items.sort(key=lambda item: item.path not in long)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine lacks, and say what that is."""
    for mark in item.iter_markers("corpus"):
        for name in mark.args or ("corpora",):
            if not (SHARED / name).exists():
                pytest.skip(f"shared/{name} is not beside the checkout")
    for mark in item.iter_markers("program"):
        for name in mark.args:
            if shutil.which(name) is None:
                pytest.skip(f"{name} is not installed")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Clone the history of the published pages."""
    folder = tmp_path_factory.mktemp("history")
    Repo(folder).git("clone", "--quiet", "--branch=main", str(BUNDLE), "pages")
    return Repo(folder / "pages")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium with an empty profile, which is thrown away."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if not CHROMIUM.is_file():
        pytest.skip(f"{CHROMIUM} is not installed; the variable CHROMIUM names another")
    if not AXE.is_file():
        pytest.skip("axe-playwright-python is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, chromium_sandbox=False
        )
        yield chromium
        chromium.close()
