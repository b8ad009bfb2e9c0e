"""The report of a history in a browser: Debian's Chromium, where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from disarm_lint.audit.history import render_history_html
from support.browser import (
    Opened,
    column,
    ground,
    opened,
    serious_faults,
)
from support.history_html import NAME, SUBJECTS, TAGS, hostile_story, report_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.program("git")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the report of a repository that attacks in every text that it can hold."""
    folder = tmp_path_factory.mktemp("history")
    file = folder / "history.html"
    report = report_of(hostile_story(folder / "corpus"), title=SUBJECTS[0])
    file.write_text(render_history_html(report), "utf-8")
    return file


@pytest.fixture
def seen(browser: Browser, file: Path) -> Iterator[Opened]:
    found = opened(browser, file)
    yield found
    found.page.context.close()
    assert found.told == []
    assert {url for url in found.asked if not url.startswith("data:")} == {file.as_uri()}


def test_releases_are_sorted_by_a_click_and_by_the_keyboard(seen: Opened) -> None:
    page = seen.page
    button = page.locator("#releases .releases thead button", has_text="Findings")
    head = page.locator("#releases .releases thead th", has_text="Findings")
    button.click()
    assert head.get_attribute("aria-sort") == "descending"
    numbers = [int(text) for text in column(page, "#releases .releases", 4)]
    assert numbers == sorted(numbers, reverse=True)
    button.focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert [int(t) for t in column(page, "#releases .releases", 4)] == sorted(numbers)


def test_causes_are_filtered_by_state_rule_and_words(seen: Opened) -> None:
    page = seen.page
    rows = page.locator("#causes tbody tr:visible")
    total = rows.count()
    page.locator("#causes").get_by_label("State").select_option("came back")
    assert ["came back" in text for text in rows.all_inner_texts()] == [True]
    assert page.locator("#causes output").inner_text() == f"1 of {total}"
    page.locator("#causes").get_by_label("State").select_option("open")
    assert 1 < rows.count() < total
    page.locator("#causes").get_by_label("Rule").select_option(label="R201 unknown-id")
    assert {text.split("\t")[1] for text in rows.all_inner_texts()} == {"R201 unknown-id"}
    page.get_by_label("Filter: All causes").fill("t9927")
    assert [text.split("\t")[2].split("\n")[0] for text in rows.all_inner_texts()] == [
        next(text for text in column(page, "#causes", 3) if "T9927" in text).split("\n")[0]
    ]
    page.get_by_label("Filter: All causes").fill("")
    page.locator("#causes").get_by_label("State").select_option("")
    page.locator("#causes").get_by_label("Rule").select_option("")
    assert rows.count() == total
    assert page.locator("#causes output").inner_text() == ""


def test_causes_are_sorted_by_when_they_ended(seen: Opened) -> None:
    page = seen.page
    page.locator("#causes thead button", has_text="Ended").click()
    days = [text[:10] for text in column(page, "#causes", 6)]
    ended = [day for day in days if day]
    assert ended == sorted(ended)
    assert days[: len(ended)] == ended


def test_anchors_open_a_release_and_lead_from_it_to_its_causes(seen: Opened) -> None:
    page = seen.page
    page.locator("#releases .releases a", has_text=TAGS[3]).click()
    assert page.evaluate("location.hash") == "#r4"
    assert page.locator("#r4 .told").is_visible()
    page.locator("#returned .lines a[href^='#c']").first.click()
    number = page.evaluate("location.hash")
    assert page.locator(number).is_visible()
    page.locator(f"{number} a[href^='#k']").first.click()
    assert page.locator(page.evaluate("location.hash")).is_visible()


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_button_turns_dark_into_light_and_back(
    browser: Browser, file: Path, system: str
) -> None:
    page = opened(browser, file, color_scheme=system).page
    first = ground(page)
    assert (first == "rgb(255, 255, 255)") is (system == "light")
    page.locator("#theme").click()
    assert ground(page) != first
    page.context.close()


def test_without_scripts_all_of_it_is_there(browser: Browser, file: Path) -> None:
    scripted, bare = (opened(browser, file, java_script_enabled=on).page for on in (True, False))
    for rows in ("#causes tbody tr", "#releases tbody tr", "#commits tbody tr", ".told li"):
        assert bare.locator(rows).count() == scripted.locator(rows).count() > 0
    assert bare.locator("thead button, .filterbox").count() == 0
    assert not bare.locator("#theme").is_visible()
    bare.locator("#r3 > summary").click()
    assert bare.locator("#r3 .entities del").first.is_visible()
    for page in (scripted, bare):
        page.context.close()


def test_hostile_texts_do_nothing(seen: Opened) -> None:
    page = seen.page
    assert page.locator("img, iframe").count() == 0
    assert page.locator("script").count() == 1
    assert page.title() == f"History of {SUBJECTS[0]}"
    text = page.locator("main").text_content() or ""
    for hostile in (*SUBJECTS[:2], SUBJECTS[3], *TAGS, NAME):
        assert hostile in text


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_reaches_beyond_the_window(browser: Browser, file: Path, width: int) -> None:
    page = opened(browser, file, width=width).page
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser: Browser, file: Path, scheme: str) -> None:
    assert serious_faults(browser, file, scheme) == []
