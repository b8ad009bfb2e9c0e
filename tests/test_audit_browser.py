"""The report in a browser: Debian's Chromium, driven by Playwright, where they are installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from disarm_lint.audit.html import render_html
from disarm_lint.cli.audit import run_audit
from support.audit import HOSTILE, audit_of, hostile_corpus
from support.browser import (
    Opened,
    column,
    ground,
    opened,
    serious_faults,
)
from support.mini import corpus
from support.published import CORPORA

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a report of hostile pages and of many that are only wrong."""
    files = corpus() | hostile_corpus()
    incident = files["generated_pages/incidents/I00001.md"]
    for number in range(2, 12):
        page = incident.replace("I00001", f"I000{number:02d}").replace("T9999", f"T90{number:02d}")
        files[f"generated_pages/incidents/I000{number:02d}.md"] = page
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render_html(audit_of(files, title=HOSTILE[0])), "utf-8")
    return file


@pytest.fixture
def seen(browser: Browser, report: Path) -> Iterator[Opened]:
    found = opened(browser, report)
    yield found
    found.page.context.close()
    assert found.told == []
    assert {url for url in found.asked if not url.startswith("data:")} == {report.as_uri()}


def test_a_click_on_a_head_sorts_and_says_so(seen: Opened) -> None:
    page = seen.page
    button = page.locator("#rules thead button", has_text="Causes")
    head = page.locator("#rules thead th", has_text="Causes")
    findings = page.locator("#rules thead th", has_text="Findings")
    assert findings.get_attribute("aria-sort") == "descending"
    assert head.get_attribute("aria-sort") == "none"
    button.click()
    assert head.get_attribute("aria-sort") == "descending"
    assert findings.get_attribute("aria-sort") == "none"
    numbers = [int(text.replace(",", "")) for text in column(page, "#rules", 3)]
    assert numbers == sorted(numbers, reverse=True)
    button.focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    numbers = [int(text.replace(",", "")) for text in column(page, "#rules", 3)]
    assert numbers == sorted(numbers)


def test_a_table_is_filtered_by_words(seen: Opened) -> None:
    page = seen.page
    page.get_by_label("Filter: Findings by page").fill("I00007")
    rows = page.locator("#pages tbody tr:visible")
    assert [row.split("\t")[0].split()[0] for row in rows.all_inner_texts()] == [
        "generated_pages/incidents/I00007.md"
    ]


def test_findings_are_filtered_by_rule_and_words(seen: Opened) -> None:
    from playwright.sync_api import expect

    page = seen.page
    total = page.locator("#list .f").count()
    assert page.locator("#shown").inner_text() == f"{total:,} findings"
    page.locator("#rules a[data-rule=R201]").click()
    expect(page.locator("#shown")).to_contain_text(" of ")
    rules = page.locator("#list .f:not([hidden])").evaluate_all(
        "all => all.map(f => f.closest('.g').dataset.r)"
    )
    assert set(rules) == {"R201"}
    page.get_by_label("Search").fill("T9005")
    expect(page.locator("#shown")).to_have_text(f"1 of {total:,} findings")
    assert "T9005 does not exist" in page.locator("#list .g:visible").inner_text()
    badges = page.locator("#list .page:visible .sums .badge:visible")
    assert badges.all_inner_texts() == ["1 error"]
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#shown")).to_have_text(f"{total:,} findings")
    texts = page.locator("#list .sums .badge:not([hidden])").all_text_contents()
    assert sum(int(text.split()[0].replace(",", "")) for text in texts) == total


def test_an_anchor_opens_what_it_leads_to(browser: Browser, report: Path) -> None:
    page = opened(browser, report, anchor="#f5").page
    assert page.locator("#f5").is_visible()
    places = page.locator("#c1 details")
    places.locator("summary").click()
    places.locator("a").first.click()
    number = page.evaluate("location.hash")
    assert page.locator(number).is_visible()
    page.locator(f".g:has({number}) > p a").click()
    assert page.evaluate("location.hash") == "#c1"
    page.context.close()


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_button_turns_dark_into_light_and_back(
    browser: Browser, report: Path, system: str
) -> None:
    page = opened(browser, report, color_scheme=system).page
    first = ground(page)
    assert (first == "rgb(255, 255, 255)") is (system == "light")
    page.locator("#theme").click()
    assert ground(page) != first
    page.locator("#theme").click()
    assert ground(page) == first
    page.context.close()


def test_without_scripts_all_of_it_is_there(browser: Browser, report: Path) -> None:
    scripted, bare = (opened(browser, report, java_script_enabled=on).page for on in (True, False))
    counts = [page.locator("#list .f").count() for page in (scripted, bare)]
    assert counts[0] == counts[1] > 100
    assert not bare.locator("#filter").is_visible()
    assert not bare.locator("#theme").is_visible()
    assert bare.locator("thead button").count() == 0
    bare.locator("#list summary").first.click()
    assert bare.locator("#list .f").first.is_visible()
    for page in (scripted, bare):
        page.context.close()


def test_hostile_pages_do_nothing(seen: Opened) -> None:
    page = seen.page
    assert page.locator("img, iframe").count() == 0
    assert page.locator("script").count() == 1
    assert page.title() == f"Audit of {HOSTILE[0]}"
    assert page.locator("h1").inner_text() == HOSTILE[0]
    text = page.locator("main").text_content() or ""
    for name in HOSTILE:
        assert name in text


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_reaches_beyond_the_window(browser: Browser, report: Path, width: int) -> None:
    page = opened(browser, report, width=width).page
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_on_a_telephone_no_number_is_cut_off(
    browser: Browser, report: Path, *, scripts: bool
) -> None:
    page = opened(browser, report, width=400, java_script_enabled=scripts).page
    for table in ("#score .families", "#rules table", "#tactics table", "#pages table", ".all"):
        sides = page.locator(f"{table} td, {table} th").evaluate_all(
            "all => all.map(c => c.getBoundingClientRect()).map(b => [b.left, b.right])"
        )
        assert len(sides) > 10
        assert all(0 <= left < right <= 400 for left, right in sides)
        # What stands in a grid is a table for a screen reader all the same.
        assert page.locator(table).get_by_role("row").count() > 1
        assert page.locator(table).get_by_role("columnheader").count() > 1
    page.context.close()


def test_a_text_that_stands_once_in_the_file_is_shown_at_each_of_its_findings(
    browser: Browser, report: Path
) -> None:
    scripted, bare = (opened(browser, report, java_script_enabled=on).page for on in (True, False))
    links = bare.locator(".f > .as")
    assert links.count() > 0
    assert scripted.locator(".f > .as").count() == 0
    both = bare.locator(".f > code").count() + links.count()
    assert scripted.locator(".f > code").count() == both
    for page in (scripted, bare):
        page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser: Browser, report: Path, scheme: str) -> None:
    assert serious_faults(browser, report, scheme) == []


@pytest.mark.corpus
def test_the_report_of_a_published_corpus(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    assert run_audit([str(CORPORA / "disarm-1.6"), "--html", str(file)]) == 0
    found = opened(browser, file, anchor="#c20")
    page = found.page
    assert page.locator("#c20").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    assert page.locator("#heat-title").text_content() == "Findings by tactic and rule"
    assert "63 in the workbook and on no page" in (
        page.locator("#graph-description").text_content() or ""
    )
    number = page.locator("#list .f").count()
    # 4,000 findings have to stay well below 3 MB.
    assert file.stat().st_size < number * 550
    page.context.close()
    assert found.told == []
    assert {url for url in found.asked if not url.startswith("data:")} == {f"{file.as_uri()}"}
