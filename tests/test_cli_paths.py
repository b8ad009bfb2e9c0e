"""Which files a run reads and reports, and how paths are shown."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from support.cli import lint, write_corpus

if TYPE_CHECKING:
    from pathlib import Path

CONCISE = ("--select", "N401", "--output-format", "concise")
HERE = "generated_pages/"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus")


def places(*arguments: str, cwd: Path) -> list[str]:
    """Return the places of N401 findings."""
    return [line.partition(": ")[0] for line in lint(*CONCISE, *arguments, cwd=cwd).lines]


ALL = ["incidents/I00001.md:3:18", "incidents/I00001.md:3:38", "techniques/T0002.md:3:13"]


def test_no_path_is_the_corpus_around(corpus: Path) -> None:
    assert places(cwd=corpus) == [HERE + place for place in ALL]
    assert places(cwd=corpus / "generated_pages") == ALL
    inside = corpus / "generated_pages" / "incidents"
    assert places(cwd=inside) == ["../techniques/T0002.md:3:13", "I00001.md:3:18", "I00001.md:3:38"]
    (tmp := corpus.parent / "beside").mkdir()
    assert places("../corpus", cwd=tmp) == [f"../corpus/{HERE}{place}" for place in ALL]


def test_one_page_is_judged_with_what_it_breaks_elsewhere(corpus: Path) -> None:
    assert places("generated_pages/techniques/T0001.md", cwd=corpus) == [
        HERE + "incidents/I00001.md:3:18",
        HERE + "techniques/T0002.md:3:13",
    ]
    assert places("generated_pages/techniques/T0002.md", cwd=corpus) == [
        HERE + "incidents/I00001.md:3:38",
        HERE + "techniques/T0002.md:3:13",
    ]
    assert places(str(corpus / "generated_pages" / "incidents"), cwd=corpus) == [
        HERE + "incidents/I00001.md:3:18",
        HERE + "incidents/I00001.md:3:38",
    ]
    assert places("I00001.md", cwd=corpus / "generated_pages" / "incidents") == [
        "I00001.md:3:18",
        "I00001.md:3:38",
    ]


def test_the_summary_says_that_not_all_was_judged(corpus: Path) -> None:
    result = lint("--select", "T501", "generated_pages/techniques/T0001.md", cwd=corpus)
    assert " ".join(result.out.split()) == (
        "All good: nothing to report in what you named "
        "(read for it: 3 files, 3 entities, 3 citations)."
    )


def test_a_file_is_linted_whatever_its_suffix(corpus: Path) -> None:
    (corpus / "notes.log").write_text("As in (T0001: Reel Name).\n")
    assert places("notes.log", cwd=corpus) == ["notes.log:1:15"]
    assert "notes.log" not in lint(*CONCISE, cwd=corpus).out


def test_exclude_wins_over_a_named_file(corpus: Path) -> None:
    (corpus / ".disarm-lint.yaml").write_text("exclude: [T0002.md]\n")
    assert places("generated_pages/techniques/T0002.md", cwd=corpus) == []
    assert places(cwd=corpus) == [HERE + ALL[0]]
    (corpus.parent / "loose").mkdir()
    (corpus.parent / "loose" / ".disarm-lint.yaml").write_text("exclude: ['*.txt']\n")
    (corpus.parent / "loose" / "a.txt").write_text("text")
    result = lint("loose/a.txt", cwd=corpus.parent)
    assert result.status == 0
    assert result.err == (
        "disarm-lint: nothing to check: the configuration excludes what was named\n"
    )


def test_several_corpora_are_linted_each_for_itself(tmp_path: Path) -> None:
    write_corpus(tmp_path / "one")
    write_corpus(tmp_path / "two", {"techniques/T0001.md": "# Technique T0001: Reel Name\n"})
    (tmp_path / "two" / "README.md").write_text("(T0001: Reel Nome)\n")
    (tmp_path / "loose.md").write_text("(T0001: Reel Nome)\n")
    expected = [f"one/generated_pages/{place}" for place in ALL]
    assert places("one", "two", cwd=tmp_path) == expected
    assert places(".", cwd=tmp_path) == expected
    report = json.loads(lint("--output-format", "json", ".", cwd=tmp_path).out)
    assert report["corpus"]["root"] is None
    assert report["summary"]["files"] == 5
    paths = {finding["path"] for finding in report["findings"]}
    assert "loose.md" in paths
    assert "two/README.md" not in paths
    report = json.loads(lint("--output-format", "json", "one", "two", cwd=tmp_path).out)
    assert report["summary"]["files"] == 4


def test_a_corpus_below_the_named_folder_is_found(tmp_path: Path) -> None:
    write_corpus(tmp_path / "repository" / "data")
    assert places("repository", cwd=tmp_path) == [
        f"repository/data/generated_pages/{place}" for place in ALL
    ]
    assert places(cwd=tmp_path) == places("repository", cwd=tmp_path)


def test_a_config_above_governs_several_corpora(tmp_path: Path) -> None:
    write_corpus(tmp_path / "one")
    write_corpus(tmp_path / "two", {"techniques/T0009.md": "# Technique T0009: Name\n"})
    (tmp_path / ".disarm-lint.yaml").write_text(
        "aliases:\n  T0001: [Reel Name]\n  T0009: [Nome]\n  T0777: [Nobody]\n"
    )
    assert places(cwd=tmp_path) == ["one/generated_pages/incidents/I00001.md:3:38"]
    result = lint("--select", "X903", "--output-format", "concise", cwd=tmp_path)
    # Each of the first two ids is in one of the corpora, the third is in none.
    assert [line.partition(": ")[0] for line in result.lines] == [".disarm-lint.yaml:4:3"]


def test_loose_files_alone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "page.txt").write_text("# Technique T0001: Name\n\n(T0002: Nobody)\n")
    (tmp_path / "a" / "other.txt").write_text("other\n")
    report = json.loads(lint("--output-format", "json", "a/page.txt", cwd=tmp_path).out)
    assert report["summary"]["files"] == 1
    assert report["summary"]["entities"] == 0
    assert not [f for f in report["findings"] if f["rule"] in ("R201", "N401", "S102")]
    report = json.loads(lint("--output-format", "json", "a", cwd=tmp_path).out)
    assert report["summary"]["files"] == 2


NEWCOMER = (
    "A corpus is a folder that holds generated_pages/, the Markdown pages of the DISARM "
    "framework; name it, or some pages, as in `disarm-lint path/to/DISARMframeworks`\n"
)


def test_a_newcomer_is_told_what_a_corpus_is(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "README.md").write_text("# Something else\n")
    result = lint(cwd=tmp_path / "place")
    assert (result.status, result.out) == (2, "")
    assert result.err == f"disarm-lint: there is no corpus in or around “place”. {NEWCOMER}"


def test_an_empty_folder(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = lint("empty", cwd=tmp_path)
    assert (result.status, result.out) == (2, "")
    assert result.err == f"disarm-lint: there is nothing to lint in “empty”. {NEWCOMER}"
    result = lint("empty", "--allow-empty", cwd=tmp_path)
    assert (result.status, result.err) == (0, "")
    assert result.out == "All good: nothing to report in 0 files.\n"
    assert lint("--allow-empty", cwd=tmp_path / "empty").status == 0
    (corpus / "docs").mkdir()
    result = lint("docs", cwd=corpus)
    assert result.status == 2
    assert result.err.startswith("disarm-lint: there is nothing to lint in “docs”: of a corpus, ")


@pytest.mark.parametrize("path", ["absent", "generated_pages/techniques/T0001.md/x", ""])
def test_a_missing_path(corpus: Path, path: str) -> None:
    result = lint("generated_pages", path, cwd=corpus)
    assert (result.status, result.out) == (2, "")
    assert result.err == f"disarm-lint: there is no file or folder “{path}”\n"


@pytest.mark.skipif(os.name != "posix", reason="names of files, links")
def test_hostile_paths(corpus: Path, tmp_path: Path) -> None:
    name = "T0002\x1b[31m\u202e\x07.md"
    target = corpus / "generated_pages" / "techniques" / name
    target.write_text("# Technique T0002: N\n\n(T0001: Reel Name\x1b]0;title\x07)\n")
    for fmt in ("text", "concise", "json"):
        result = lint("--output-format", fmt, cwd=corpus)
        assert result.status == 1
        assert b"\x1b" not in result.raw
        assert b"\x07" not in result.raw
        assert "\u202e" not in result.out
    assert "T0002<U+001B>[31m<U+202E><U+0007>.md:3:9: E N401" in lint(*CONCISE, cwd=corpus).out
    report = json.loads(lint("--output-format", "json", cwd=corpus).out)
    assert HERE + f"techniques/{name}" in {finding["path"] for finding in report["findings"]}
    result = lint("absent\x1b[31m", cwd=corpus)
    assert result.err == "disarm-lint: there is no file or folder “absent<U+001B>[31m”\n"


@pytest.mark.skipif(os.name != "posix" or os.uname().sysname == "Darwin", reason="names of bytes")
def test_names_that_are_no_utf8(corpus: Path) -> None:
    page = corpus / "generated_pages" / "techniques" / os.fsdecode(b"T\xff.md")
    page.write_bytes(b"# Technique T0003: N\n\n(T0001: Reel Name)\n")
    for fmt in ("text", "concise", "json"):
        result = lint("--output-format", fmt, cwd=corpus)
        assert (result.status, result.err) == (1, "")
        result.raw.decode("utf-8")


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_loop_of_links_is_a_finding(corpus: Path) -> None:
    loop = corpus / "generated_pages" / "loop.md"
    loop.symlink_to("loop.md")
    result = lint("--select", "X901", "--output-format", "concise", str(loop), cwd=corpus)
    assert (result.status, result.err) == (1, "")
    assert result.out.startswith("generated_pages/loop.md: E X901 ") or result.out.startswith(
        "generated_pages/loop.md:1:1: E X901 "
    )
    (corpus.parent / "loose.md").symlink_to("nothing.md")
    assert lint("loose.md", cwd=corpus.parent).status == 1
    # Where no rule may say that a file cannot be read, the run must not look clean.
    result = lint("--select", "N401", "loose.md", cwd=corpus.parent)
    assert result.status == 2
    assert result.err.startswith("disarm-lint: “loose.md” cannot be read: ")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_folders_and_files_without_permission(corpus: Path, tmp_path: Path) -> None:
    closed = corpus / "generated_pages" / "incidents"
    closed.chmod(0)
    try:
        for named in ((), ("generated_pages/incidents",), ("generated_pages/incidents/I00001.md",)):
            result = lint("--select", "X901", "--output-format", "concise", *named, cwd=corpus)
            assert (result.status, result.err) == (1, "")
            assert "permission denied" in result.out
    finally:
        closed.chmod(0o755)
    (tmp_path / "shut").mkdir(mode=0)
    result = lint("--select", "X901", "--output-format", "concise", "shut", cwd=tmp_path)
    assert (result.status, result.err) == (1, "")
