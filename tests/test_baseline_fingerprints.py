"""Fingerprints: what disturbs them, and what does not."""

from __future__ import annotations

from collections import Counter

import pytest

from disarm_lint.model.config import Config
from disarm_lint.model.finding import Finding
from disarm_lint.project import lint, lint_contents, read_corpus
from disarm_lint.sources.filesystem import DiskTree
from support.mini import PAGES, corpus, incident, link, rules
from support.published import CORPORA

RULES = [loaded for loaded in rules() if loaded.rule.default]
CASE = f"{PAGES}/incidents/I00001.md"
WRONG = "(T0146: Acount Asset)"


def row(text: str, key: str = "T0146", name: str = "Account Asset") -> str:
    return f"| {link('techniques', key, name)} | {text} |\n"


def with_rows(rows: str, notes: str = "") -> dict[str, str]:
    return {**corpus(), CASE: incident("I00001", "The First Case", rows) + notes}


def found(files: dict[str, str], rule: str = "N401") -> list[Finding]:
    run = lint_contents(dict(files), RULES)
    return [finding for finding in run.outcome.findings if finding.rule == rule]


def prints(files: dict[str, str], rule: str = "N401") -> Counter[str]:
    return Counter(finding.fingerprint for finding in found(files, rule))


def test_lines_rows_and_words_before_disturb_nothing() -> None:
    before = prints(with_rows(row(f"Seen {WRONG}.")))
    assert len(before) == 1
    free = row("(T0146.001: Free Account Asset)", "T0146.001", "Free Account Asset")
    assert prints(with_rows(free + row(f"Seen {WRONG}."))) == before
    assert prints(with_rows(row(f"Long ago, they had {WRONG}, and more.") + free)) == before
    moved = {path: text.replace("# ", "\n\n# ", 1) for path, text in with_rows("").items()}
    moved[CASE] = "\n\n" + with_rows(row(f"Seen {WRONG}."))[CASE].replace("\n", "\r\n")
    assert prints(moved) == before


def test_a_second_one_is_new_wherever_it_stands() -> None:
    before = prints(with_rows(row(f"Seen {WRONG}.")))
    other = row(f"Seen {WRONG}.", "T0146.001", "Free Account Asset")
    for more in (row(f"{WRONG} Seen {WRONG}."), row(f"Seen {WRONG}.") + other, other + row(WRONG)):
        after = prints(with_rows(more))
        assert len(after) == 2
        assert before < after
    noted = prints(with_rows(row(f"Seen {WRONG}."), f"\nA note: {WRONG}.\n"))
    assert len(noted) == 2
    assert before < noted


def test_mending_one_of_equals_leaves_one_entry_over() -> None:
    three = prints(with_rows(row(f"{WRONG} {WRONG} {WRONG}")))
    two = prints(with_rows(row(f"(T0146: Account Asset) {WRONG} {WRONG}")))
    assert len(three) == 3
    assert two < three
    assert len(two) == 2


def test_what_a_comment_suppresses_shifts_nothing() -> None:
    note = f"\n{WRONG} one. <!-- disarm-lint: ignore[N401] quoted -->\n\n{WRONG} two.\n"
    before = prints(with_rows("", note))
    assert len(before) == 1
    assert prints(with_rows("", note.replace("Acount", "Account", 1))) == before
    assert prints(with_rows("", f"\n{WRONG} two.\n")) == before


def test_rows_without_an_id_go_by_their_words() -> None:
    def noted(*rows: str) -> dict[str, str]:
        table = "| Source | Text |\n| --- | --- |\n" + "".join(f"| {r} |\n" for r in rows)
        return {**corpus(), f"{PAGES}/notes/a.md": f"Some notes.\n\n{table}"}

    before = prints(noted(f"The Times | {WRONG}"))
    assert len(before) == 1
    assert prints(noted("The Post | fine", f"The Times | {WRONG}")) == before
    # An old one is gone, an equal one has come in another row: that is new.
    assert not prints(noted("The Times | fine", f"The Post | {WRONG}")) & before


def test_the_message_is_no_part_of_it() -> None:
    before = found(with_rows(row(f"Seen {WRONG}.")))
    files = with_rows(row(f"Seen {WRONG}."))
    files = {path: text.replace("Account Asset", "Persona Asset") for path, text in files.items()}
    after = found(files)
    same = [f for f in after if f.location.path == CASE and f.wrong == "Acount Asset"]
    assert [f.fingerprint for f in same] == [f.fingerprint for f in before]
    assert same[0].message != before[0].message


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["disarm-1.6", "disarm-1.6-layout-2024", "disarm-2.0-assessments"])
def test_no_two_findings_in_one_place_share_one(name: str) -> None:
    """A page may show a cell in several rows; in one row or field, equals are told apart."""
    loaded = read_corpus(DiskTree(CORPORA / name), Config())
    findings = lint(loaded, rules(), Config()).outcome.findings
    places = Counter((f.location.path, f.origin, f.fingerprint) for f in findings)
    assert [place for place, number in places.items() if number > 1] == []
