"""The history of the published pages, where it is present: commits as their checkouts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.git import Repo

pytestmark = [pytest.mark.corpus, pytest.mark.program("git")]


def found(done_json: str) -> list[dict[str, Any]]:
    findings: list[dict[str, Any]] = json.loads(done_json)["findings"]
    return findings


def commits(history: Repo, count: int) -> list[str]:
    """Return some commits, spread over the history."""
    every = history.git("rev-list", "main").splitlines()
    return every[:: len(every) // count][:count]


@pytest.mark.parametrize("number", range(2))
def test_a_commit_has_the_findings_of_its_checkout(history: Repo, number: int) -> None:
    commit = commits(history, 2)[number]
    at = history.lint("--at", commit, "--output-format", "json")
    history.git("checkout", "--quiet", "--detach", commit)
    here = history.lint("--output-format", "json")
    assert at.status == here.status == 1
    assert at.raw == here.raw
    assert history.told("--changed-since", commit) == []


@pytest.mark.parametrize("number", range(2))
def test_a_change_brings_about_what_the_one_side_has_and_the_other_has_not(
    history: Repo, number: int
) -> None:
    commit = history.git("rev-list", "--merges", "main").splitlines()[number]
    sides = [
        found(history.lint("--at", revision, "--output-format", "json").out)
        for revision in (f"{commit}~1", commit)
    ]
    before = {finding["fingerprint"] for finding in sides[0]}
    new = [finding for finding in sides[1] if finding["fingerprint"] not in before]
    done = history.lint("--changed-since", f"{commit}~1", "--at", commit, "--output-format", "json")
    assert found(done.out) == new
    older = len(sides[1]) - len(new)
    assert f"{older:,} older findings are not shown" in done.err


def test_a_rename_is_told_at_the_citations_that_it_leaves_behind(history: Repo) -> None:
    history.git("checkout", "--quiet", "main")
    page = "generated_pages/techniques/T0146.md"
    history.replace(page, "# Technique T0146: Account Asset\n", "# Technique T0146: User Account\n")
    done = history.lint("--changed-since", "HEAD", "--select", "N401", "--output-format", "json")
    history.git("checkout", "--quiet", "--", page)
    told = found(done.out)
    assert {finding["subject"] for finding in told} == {"T0146"}
    paths = {finding["path"] for finding in told}
    assert len(paths - {page}) > 20
