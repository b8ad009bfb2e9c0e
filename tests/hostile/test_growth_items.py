"""Work grows with the number of rows, fields, pages, entries as n log n; see `growth`."""

from __future__ import annotations

from dataclasses import replace
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pytest

from disarm_lint.report.formats import render
from disarm_lint.ruleset import RuleScope
from hostile import work
from hostile.growth import EVERY, assert_slow_growth
from hostile.shapes import ITEMS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding
    from disarm_lint.report.report import Report

# As many as have thousands of pairs, four times as many.
FEW = 40


@pytest.mark.parametrize("name", list(ITEMS)[::EVERY])
def test_items(name: str, tmp_path: Path) -> None:
    assert_slow_growth(ITEMS[name], FEW, tmp_path)


def pair(items: Collection[object]) -> int:
    number = 0
    for one in items:
        for other in items:
            number += one is other
    return number


def test_a_loop_over_all_pairs_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule, or a format, that compares each with each other does not pass."""

    def check(corpus: Corpus, options: object) -> Iterator[Finding]:
        del options
        pair(corpus.checked_documents)
        return iter(())

    def write(name: str, report: Report, *rest: Any) -> None:
        pair_findings(report.findings)
        render(name, report, *rest)

    pair_findings = FunctionType(pair.__code__.replace(co_filename="/report/planted.py"), {})
    rule = replace(work.RULES[0].rule, scope=RuleScope.CORPUS)
    planted = replace(work.RULES[0], check=check, rule=rule)
    monkeypatch.setattr(work, "RULES", (planted, *work.RULES[1:]))
    monkeypatch.setattr(work, "render", write)
    with pytest.raises(AssertionError) as failure:
        assert_slow_growth(ITEMS["pages: one name"], FEW, tmp_path)
    told = str(failure.value)
    assert f"{__file__}:{pair.__code__.co_firstlineno + 3} pair" in told
    assert f"/report/planted.py:{pair.__code__.co_firstlineno + 3} pair" in told
