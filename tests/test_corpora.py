"""The published corpora, where they are present: facts counted there by other means."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import pytest

from disarm_lint.corpus.reference import Status
from disarm_lint.model.config import Config
from disarm_lint.model.document import Role
from disarm_lint.model.finding import Finding, Severity
from disarm_lint.project import LintRun, lint, read_corpus
from disarm_lint.sources.filesystem import DiskTree
from support.mini import rules
from support.published import CORPORA

pytestmark = pytest.mark.corpus


@lru_cache(maxsize=3)
def run(name: str) -> LintRun:
    chosen = [loaded for loaded in rules() if loaded.rule.default]
    return lint(read_corpus(DiskTree(CORPORA / name), Config()), chosen, Config())


def on_pages(name: str) -> list[Finding]:
    found = run(name).outcome.findings
    return [f for f in found if f.location.path.startswith("generated_pages/")]


def subjects(name: str, rule: str) -> Counter[str]:
    """Count the findings of a rule on pages; cells and artefacts have tests of their own."""
    return Counter(f.subject for f in on_pages(name) if f.rule == rule)


def count(name: str, rule: str, path: str) -> int:
    found = run(name).outcome.findings
    return sum(f.rule == rule and f.location.path.endswith(path) for f in found)


def test_orphans_are_the_two_tactics_that_the_index_lacks() -> None:
    assert subjects("disarm-1.6", "C602") == {"TA03": 1, "TA04": 1}


def test_ids_that_do_not_exist() -> None:
    found = subjects("disarm-1.6", "R201")
    assert (found["T0143.208"], found["T0097.003"]) == (6, 4)


def test_malformed_ids() -> None:
    found = Counter(f.wrong for f in on_pages("disarm-1.6") if f.rule == "R202")
    assert (found["T0097:109"], found["T00145.006"]) == (12, 6)


def test_dead_links_of_the_indexes_have_two_causes() -> None:
    found = [f for f in run("disarm-1.6").outcome.findings if f.rule == "L301"]
    assert Counter(f.location.path.rpartition("/")[2] for f in found) == {
        "detections_index.md": 95,
        "responsetype_index.md": 7,
    }
    assert len({f.cause for f in found}) == 2


def test_stale_tactic_names_of_the_indexes() -> None:
    assert count("disarm-1.6", "N403", "counters_index.md") == 90
    assert count("disarm-1.6", "N403", "detections_index.md") == 47


def test_rows_that_their_text_broke() -> None:
    found = {
        (f.location.cell.address if f.location.cell else "", related.location.path[16:])
        for f in run("disarm-1.6").outcome.findings
        if f.rule == "M708"
        for related in f.related
    }
    assert found == {
        ("urls!C34", "incidents/I00096.md"),
        ("incidenttechniques!B30", "incidents/I00080.md"),
        ("incidenttechniques!B30", "techniques/T0145.007.md"),
        ("tactics!F14", "tactics_index.md"),
    }
    assert not [f for f in run("disarm-1.6").outcome.findings if f.rule == "S106"]


def test_page_without_an_id() -> None:
    assert count("disarm-1.6", "C605", "incidents/.md") == 1


def test_evidence_under_the_wrong_technique() -> None:
    assert set(subjects("disarm-1.6", "R206")) == {"I00104/T0146.007"}


def test_wrong_names_and_right_ones() -> None:
    wrong = [f for f in run("disarm-1.6").outcome.findings if f.rule == "N401"]
    assert len({(f.subject, f.wrong) for f in wrong}) == 11
    right = [
        reference
        for reference in run("disarm-1.6").corpus.references
        if reference.mention.role is Role.PROSE
        and reference.status is Status.DEFINED
        and reference.written is not None
        and reference.right
    ]
    assert len(right) > 2800


@pytest.mark.parametrize(
    ("name", "profile", "layout"),
    [
        ("disarm-1.6", "disarm-1", "plain"),
        ("disarm-1.6-layout-2024", "disarm-1", "bulleted"),
        ("disarm-2.0-assessments", "disarm-2", "plain"),
    ],
)
def test_layouts_are_recognised_without_a_flood(name: str, profile: str, layout: str) -> None:
    corpus = run(name).corpus
    assert corpus.profile.name == profile
    assert corpus.usual_layouts["technique"].layout == layout
    structure = [
        f
        for f in run(name).outcome.findings
        if f.rule in ("S101", "S103", "S104", "S105", "S107", "S110")
    ]
    assert structure == []


def test_sound_part_of_the_beta_has_no_error() -> None:
    errors = [
        f for f in run("disarm-2.0-assessments").outcome.findings if f.severity is Severity.ERROR
    ]
    assert errors == []
