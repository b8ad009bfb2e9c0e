"""A804 and A805: a corpus in the light of an earlier release."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from disarm_lint.corpus.release import (
    EntityState,
    ReleaseIndex,
    compare_releases,
    index_release,
)
from disarm_lint.engine import compare_rules
from disarm_lint.model.config import Config
from disarm_lint.project import lint_contents, read_corpus
from disarm_lint.sources.filesystem import DiskTree, MemoryTree
from support import mini_master
from support.mini import PAGES, rules, technique
from support.mini_master import FRAMEWORK
from support.published import BUNDLE

if TYPE_CHECKING:
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding

BUNDLED = "generated_files/DISARM_STIX/DISARM.json"


def compared(corpus: Corpus, earlier: ReleaseIndex) -> list[Finding]:
    return compare_rules(corpus, compare_releases(earlier, index_release(corpus)), rules())


def told(
    old: dict[str, bytes], new: dict[str, bytes], config: Config | None = None
) -> list[tuple[str, str, str]]:
    """Return the findings: rule, place, message."""
    earlier = index_release(read_corpus(MemoryTree(old), Config()), "v1")
    corpus = read_corpus(MemoryTree(new), config or Config())
    found = compared(corpus, earlier)
    return [(f.rule, mini_master.place(f), f.message) for f in found]


def without(entity_id: str) -> dict[str, bytes]:
    sheets = mini_master.framework()
    sheets["techniques"] = [row for row in sheets["techniques"] if row[0] != entity_id]
    return mini_master.files(sheets)


GONE = "T0115 “Post Content” has been gone since v1, and nothing says what became of it"


def test_an_id_that_left_the_master_data_is_gone_though_its_page_is_left() -> None:
    found = told(mini_master.files(), without("T0115"))
    advice = ": name its successor, or none, in `retired` in the configuration"
    assert found == [("A804", "techniques!A1:0-0", GONE + advice)]
    assert told(mini_master.files(), mini_master.files()) == []


def test_the_configuration_may_say_what_became_of_it() -> None:
    for successor in ("T0146", None):
        config = Config(retired={"T0115": successor})
        assert told(mini_master.files(), without("T0115"), config) == []


def test_a_text_may_say_what_became_of_it() -> None:
    text = technique(
        "T0146",
        "Account Asset",
        "TA15 Establish Assets",
        summary="It previously used the ID T0115.",
    )
    new = without("T0115") | {f"{PAGES}/techniques/T0146.md": text.encode()}
    assert told(mini_master.files(), new) == []


@pytest.mark.parametrize(("flag", "number"), [("revoked", 0), ("x_mitre_deprecated", 0), ("x", 1)])
def test_the_stix_bundle_may_say_that_it_is_revoked(flag: str, number: int) -> None:
    reference = {"source_name": "DISARM", "external_id": "T0115", "url": ""}
    item = {
        "type": "attack-pattern",
        "id": "attack-pattern--0b1f1f0e-0000-4000-8000-000000000000",
        "name": "Post Content",
        "external_references": [reference],
        flag: True,
    }
    bundle = {"type": "bundle", "id": "bundle--1", "objects": [item]}
    new = without("T0115") | {BUNDLED: json.dumps(bundle).encode()}
    assert len(told(mini_master.files(), new)) == number


def test_where_something_could_not_be_read_nothing_is_gone() -> None:
    new = mini_master.files() | {FRAMEWORK: b"no workbook"}
    del new[f"{PAGES}/techniques/T0115.md"], new[f"{PAGES}/techniques_index.md"]
    assert told(mini_master.files(), new) == []


def test_a_new_numbering_is_one_finding() -> None:
    corpus = read_corpus(MemoryTree(mini_master.files()), Config())
    before = {f"T9{n:03}": EntityState(f"T9{n:03}", "technique", f"Old {n}") for n in range(30)}
    found = compared(corpus, ReleaseIndex("v1", before))
    assert [(f.rule, f.subject) for f in found] == [("A804", "T9000")]
    assert found[0].message.startswith(
        "30 of the 30 ids that began with T9000 and ended with T9029 "
    )


def reused(name: str, summary: str, **others: str) -> dict[str, bytes]:
    sheets = mini_master.framework()
    for row in sheets["techniques"]:
        if row[0] == "T0115":
            row[1], row[3] = name, summary
        elif row[0] in others:
            row[1] = others[str(row[0])]
    return mini_master.files(sheets)


def test_an_id_whose_old_name_stands_elsewhere_is_reused() -> None:
    new = reused("Harass Critics", "To threaten people in public.", T0146="Post Content")
    found = [item for item in told(mini_master.files(), new) if item[1].startswith("techniques!B2")]
    assert found == [
        (
            "A805",
            "techniques!B2:0-14",
            "T0115 was “Post Content” in v1 and names something else now; its old name is "
            "T0146 now. Give “Harass Critics” an id of its own",
        )
    ]


@pytest.mark.parametrize(
    ("name", "summary", "aliases"),
    [
        ("Publish Material", "What Post Content is.", ()),
        ("Post Contents Widely", "Entirely other words than in the release before it.", ()),
        ("Harass Critics", "Short.", ()),
        ("Harass Critics", "To threaten people in public at length.", ("Post Content",)),
    ],
)
def test_a_rename_is_no_reuse(name: str, summary: str, aliases: tuple[str, ...]) -> None:
    new = reused(name, summary, T0146="Post Content" if aliases else "Account Asset")
    found = told(mini_master.files(), new, Config(aliases={"T0115": aliases}))
    assert not [item for item in found if item[2].startswith("T0115")]


def test_check_never_speaks_of_it() -> None:
    run = lint_contents(dict(without("T0115")), rules())
    assert not [f for f in run.outcome.findings if f.rule in ("A804", "A805")]


def test_a_comment_on_a_page_suppresses_and_is_no_unused_one() -> None:
    text = technique(
        "T0001",
        "Harass Critics",
        "TA07",
        summary="To threaten and insult people in public, often at length.",
    )
    comment = "<!-- disarm-lint: ignore-file[A805] agreed -->\n"
    new = {f"{PAGES}/techniques/T0001.md": text.encode()}
    apps = "Signal, WhatsApp, Wire, Discord and other messengers."
    before = {"T0001": EntityState("T0001", "technique", "Use Chat Apps", summary=apps)}
    for extra, number in ((b"", 1), (comment.encode(), 0)):
        files = {path: data + extra for path, data in new.items()}
        run = lint_contents(dict(files), rules())
        found = compared(run.corpus, ReleaseIndex("v1", before))
        assert len(found) == number
        assert not [f for f in run.outcome.findings if f.rule == "X902"]
        assert all(f.cause and f.fingerprint for f in found)


@pytest.mark.corpus
@pytest.mark.program("git")
def test_real_releases(tmp_path: Path) -> None:
    clone = ["git", "clone", "--quiet", "-b", "main", str(BUNDLE), str(tmp_path / "history")]
    subprocess.run(clone, check=True, capture_output=True)

    corpora: dict[str, Corpus] = {}

    def release(commit: str) -> ReleaseIndex:
        folder = tmp_path / commit
        add = ["git", "-C", str(tmp_path / "history"), "worktree", "add", "-q", str(folder), commit]
        subprocess.run(add, check=True, capture_output=True)
        corpora[commit] = read_corpus(DiskTree(folder), Config())
        return index_release(corpora[commit], commit)

    before, after = release("886fde3"), release("72444ce")
    assert before.entities["T0097.001"].name == "Backstop Personas"
    assert after.entities["T0097.001"].name == "Produce Evidence for Persona"
    found = compared(corpora["72444ce"], before)
    assert [(f.rule, f.subject) for f in found] == [("A804", "T0085.002"), ("A804", "T0089.002")]
    renumbered = release("ade6f9f")
    release("056767d")
    found = compared(corpora["056767d"], renumbered)
    assert {"T0009", "T0014", "TA06"} <= {f.subject for f in found if f.rule == "A805"}
