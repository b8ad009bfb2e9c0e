"""The history of the published pages, where it is present: each commit as `check` sees it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from disarm_lint.cli.history import run_history
from disarm_lint.history.history import History, read_history
from support.browser import opened
from support.git import Repo

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.corpus, pytest.mark.program("git")]


@pytest.fixture(scope="module")
def written(history: Repo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the report for programs and the one to read; the commits are linted once for both."""
    folder = tmp_path_factory.mktemp("reports")
    kept: list[History] = []

    def read_once(*arguments: Any, **options: Any) -> History:
        kept[:] = kept or [read_history(*arguments, **options)]
        return kept[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("disarm_lint.history.history.read_history", read_once)
        json_file, html_file = str(folder / "history.json"), str(folder / "history.html")
        assert run_history([str(history.folder), "--json", "--output-file", json_file]) == 0
        assert run_history([str(history.folder), "--html", html_file]) == 0
    return folder


@pytest.fixture(scope="module")
def told(written: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((written / "history.json").read_bytes())
    return data


# What may become of a cause that a commit no longer has.
LEFT = ("fixed", "altered", "gone", "not_compared")


def test_all_commits_touch_the_pages(history: Repo, told: dict[str, Any]) -> None:
    every = history.git("rev-list", "--topo-order", "--reverse", "main").splitlines()
    assert [step["commit"] for step in told["commits"]] == every
    assert sum(step["merge"] for step in told["commits"]) == 15
    main = history.git("rev-list", "--first-parent", "--reverse", "main").splitlines()
    assert [step["commit"] for step in told["releases"]] == main


@pytest.mark.parametrize("number", range(0, 54, 9))
def test_a_commit_has_the_findings_that_check_tells_of_it(
    history: Repo, told: dict[str, Any], number: int
) -> None:
    step = told["commits"][number]
    done = history.lint("--at", step["commit"], "--output-format", "json")
    report = json.loads(done.out)
    assert step["by_rule"] == report["summary"]["by_rule"]
    assert step["by_severity"] == report["summary"]["by_severity"]
    assert step["files"] == report["summary"]["files"]
    assert step["entities"] == report["summary"]["entities"]
    causes = {finding["cause"] for finding in report["findings"]}
    assert step["causes"] == len(causes)
    assert causes_at(told, step["commit"]) == causes


def causes_at(told: dict[str, Any], commit: str) -> set[str]:
    """Return the causes at a commit of the main line, or of a branch: sum up what came and went."""
    steps = {step["commit"]: step for step in told["commits"]}
    order = {step["commit"]: number for number, step in enumerate(told["commits"])}
    held: dict[str, set[str]] = {}
    for name in sorted(steps, key=order.__getitem__):
        step = steps[name]
        sides = [held[parent] for parent in step["parents"]] or [set()]
        base: set[str] = set().union(*sides)
        # What only one side of a merge has is there, or was fixed on the other.
        fixed = {
            cause["cause"]
            for cause in told["causes"]
            for event in cause["events"]
            if event["event"] in LEFT and before(steps, event["commit"], name)
        }
        kept = {cause for cause in base if all(cause in side for side in sides)}
        kept |= (base - kept) - fixed
        left = {cause for way in LEFT for cause in step[way]["causes"]}
        held[name] = (kept | set(step["new"]["causes"])) - left
    return held[commit]


def before(steps: dict[str, Any], one: str, other: str) -> bool:
    waiting, seen = [other], set()
    while waiting:
        name = waiting.pop()
        if name == one:
            return True
        if name not in seen:
            seen.add(name)
            waiting += steps[name]["parents"]
    return False


def test_a_release_differs_from_the_one_before_as_their_checks_do(
    history: Repo, told: dict[str, Any]
) -> None:
    step = told["releases"][25]
    sides = []
    for commit in (step["before"][0], step["commit"]):
        report = json.loads(history.lint("--at", commit, "--output-format", "json").out)
        sides.append(Counter((f["fingerprint"], f["rule"]) for f in report["findings"]))
    for keys, some in ((("new",), sides[1] - sides[0]), (LEFT, sides[0] - sides[1])):
        by_rule: Counter[str] = Counter()
        for (_, rule), number in some.items():
            by_rule[rule] += number
        assert sum((Counter(step[key]["by_rule"]) for key in keys), Counter()) == by_rule
    assert step["new"]["findings"] > 0
    assert step["fixed"]["findings"] > 0


def test_facts_of_the_history(told: dict[str, Any]) -> None:
    steps = {step["short"]: step for step in told["commits"]}
    # “Assigned new techniques ... to TA15”; “new version 1.6”: persons and assets.
    added = {entity["id"] for entity in steps["cbf5190"]["entity_changes"]["added"]}
    assert {"T0146", "T0147", "T0148", "T0149", "T0150"} <= added
    # “Convert Excel master to British English and metatechnique names to title case”.
    renamed = {
        e["id"]: (e["old_name"], e["name"]) for e in steps["7cfeab6"]["entity_changes"]["renamed"]
    }
    assert all(old.casefold() != "" and old != new for old, new in renamed.values())
    assert any(entity_id.startswith("M") for entity_id in renamed)
    back = [cause for cause in told["causes"] if cause["returned"]]
    assert {cause["example"]["subject"] for cause in back} >= {"T0005"}


def test_the_report_to_read(browser: Browser, written: Path, told: dict[str, Any]) -> None:
    file = written / "history.html"
    assert file.stat().st_size < 3_000_000
    found = opened(browser, file, anchor="#c20")
    page = found.page
    assert page.locator("#c20").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    causes = len(told["causes"])
    assert page.locator("#causes tbody tr").count() == causes
    assert page.locator("#commits tbody tr").count() == len(told["commits"])
    assert page.locator("#releases details.page").count() == len(told["releases"])
    page.locator("#causes").get_by_label("State").select_option("open")
    shown = page.locator("#causes output").inner_text()
    assert shown.endswith(f" of {causes:,}")
    page.context.close()
    assert found.told == []
    assert {url for url in found.asked if not url.startswith("data:")} == {file.as_uri()}
