"""The project's own documents: no merge left markers in them, and their links lead somewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.cli import lint
from support.published import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = (".ci", ".github", "benchmarks", "docs", "examples", "lint", "rules", "schemas", "tests")
TEXTS = frozenset({"", ".j2", ".js", ".json", ".md", ".py", ".toml", ".txt", ".yaml", ".yml"})
README = ROOT / "README.md"
# The manual of the rule that finds them shows some.
MANUAL = frozenset({
    ROOT / "docs" / "rules" / "T506-merge-conflict.md",
    ROOT / "rules" / "disarm_rules" / "t506_merge_conflict.py",
})  # fmt: skip

# A line of `=` alone is a heading in Markdown; the other markers decide.
_MARKER = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: .*)?$", re.MULTILINE)
_FENCE = re.compile(r"^ *(```+).*?^ *\1`*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
_ALL = re.MULTILINE | re.DOTALL
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def texts() -> list[Path]:
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        found += (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return sorted(path for path in found if path.suffix in TEXTS)


def guides() -> list[Path]:
    """Return the documents that people read, without the sample pages and their mistakes."""
    pages = (path for path in texts() if path.suffix == ".md" and path not in MANUAL)
    return [path for path in pages if not {"generated_pages", "corpus"} & set(path.parts)]


def markers(text: str) -> list[int]:
    return [text.count("\n", 0, match.start()) + 1 for match in _MARKER.finditer(text)]


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def test_a_conflict_is_found_and_an_underlined_heading_is_none() -> None:
    assert markers("Heading\n=======\n\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n") == [4, 8]


def test_no_merge_left_its_markers() -> None:
    left = {
        path.relative_to(ROOT).as_posix(): lines
        for path in texts()
        if path not in MANUAL and (lines := markers(path.read_text("utf-8", "replace")))
    }
    assert left == {}


@pytest.mark.parametrize("page", guides(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    # Links in code spans are examples.
    for path, anchor in _LINK.findall(re.sub(r"`[^`\n]+`", "", text)):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        if anchor:
            assert anchor in anchors(target), f"{path}#{anchor}"


def samples() -> list[tuple[str, list[str]]]:
    """Return the commands of the README on our own corpora, with the lines that it shows."""
    found = []
    for block in re.findall(r"^```text\n\$ (.*?)^```$", README.read_text("utf-8"), _ALL):
        command, *shown = block.splitlines()
        found.append((command, [line for line in shown if line.strip("… ")]))
    return found


@pytest.mark.parametrize(("command", "shown"), samples(), ids=[name for name, _ in samples()])
def test_the_readme_shows_what_the_command_prints(command: str, shown: list[str]) -> None:
    program, *arguments = command.split()
    assert program == "disarm-lint"
    printed = lint(*arguments, cwd=ROOT).out.splitlines()
    assert [line for line in shown if line not in printed] == []
