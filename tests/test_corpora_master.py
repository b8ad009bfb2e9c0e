"""The master workbooks of the published corpora: facts counted there by other means."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from test_corpora import run

if TYPE_CHECKING:
    from disarm_lint.model.finding import Finding

pytestmark = pytest.mark.corpus

NAMES = ["disarm-1.6", "disarm-2.0-assessments"]


def found(name: str, rule: str) -> list[Finding]:
    return [f for f in run(name).outcome.findings if f.rule == rule]


@pytest.mark.parametrize("name", NAMES)
def test_all_sheets_can_be_read(name: str) -> None:
    assert len(run(name).corpus.workbooks) == 2
    assert found(name, "X904") == []


@pytest.mark.parametrize("name", NAMES)
def test_regenerating_would_change_no_page(name: str) -> None:
    assert found(name, "M701") == []


def test_lists_out_of_format() -> None:
    lists = found("disarm-1.6", "M703")
    assert Counter((f.subject, f.wrong) for f in lists) == {
        ("countermeasures", "techniques: there is none between two ids"): 25,
        ("countermeasures", "metatechnique: there is a space beside a member"): 3,
        ("countermeasures", "actortypes: there is a comma too many"): 1,
        ("incidenttechniques", "technique_ids: there is a space beside a member"): 1,
    }
    assert len({f.cause for f in lists}) == 4
    odd = next(f for f in lists if f.subject == "incidenttechniques")
    assert odd.location.cell is not None
    assert odd.location.cell.address == "incidenttechniques!D85"
    assert odd.suggestion == "T0146.003,T0150.007,T0150.004,T00145.006"


def test_counter_of_the_techniques_is_behind() -> None:
    assert [
        (f.location.cell.address, f.message, f.suggestion)
        for f in found("disarm-1.6", "M705")
        if f.location.cell is not None
    ] == [
        (
            "'FRAMEWORK_ADMIN CODES'!D18",
            "T0073 is not free: ids up to T0155 are in use, so the next one is T0156",
            "T0156",
        )
    ]


def test_long_names_of_the_techniques_have_one_cause() -> None:
    names = found("disarm-1.6", "M706")
    assert Counter(f.subject for f in names) == {"techniques": 186}
    assert len({f.cause for f in names}) == 1


@pytest.mark.parametrize("rule", ["M703", "M705", "M706"])
def test_workbooks_of_the_beta_are_in_order(rule: str) -> None:
    assert found("disarm-2.0-assessments", rule) == []
