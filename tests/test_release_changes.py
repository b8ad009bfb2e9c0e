"""One comparison of two releases: every door that shows it says the same."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from disarm_lint.corpus.release import (
    EntityState,
    ReleaseIndex,
    compare_releases,
    compare_with_each,
)
from disarm_lint.corpus.removals import Succession
from disarm_lint.model.config import Config
from disarm_lint.model.entity import Evidence
from disarm_lint.project import read_corpus
from disarm_lint.sources.filesystem import MemoryTree
from disarm_schemas import validator
from support.git import Repo

if TYPE_CHECKING:
    from pathlib import Path

TECHNIQUES = "generated_pages/techniques"


@dataclass(frozen=True)
class Case:
    """Two releases: names by id, texts by id, and the `retired` section of the later one.

    `expected` are the ids that are gone, each with its successor and what says
    so; `silent` are those of which A804 says nothing, `reused` ids those of A805.
    """

    old: dict[str, str]
    new: dict[str, str]
    expected: dict[str, tuple[str | None, str | None]]
    retired: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    silent: tuple[str, ...] = ()
    reused: tuple[str, ...] = ()


BOATS = {"T0001": "Paint Boats", "T0002": "Sink Boats"}
CASES = {
    "the configuration counts, and two of one name are no evidence": Case(
        BOATS,
        {"T0101": "Varnish Boats", "T0102": "Sink Boats", "T0104": "Sink Boats"},
        {"T0001": ("T0101", "configuration"), "T0002": (None, None)},
        retired="{T0001: T0101}",
        silent=("T0001",),
    ),
    "the configuration goes before a text and a name": Case(
        BOATS,
        {"T0101": "Varnish Boats", "T0102": "Sink Boats", "T0103": "Paint Boats"},
        {"T0001": ("T0101", "configuration"), "T0002": ("T0101", "configuration")},
        retired="{T0001: T0101, T0002: T0101}",
        texts={"T0103": "It previously used the ID T0001."},
        silent=("T0001", "T0002"),
    ),
    "the configuration says that nothing took its place": Case(
        BOATS,
        {"T0102": "Sink Boats", "T0103": "Paint Boats"},
        {"T0001": (None, "configuration"), "T0002": ("T0102", "name")},
        retired="{T0001: null}",
        silent=("T0001",),
    ),
    "a text goes before a name": Case(
        BOATS,
        {"T0101": "Varnish Boats", "T0102": "Sink Boats"},
        {"T0001": ("T0101", "text"), "T0002": ("T0101", "text")},
        texts={"T0101": "It previously used the IDs T0001 and T0002."},
        silent=("T0001", "T0002"),
    ),
    "a name counts whatever its letter case": Case(
        BOATS,
        {"T0101": "Varnish boats", "T0102": "sink boats"},
        {"T0001": (None, None), "T0002": ("T0102", "name")},
    ),
    "a chain leads to what lives": Case(
        BOATS,
        {"T0102": "Sink Boats", "T0103": "Varnish Boats"},
        {"T0001": ("T0102", "configuration"), "T0002": ("T0102", "name")},
        retired="{T0001: T0050, T0050: T0002}",
        silent=("T0001",),
    ),
    "a cycle and a chain that ends nowhere lead to nothing": Case(
        BOATS | {"T0003": "Burn Boats"},
        {"T0102": "Sink Boats", "T0103": "Burn Boats"},
        {
            "T0001": (None, "configuration"),
            "T0002": (None, "configuration"),
            "T0003": (None, "configuration"),
        },
        retired="{T0001: T0002, T0002: T0001, T0003: T0999}",
        silent=("T0001", "T0002", "T0003"),
    ),
    "an id that names something else is reused, and its old name no successor": Case(
        BOATS | {"T0003": "Burn Boats"},
        {"T0001": "Invite Journalists", "T0103": "Paint Boats", "T0104": "Burn Boats"},
        {"T0002": (None, None), "T0003": ("T0104", "name")},
        texts={"T0001": "Reporters get an offer."},
        reused=("T0001",),
    ),
}


def pages(names: dict[str, str], texts: dict[str, str]) -> dict[str, str]:
    return {
        f"{TECHNIQUES}/{entity_id}.md": f"# Technique {entity_id}: {name}\n\n"
        f"**Summary**: {texts.get(entity_id, f'What it means to {name.lower()}.')}\n"
        for entity_id, name in names.items()
    }


@dataclass
class Doors:
    """The five doors, each opened by a process of its own on two tagged commits."""

    repo: Repo
    case: Case
    tmp: Path

    def diff(self) -> dict[str, Any]:
        done = self.repo.lint("diff", "v1", "v2", "--output-format", "json")
        assert done.status == 0, done.err
        data: dict[str, Any] = json.loads(done.out)
        validator("diff").validate(data)
        return data

    def history(self) -> dict[str, Any]:
        done = self.repo.lint("history", "--json")
        assert done.status == 0, done.err
        data: dict[str, Any] = json.loads(done.out)
        validator("history").validate(data)
        return data

    def audit(self) -> dict[str, list[str]]:
        """Return the lines of the report by what became of the entities."""
        for tag in ("v1", "v2"):
            self.repo.git("worktree", "add", "--quiet", str(self.tmp / tag), tag)
        labels = [f"{tag}={self.tmp / tag}" for tag in ("v1", "v2")]
        done = self.repo.lint("audit", *labels, "--html", str(self.tmp / "audit.html"))
        assert done.status == 0, done.err
        html = (self.tmp / "audit.html").read_text("utf-8")
        found = {}
        for change, body in re.findall(
            r"<summary>Entities (\w+): \d+</summary>\s*<ul class=lines>(.*?)</ul>", html, re.DOTALL
        ):
            lines = re.sub(r"<li>", "\n", body)
            found[change] = unescape(re.sub(r"<[^>]*>", "", lines)).strip().split("\n")
        return found


@pytest.fixture
def doors(request: pytest.FixtureRequest, tmp_path: Path) -> Doors:
    case: Case = request.param
    repo = Repo.create(tmp_path / "repo")
    repo.write(pages(case.old, {}))
    repo.commit("First")
    repo.git("tag", "v1")
    repo.git("rm", "-r", "--quiet", TECHNIQUES)
    repo.write(pages(case.new, case.texts))
    repo.write({".disarm-lint.yaml": f"retired: {case.retired}\n" if case.retired else ""})
    repo.commit("Second")
    repo.git("tag", "v2")
    return Doors(repo, case, tmp_path)


@pytest.mark.parametrize("doors", CASES.values(), ids=CASES, indirect=True)
def test_every_door_says_the_same(doors: Doors) -> None:
    case = doors.case
    diff, history, audit = doors.diff(), doors.history(), doors.audit()
    changes = diff["entity_changes"]
    assert {e["id"]: (e["successor"], e["evidence"]) for e in changes["retired"]} == case.expected
    assert [e["id"] for e in changes["reused"]] == list(case.reused)
    last = history["releases"][-1]
    assert last["entity_changes"] == changes
    assert history["commits"][-1]["entity_changes"] == changes
    for line, entity in zip(audit["retired"], changes["retired"], strict=True):
        arrow = f" → {entity['successor']}" if entity["successor"] else ""
        assert line.startswith(f"{entity['id']} {case.old[entity['id']]}{arrow}")
        assert bool(arrow) == ("→" in line)
    assert [line[:5] for line in audit.get("reused", [])] == list(case.reused)
    found = {
        rule: [f["subject"] for f in diff["findings"] if f["rule"] == rule]
        for rule in ("A804", "A805")
    }
    told = [entity_id for entity_id in case.expected if entity_id not in case.silent]
    assert found == {"A804": told, "A805": list(case.reused)}
    # A label is all that differs between what the two say of an id.
    assert [without_label(f) for f in last["remarks"]] == [
        without_label(f) for f in diff["findings"]
    ]
    for finding in diff["findings"]:
        successor, _ = case.expected.get(finding["subject"], (None, None))
        if successor is not None:
            assert f"add `{finding['subject']}: {successor}` to" in finding["message"]


def without_label(finding: dict[str, Any]) -> dict[str, Any]:
    message = re.sub(r"(?:v1|\d{4}-\d\d-\d\d) \([^)]*\)", "LABEL", finding["message"])
    return finding | {"message": message}


@pytest.mark.parametrize("doors", list(CASES.values())[:1], indirect=True)
def test_people_read_which_names_are_ambiguous(doors: Doors) -> None:
    line = "T0002 “Sink Boats” (its name is now that of T0102, T0104)"
    told = doors.repo.lint("diff", "v1", "v2")
    assert f"  - {line}" in told.lines
    assert "  - T0001 “Paint Boats” → T0101" in told.lines
    assert any(
        "nothing says what became of it. T0102 and T0104 have its name: " in i for i in told.lines
    )
    history = doors.repo.lint("history").lines
    assert f"  retired: 2 (T0001 “Paint Boats” → T0101; {line})" in history
    audit = doors.audit()
    assert audit["retired"][1] == "T0002 Sink Boats (its name is now that of T0102, T0104)"


def test_a_finding_has_one_form(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "repo")
    old = BOATS | {"T0003": "Burn Boats"}
    repo.write(pages(old, {"T0001": "See T0002: Sunk Boats."}))
    repo.commit("First")
    (repo.folder / TECHNIQUES / "T0003.md").unlink()
    new = {"T0002": "Invite Journalists", "T0004": "Sink Boats"}
    repo.write(pages(new, {"T0002": "Reporters get an offer."}))
    repo.commit("Second")
    checked = json.loads(repo.lint("check", "--output-format", "json").out)
    validator("report").validate(checked)
    told = Doors(repo, Case({}, {}, {}), tmp_path).history()
    diff = json.loads(repo.lint("diff", "HEAD~1", "HEAD", "--output-format", "json").out)
    validator("diff").validate(diff)
    # The same finding of the last commit: what `check` says is what `history` shows.
    by_cause = {cause["cause"]: cause["example"] for cause in told["causes"] if cause["open"]}
    assert checked["findings"]
    for finding in checked["findings"]:
        if by_cause[finding["cause"]]["fingerprint"] == finding["fingerprint"]:
            assert by_cause[finding["cause"]] == finding
    shapes = {
        tuple(finding)
        for finding in (*checked["findings"], *diff["findings"], *told["releases"][-1]["remarks"])
    }
    assert diff["findings"]
    assert told["releases"][-1]["remarks"]
    assert len(shapes) == 1


def state(entity_id: str, name: str, **more: Any) -> EntityState:
    return EntityState(entity_id, "t", name, **more)


def index(*states: EntityState, marks: dict[str, Succession] | None = None) -> ReleaseIndex:
    return ReleaseIndex("v", {item.id: item for item in states}, marks or {})


def test_what_became_of_each_entity() -> None:
    old = index(
        state("T1", "One"),
        state("T2", "Two", homes=(("tactic", ("TA1",)),), summary="Old."),
        state("T3", "Three"),
    )
    new = index(
        state("T1", "One two"),
        state("T2", "Two", homes=(("tactic", ("TA2",)),), summary="New."),
        state("T4", ""),
    )
    found = compare_releases(old, new)
    assert [(e.id, e.old_name) for e in found.renamed] == [("T1", "One")]
    assert [(e.id, e.home, e.homes) for e in found.moved] == [
        ("T2", "tactic", (("TA1",), ("TA2",)))
    ]
    assert [e.id for e in found.changed] == ["T2"]
    assert not found.added, "an entity without a name is told row by row"
    assert [(e.id, e.succession.successor) for e in found.retired] == [("T3", None)]
    assert not compare_releases(old, old)


def test_a_merge_changed_what_differs_from_each_of_its_parents() -> None:
    one = index(state("T1", "One"), state("T2", "Two"), state("T3", "Three"))
    other = index(state("T1", "One"), state("T3", "Third"), state("T5", "Five"))
    merge = index(state("T2", "Twice two"), state("T3", "Three"), state("T4", "Four"))
    found = compare_with_each([one, other], merge)
    assert [e.id for e in found.added] == ["T4"]
    # The other parent has no T2, and one of them has T3 as it is.
    assert [(e.id, e.old_name) for e in found.renamed] == [("T2", "Two")]
    assert [e.id for e in found.retired] == ["T1"]
    assert [e.id for e in compare_with_each([], merge).added] == ["T2", "T3", "T4"]


def test_a_text_that_names_no_successor_leaves_it_to_the_name() -> None:
    marks = {"T1": Succession(None, Evidence.TEXT)}
    (gone,) = compare_releases(
        index(state("T1", "One")), index(state("T2", "One"), marks=marks)
    ).retired
    assert (gone.succession.successor, gone.succession.evidence) == ("T2", Evidence.NAME)


def test_check_knows_the_same_successors() -> None:
    config = Config(retired={"T0001": "T0050", "T0050": "T0102", "T0003": "T0003"})
    names = {"T0102": "Sink Boats", "T0103": "Burn Boats", "T0104": "Burn Boats"}
    files = pages(names | {"T0105": "Burn Boats", "T0106": "Sink boats"}, {})
    rows = "".join(
        f'<tr><td><a href="techniques/{i}.md">{i}</a></td><td>{name}</td></tr>\n'
        for i, name in names.items()
    )
    table = f'<table border="1">\n<tr><th>disarm_id</th><th>name</th></tr>\n{rows}</table>\n'
    files["generated_pages/techniques_index.md"] = f"# DISARM Techniques:\n\n{table}"
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    corpus = read_corpus(tree, config)
    found = {entity_id: corpus.retired(entity_id) for entity_id in corpus.registry.retired}
    assert {entity_id: one and one.successor for entity_id, one in found.items()} == {
        "T0001": "T0102",
        "T0050": "T0102",
        "T0003": None,
        # Orphan pages: the name of the first is that of two entities.
        "T0105": None,
        "T0106": "T0102",
    }
