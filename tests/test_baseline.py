"""The baseline as people meet it: the linter as a process on small corpora."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from disarm_lint.model.baseline import BASELINE_NAME as NAME
from support.cli import PAGES, Result, lint, write_corpus

REEL = "generated_pages/techniques/T0002.md"
EVENT = "generated_pages/incidents/I00001.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_corpus(tmp_path)


def listed(root: Path, name: str = NAME) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = YAML(typ="safe").load((root / name).read_text("utf-8"))["entries"]
    return found


def edit(root: Path, path: str, old: str, new: str) -> None:
    file = root / path
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def shown(result: Result) -> list[str]:
    """Return `rule path` of the findings of a run in JSON."""
    return [f"{f['rule']} {f['path']}" for f in json.loads(result.raw)["findings"]]


def check(root: Path, *arguments: str) -> Result:
    return lint("check", "--output-format", "json", *arguments, cwd=root)


def test_create_then_nothing_is_left(root: Path) -> None:
    before = check(root)
    assert before.status == 1
    total = len(shown(before))
    done = lint("baseline", "create", cwd=root)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"{NAME}: {total} findings are listed; ")
    assert len(listed(root)) == total
    after = check(root)
    assert (after.status, shown(after), after.err) == (0, [], "")
    assert json.loads(after.raw)["summary"]["baselined"] == total
    text = lint("check", cwd=root)
    assert f"{total} in the baseline." in " ".join(text.lines)
    assert len(shown(check(root, "--no-baseline"))) == total


def test_entries_are_sorted_and_say_what_and_where(root: Path) -> None:
    lint("baseline", "create", cwd=root)
    entries = listed(root)
    keys = [(e["path"], e["rule"], e["subject"], e["fingerprint"]) for e in entries]
    assert keys == sorted(keys)
    (found,) = (e for e in entries if e["path"] == REEL and e["rule"] == "N401")
    assert found.pop("fingerprint")
    assert found == {
        "rule": "N401",
        "name": "name-mismatch",
        "subject": "T0001",
        "text": "Reel Name",
        "path": REEL,
        "reason": "",
    }
    again = (root / NAME).read_bytes()
    lint("baseline", "create", "--force", cwd=root)
    assert (root / NAME).read_bytes() == again


def test_create_does_not_overwrite(root: Path) -> None:
    (root / NAME).write_text("mine\n")
    done = lint("baseline", "create", cwd=root)
    assert done.status == 2
    assert done.err.startswith(f"disarm-lint: “{NAME}” exists; `disarm-lint baseline update`")
    assert (root / NAME).read_text() == "mine\n"
    assert lint("baseline", "create", "--force", cwd=root).status == 0
    assert check(root).status == 0
    assert {path.name for path in root.iterdir()} == {NAME, "generated_pages"}


def test_text_may_move(root: Path) -> None:
    lint("baseline", "create", cwd=root)
    edit(root, REEL, "\n\nSee", "\n\nA new line.\n\nAnother. See here, and")
    edit(root, EVENT, "They did (T0001: Reel Name), (T0002: Other Nome)",
         "Later. (T0002: Other Nome)\n\nBefore: (T0001: Reel Name)")  # fmt: skip
    done = check(root, "--strict-baseline", "--fail-on", "info")
    assert (done.status, shown(done), done.err) == (0, [], "")


@pytest.mark.parametrize(
    ("path", "more"),
    [
        (REEL, "\nAlso (T0001: Reel Name).\n"),
        (EVENT, "\nAlso (T0001: Reel Name).\n"),
        ("generated_pages/techniques/T0001.md", "\nAlso (T0002: Other Nome).\n"),
    ],
)
def test_a_second_identical_defect_is_new(root: Path, path: str, more: str) -> None:
    lint("baseline", "create", cwd=root)
    file = root / path
    file.write_text(file.read_text() + more)
    done = check(root)
    assert (done.status, shown(done)) == (1, [f"N401 {path}"])


def test_what_is_mended_is_told_and_taken_out(root: Path) -> None:
    lint("baseline", "create", cwd=root)
    before = (root / NAME).read_text()
    edit(root, REEL, "Reel", "Real")
    done = check(root)
    assert done.status == 0
    assert shown(done) == [f"X902 {NAME}"]
    (finding,) = json.loads(done.raw)["findings"]
    assert finding["severity"] == "warning"
    line = before.split("\n")[finding["line"] - 1]
    cut = line[finding["column"] - 1 : finding["end_column"] - 1]
    (gone,) = (e for e in listed(root) if e["rule"] == "N401" and e["path"] == REEL)
    assert cut == f'"{gone["fingerprint"]}"'
    assert "N401 “Reel Name” in generated_pages/techniques/T0002.md" in finding["message"]
    assert done.err == (
        f"disarm-lint: 1 entry of {NAME} no longer matches a finding; "
        "`disarm-lint baseline update` removes it\n"
    )
    assert check(root, "--strict-baseline").status == 1
    assert check(root, "--fail-on", "warning").status == 1
    assert check(root, "--strict-baseline", "--exit-zero").status == 0
    assert check(root, "--strict-baseline", "--fail-on", "never").status == 0
    total = len(listed(root))
    done = lint("baseline", "update", cwd=root)
    assert done.lines == [f"{NAME}: 1 entry removed; {total - 1} entries are left."]
    assert gone["fingerprint"] not in {e["fingerprint"] for e in listed(root)}
    assert check(root, "--strict-baseline", "--fail-on", "info").status == 0


def test_strict_counts_entries_although_their_rule_is_ignored(root: Path) -> None:
    lint("baseline", "create", cwd=root)
    edit(root, REEL, "Reel", "Real")
    (root / ".disarm-lint.yaml").write_text("ignore: [X902]\n")
    done = check(root, "--strict-baseline")
    assert (done.status, shown(done)) == (1, [])
    assert "1 entry of" in done.err


def test_update_keeps_reasons_and_comments(root: Path) -> None:
    lint("baseline", "create", cwd=root)
    file = root / NAME
    text = file.read_text()
    text = text.replace('"reason": ""', '"reason": "one day"')
    text = text.replace("\n- ", "\n# about the next\n- ") + "# the end\n"
    file.write_text(text)
    edit(root, EVENT, "Reel", "Real")
    total = len(listed(root))
    assert lint("baseline", "update", cwd=root).status == 0
    changed = file.read_text()
    assert changed.count('"reason": "one day"') == total - 1
    assert changed.count("# about the next") == total - 1
    assert changed.endswith("# the end\n")
    assert set(changed.splitlines()) <= set(text.splitlines())


def test_update_adds_only_when_asked(root: Path) -> None:
    lint("baseline", "create", cwd=root)
    before = (root / NAME).read_text()
    edit(root, REEL, "Name).", "Name), (T0001: Rael Name).")
    done = lint("baseline", "update", cwd=root)
    assert done.lines[0].startswith(f"{NAME}: nothing to change; ")
    assert done.lines[1] == "1 finding is not listed; --add adds it."
    assert (root / NAME).read_text() == before
    done = lint("baseline", "update", "--add", cwd=root)
    assert "1 entry added" in done.lines[0]
    assert check(root).status == 0
    keys = [(e["path"], e["rule"], e["subject"]) for e in listed(root)]
    assert keys == sorted(keys)


def test_reasons_go_along_when_a_page_is_renamed(root: Path) -> None:
    lint("baseline", "create", cwd=root)
    file = root / NAME
    file.write_text(file.read_text().replace('"reason": ""', '"reason": "as it was written"'))
    (root / "generated_pages/notes.md").write_text("See (T0001: Royal Name).\n")
    lint("baseline", "update", "--add", cwd=root)
    file.write_text(file.read_text().replace('"reason": ""', '"reason": "a pun"'))
    (root / "generated_pages/notes.md").rename(root / "generated_pages/jokes.md")
    assert check(root).status == 0
    done = lint("baseline", "update", cwd=root)
    assert ": 2 entries moved to renamed files; " in done.lines[0]
    assert check(root).status == 0
    (found,) = (e for e in listed(root) if e["text"] == "Royal Name")
    assert (found["path"], found["reason"]) == ("generated_pages/jokes.md", "a pun")


def test_show(root: Path) -> None:
    lint("baseline", "create", cwd=root)
    edit(root, REEL, "Reel", "Real")
    file = root / NAME
    file.write_text(file.read_text().replace('"reason": ""', r'"reason": "a\u001b[31m\nb"', 1))
    done = lint("baseline", "show", cwd=root)
    assert done.status == 0
    total = len(listed(root))
    assert done.lines[0] == f"{NAME}: {total} entries, {total - 1} still found"
    assert "N401 name-mismatch: 3 entries, 2 still found" in done.lines
    assert f"  {REEL}: T0001 “Reel Name” (no longer found)" in done.lines
    assert "because: a<U+001B>[31m b" in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize(
    "arguments",
    [("--select", "N"), ("--select", "N401"), ("--ignore", "S"), ("--select", "ALL"), (REEL,),
     ("--include-orphans",), ("generated_pages/techniques",)],
)  # fmt: skip
def test_a_part_calls_no_entry_unused(root: Path, arguments: tuple[str, ...]) -> None:
    lint("baseline", "create", cwd=root)
    done = check(root, *arguments)
    assert (done.status, shown(done), done.err) == (0, [], "")
    edit(root, EVENT, "Reel", "Real")
    done = check(root, *arguments, "--strict-baseline")
    assert (done.status, shown(done)) == (0, [])
    assert "only known when the whole corpus is checked" in done.err


def test_entries_of_rules_that_are_off_and_of_unread_pages_stay(root: Path) -> None:
    lint("baseline", "create", cwd=root)
    before = listed(root)
    rules = {e["rule"] for e in before}
    assert {"N401"} < rules
    (root / ".disarm-lint.yaml").write_text("ignore: [N401]\n")
    (root / EVENT).write_bytes(b"\x00" * 100)
    done = check(root, "--strict-baseline")
    assert shown(done) == [f"X901 {EVENT}"]
    done = lint("baseline", "update", cwd=root)
    assert "were kept unseen" in done.out
    assert listed(root) == before
    assert "not looked for" in lint("baseline", "show", cwd=root).out


def test_a_deleted_page_leaves_its_entries(root: Path) -> None:
    lint("baseline", "create", cwd=root)
    (root / EVENT).unlink()
    stale = [e for e in listed(root) if e["path"] == EVENT]
    assert len(stale) >= 2
    done = check(root)
    assert shown(done).count(f"X902 {NAME}") >= len(stale)
    lint("baseline", "update", cwd=root)
    assert not any(e["path"] == EVENT for e in listed(root))


def test_file_named_on_the_command_line(root: Path) -> None:
    (root / "lint").mkdir()
    done = lint("baseline", "create", "--baseline", "lint/known.yaml", cwd=root)
    assert done.lines[0].startswith("lint/known.yaml: ")
    assert check(root).status == 1
    assert check(root, "--baseline", "lint/known.yaml").status == 0
    edit(root, REEL, "Reel", "Real")
    assert shown(check(root, "--baseline", "lint/known.yaml")) == ["X902 lint/known.yaml"]
    done = check(root / "generated_pages", "--baseline", "../lint/known.yaml")
    assert shown(done) == ["X902 ../lint/known.yaml"]
    done = check(root, "--baseline", "gone.yaml")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("disarm-lint: there is no baseline “gone.yaml”; ")
    assert check(root, "--no-baseline", "--strict-baseline").status == 2
    assert lint("baseline", "update", cwd=root).err.startswith("disarm-lint: there is no baseline")
    assert lint("baseline", "show", "--force", cwd=root).status == 2
    assert lint("baseline", "show", EVENT, "--baseline", "lint/known.yaml", cwd=root).status == 2


def test_file_named_in_the_config(root: Path) -> None:
    (root / ".disarm-lint.yaml").write_text("baseline: lint/known.yaml\n")
    done = check(root)
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        ".disarm-lint.yaml:1:11: there is no baseline “lint/known.yaml”; "
        "`disarm-lint baseline create` creates it\n"
    )
    (root / "lint").mkdir()
    assert lint("baseline", "create", cwd=root).status == 0
    assert len(listed(root, "lint/known.yaml")) > 0
    assert check(root).status == 0
    assert "baseline: lint/known.yaml" in lint("config", "show", cwd=root).out
    for text in ("../known.yaml", "/etc/known.yaml", '"a\\0b"', "."):
        (root / ".disarm-lint.yaml").write_text(f"baseline: {text}\n")
        done = check(root)
        assert done.status == 2
        assert done.err.endswith(":1:11: the baseline must be beside this file or below it\n")


def test_one_baseline_for_two_corpora_is_refused(tmp_path: Path) -> None:
    one, two = write_corpus(tmp_path / "one"), write_corpus(tmp_path / "two")
    assert lint("baseline", "create", cwd=one).status == 0
    assert check(tmp_path, "one").status == 0
    assert check(tmp_path, "one", "two").status == 1
    assert lint("baseline", "create", cwd=two).status == 0
    assert check(tmp_path, "one", "two", "--strict-baseline").status == 0
    done = check(tmp_path, "one", "two", "--baseline", f"one/{NAME}")
    assert done.status == 2
    assert "cannot serve two corpora, “one” and “two”" in done.err
    done = lint("baseline", "create", "--baseline", "x.yaml", cwd=tmp_path)
    assert "a baseline is that of one corpus; name one of “one”, “two”" in done.err
    assert lint("baseline", "create", "one", "--force", cwd=tmp_path).status == 0


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("schema_version: 1\nentries: [x]\n", ":2:11: each item of “entries” must be keys"),
        ("a: [", ":1:5: this is not valid YAML"),
        ("schema_version: 1\nentries:\n  - rule: N401\n    rul: 1\n", ":4:5: unknown key “rul”"),
    ],
)
@pytest.mark.parametrize("command", ["check", "show", "update"])
def test_a_broken_baseline_is_one_line(root: Path, command: str, text: str, error: str) -> None:
    (root / NAME).write_text(text)
    done = lint(*(["check"] if command == "check" else ["baseline", command]), cwd=root)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"{NAME}{error}")
    assert done.err.count("\n") == 1


def test_hostile_pages(tmp_path: Path) -> None:
    nasty = "Reel \x1b[31m“Na”'me' \u202e#: !!python/object 😀 &amp; \\n"
    pages = {
        **PAGES,
        'notes/a "b": #c \u202ed.md': f"(T0001: {nasty}) and (T0001: Reel Name)\n",
        "notes/x.md": (
            "See [x](<T0009: #.md>).\n\n| a | b |\n| - | - |\n| y: # z | (T0001: Reel Name) |\n"
        ),
    }
    root = write_corpus(tmp_path, pages)
    total = len(shown(check(root)))
    assert lint("baseline", "create", cwd=root).status == 0
    assert len(listed(root)) == total
    done = check(root, "--strict-baseline", "--fail-on", "info")
    assert (done.status, shown(done)) == (0, [])
    assert all(c.isprintable() or c == "\n" for c in (root / NAME).read_text("utf-8"))
    assert lint("baseline", "show", cwd=root).status == 0


def test_a_clean_corpus_gets_an_empty_baseline(tmp_path: Path) -> None:
    root = write_corpus(tmp_path, {"techniques/T0001.md": "notes\n"})
    (root / ".disarm-lint.yaml").write_text("select: [N401]\n")
    assert "0 findings are listed" in lint("baseline", "create", cwd=root).out
    assert listed(root) == []
    assert check(root, "--strict-baseline").status == 0
    (root / "generated_pages/techniques/T0001.md").write_text("# Technique T0001: Real Name\n")
    (root / REEL).write_text("(T0001: Reel Name)\n")
    assert check(root).status == 1
    lint("baseline", "update", "--add", cwd=root)
    assert len(listed(root)) == 1
    assert check(root).status == 0


def test_what_a_change_caused_with_a_baseline(tmp_path: Path) -> None:
    from support.git import Repo

    repo = Repo.create(tmp_path / "repo")
    root = write_corpus(repo.folder)
    lint("baseline", "create", cwd=root)
    repo.git("add", "-A")
    repo.git("commit", "-qm", "one")
    edit(root, REEL, "Reel", "Rael")
    done = check(root, "--changed-since", "HEAD", "--fail-on", "info")
    assert done.status == 1
    assert sorted(shown(done)) == [f"N401 {REEL}", f"X902 {NAME}"]
    # A commit is judged by the baseline that it holds.
    assert check(root, "--at", "HEAD", "--strict-baseline").status == 0
