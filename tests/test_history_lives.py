"""Which commit introduced a cause, fixed it, brought it back: graphs of commits by hand."""

from __future__ import annotations

from dataclasses import replace

from disarm_lint.compare.fates import Coverage, Fate, Fault
from disarm_lint.history.timeline import (
    CauseTimeline,
    CommitNode,
    Event,
    compare_states,
    trace_causes,
)
from disarm_lint.history.walk import CommitState
from disarm_lint.model.finding import Finding, Severity
from disarm_lint.model.text import Location


def example(cause: str) -> Finding:
    place = Location("a.md")
    return Finding("N401", "name-mismatch", Severity.ERROR, place, cause, "T0001", cause=cause)


def found_in(**rules: str) -> Coverage:
    """Return that one page was checked, and what was wrong on it: rules by cause."""
    place = (("a.md", ""),)
    faults = [
        Fault(rule, cause, cause, cause, cause, place, frozenset()) for cause, rule in rules.items()
    ]
    return Coverage(
        rules=frozenset({"N401", "R201"}),
        places={"a.md": frozenset({""})},
        faults={"a.md": tuple(faults)},
    )


def state(*causes: str) -> CommitState:
    return CommitState(
        coverage=found_in(**dict.fromkeys(causes, "N401")),
        findings={f"{cause}#{number}": 1 for number, cause in enumerate(causes)},
        causes=dict.fromkeys(causes, 1),
        examples={cause: example(cause) for cause in causes},
    )


def told(*commits: tuple[str, str, str]) -> dict[str, str]:
    """Return the story of each cause; commits are a name, its parents and its causes, by letter."""
    nodes = [
        CommitNode(name.strip("*"), tuple(parents), state(*causes), name.startswith("*"))
        for name, parents, causes in commits
    ]
    return {life.example.cause: story(life) for life in trace_causes(nodes)}


def story(life: CauseTimeline) -> str:
    words = [f"{event} {name}" for event, name in life.events]
    return ", ".join([*words, *(["open"] if life.open else [])])


def test_a_line() -> None:
    assert told(("a", "", "x"), ("b", "a", "xy"), ("c", "b", "y")) == {
        "x": "introduced a, fixed c",
        "y": "introduced b, open",
    }


def test_a_cause_that_comes_back_is_there_since_then() -> None:
    nodes = [
        CommitNode("a", (), state("x")),
        CommitNode("b", ("a",), state()),
        CommitNode("c", ("b",), state("x")),
    ]
    (life,) = trace_causes(nodes)
    assert story(life) == "introduced a, fixed b, returned c, open"
    assert life.since == (Event.RETURNED, "c")
    assert (life.returns, life.fixed) == (1, None)


def test_what_a_branch_brings_was_introduced_there_and_not_by_the_merge() -> None:
    assert told(("a", "", ""), ("b", "a", "x"), ("m", "ab", "x")) == {"x": "introduced b, open"}


def test_what_a_branch_fixes_was_fixed_there() -> None:
    assert told(("a", "", "x"), ("b", "a", ""), ("c", "a", "xy"), ("m", "cb", "y")) == {
        "x": "introduced a, fixed b",
        "y": "introduced c, open",
    }


def test_a_merge_that_takes_one_side_drops_what_the_other_brought() -> None:
    assert told(("a", "", ""), ("b", "a", "x"), ("c", "a", ""), ("m", "cb", "")) == {
        "x": "introduced b, fixed m"
    }


def test_a_merge_can_introduce_a_cause() -> None:
    assert told(("a", "", ""), ("b", "a", ""), ("c", "a", ""), ("m", "bc", "x")) == {
        "x": "introduced m, open"
    }


def test_two_branches_that_introduce_the_same_are_one_introduction() -> None:
    assert told(("a", "", ""), ("b", "a", "x"), ("c", "a", "x"), ("m", "bc", "x")) == {
        "x": "introduced b, open"
    }


def test_what_was_there_before_the_range() -> None:
    assert told(("*a", "", "xy"), ("b", "a", "x")) == {
        "x": "before a, open",
        "y": "before a, fixed b",
    }


def test_equal_findings_count_each() -> None:
    old = CommitState(findings={"f": 2, "g": 1}, coverage=found_in(f="N401", g="R201"))
    new = CommitState(findings={"f": 3, "h": 1}, coverage=found_in(f="N401", h="R201"))
    found = compare_states(new, [old], {"f": "N401", "g": "R201", "h": "R201"})
    assert (found.new, found.fixed) == ({"N401": 1, "R201": 1}, {"R201": 1})


def test_a_merge_has_new_what_no_side_has_and_fixed_what_all_had() -> None:
    sides = [
        CommitState(findings={"f": 1, "g": 1}, coverage=found_in(f="N401", g="N401")),
        CommitState(findings={"f": 1, "h": 1}, coverage=found_in(f="N401", h="N401")),
    ]
    merge = CommitState(
        findings={"g": 1, "h": 1, "i": 1}, coverage=found_in(g="N401", h="N401", i="N401")
    )
    rules = dict.fromkeys("fghi", "N401")
    found = compare_states(merge, sides, rules)
    assert (found.new, found.fixed) == ({"N401": 1}, {"N401": 1})


def test_what_is_not_there_any_more_is_told_by_what_became_of_it() -> None:
    old = CommitState(findings={"f": 1, "g": 2}, causes={"f": 1, "g": 2})
    old = replace(old, coverage=found_in(f="N401", g="R201"))
    seen = Coverage(rules=frozenset({"N401"}), places={"a.md": frozenset({""})})
    found = compare_states(CommitState(coverage=seen), [old], {"f": "N401", "g": "R201"})
    assert (found.fixed, found.departed[Fate.FIXED].causes) == ({"N401": 1}, ("f",))
    left = found.departed[Fate.UNCOMPARED]
    assert (left.by_rule, left.causes) == ({"R201": 2}, ("g",))
    assert left.reasons == {"did not report R201": 1}


def test_a_cause_that_a_commit_does_not_show_does_not_come_back() -> None:
    unseen = CommitState(coverage=Coverage())
    nodes = [
        CommitNode("a", (), state("x")),
        CommitNode("b", ("a",), unseen),
        CommitNode("c", ("b",), state("x")),
    ]
    (life,) = trace_causes(nodes)
    assert story(life) == "introduced a, open"
    (life,) = trace_causes(nodes[:2])
    assert (story(life), life.state) == ("introduced a, not compared b", Event.UNCOMPARED)
    assert (life.fixed, life.end) == (None, (Event.UNCOMPARED, "b"))
