"""A corpus in memory that is linted again and again, each time with one mistake in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from unittest import mock

import disarm_rules
from disarm_lint.history.walk import CachingParser
from disarm_lint.model.config import Config
from disarm_lint.parse import xlsx
from disarm_lint.parse.xlsx_limits import EMPTY, CellValue, WorkbookData
from disarm_lint.project import lint, read_corpus
from disarm_lint.ruleset import load_rules
from disarm_lint.sources.filesystem import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding

PAGES = "generated_pages/"
Rows = list[list[str]]


@dataclass
class State:
    """What is linted: the pages, and the sheets by name, each a list of rows of texts."""

    pages: dict[str, bytes]
    sheets: dict[str, Rows] = field(default_factory=dict)

    def copy(self) -> State:
        """Return a state that can be changed without changing this one."""
        return State(dict(self.pages), dict(self.sheets))


class _Clean:
    """Knows the documents of which the rules that judge each alone said nothing before."""

    def __init__(self) -> None:
        self._known: set[tuple[object, ...]] = set()

    def is_clean(self, document: Document, rules: str) -> bool:
        """Tell whether a document with this text was clean; the rules are always the same."""
        del rules
        return self._key(document) in self._known

    def keep_clean(self, document: Document, rules: str) -> None:
        """Keep that one is."""
        del rules
        self._known.add(self._key(document))

    @staticmethod
    def _key(document: Document) -> tuple[object, ...]:
        source = document.source
        bytes_ = getattr(source, "encoding", ""), getattr(source, "bom", None), source.invalid
        return document.path, source.text, *bytes_


class World:
    """The corpus as it stands, and what the linter says of it with some of it changed."""

    def __init__(self, root: Path) -> None:
        """Read the corpus under a folder."""
        files = {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and ".git" not in path.parts
        }
        self.books = {path: data for path, data in files.items() if path.endswith(".xlsx")}
        self.pages = {
            path: data
            for path, data in files.items()
            if path.endswith(".md") and path.startswith(PAGES)
        }
        # What links lead to beside the pages counts, what is published of them does not.
        self.others = {
            path: data
            for path, data in files.items()
            if path not in self.pages
            and path not in self.books
            and not path.startswith("generated_files/")
        }
        self.parser = CachingParser()
        self._clean = _Clean()
        self.rules = [rule for rule in load_rules(disarm_rules) if rule.rule.default]
        self._read: dict[str, WorkbookData] = {}
        self._start = self.state()
        self._base: dict[bool, tuple[Counter[str], frozenset[str]]] = {}

    def state(self) -> State:
        """Return the corpus as it stands."""
        sheets: dict[str, Rows] = {}
        for path, data in self.books.items():
            for name, sheet in self._workbook(path, data, None).sheets.items():
                rows = [[cell.text for cell in row] for row in sheet.rows]
                while rows and not any(rows[-1]):
                    rows.pop()
                sheets[name] = rows
        return State(dict(self.pages), sheets)

    def _workbook(self, path: str, data: bytes, wanted: Sequence[str] | None) -> WorkbookData:
        if path not in self._read:
            self._read[path] = xlsx.read_workbook(path, data, wanted)
        return self._read[path]

    def lint(self, state: State, *, master: bool) -> tuple[Finding, ...]:
        """Return all findings; without the workbooks, where not `master`."""
        files = {**self.others, **state.pages}
        if not master:
            return self._lint(files)
        original = self._start

        def read(path: str, data: bytes, wanted: Sequence[str] | None) -> WorkbookData:
            book = self._workbook(path, data, wanted)
            sheets = {}
            for name, sheet in book.sheets.items():
                new = state.sheets.get(name)
                if new is None:
                    # A sheet that was renamed keeps its place and its old rows.
                    found = state.sheets.get(f"={name}")
                    if found:
                        title = found[0][0]
                        sheets[title] = replace(sheet, name=title)
                elif new == original.sheets[name]:
                    sheets[name] = sheet
                else:
                    sheets[name] = replace(
                        sheet, rows=_cells(new, original.sheets[name], sheet.rows)
                    )
            return replace(book, sheets=sheets, names=tuple(sheets))

        if state.sheets == original.sheets:
            return self._lint({**files, **self.books})
        self.parser._workbooks.clear()
        with mock.patch.object(xlsx, "read_workbook", read):
            found = self._lint({**files, **self.books})
        self.parser._workbooks.clear()
        return found

    def _lint(self, files: Mapping[str, bytes]) -> tuple[Finding, ...]:
        corpus = read_corpus(MemoryTree(files), Config(), parser=self.parser)
        return lint(corpus, self.rules, Config(), clean=self._clean).outcome.findings

    def prepare(self) -> None:
        """Lint the corpus as it stands, with and without workbooks."""
        for master in (False, True):
            self.base(master=master)

    def base(self, *, master: bool) -> tuple[Counter[str], frozenset[str]]:
        """Return the fingerprints, with their numbers, and the root causes of the corpus."""
        if master not in self._base:
            found = self.lint(self.state(), master=master)
            self._base[master] = (
                Counter(item.fingerprint for item in found),
                frozenset(item.root_cause for item in found),
            )
        return self._base[master]

    def news(self, state: State, *, master: bool) -> list[Finding]:
        """Return the findings that the corpus as it stands does not have."""
        left = Counter(self.base(master=master)[0])
        new = []
        for item in self.lint(state, master=master):
            if left[item.fingerprint]:
                left[item.fingerprint] -= 1
            else:
                new.append(item)
        return new


def _cells(
    new: Rows, old: Rows, cells: Sequence[Sequence[CellValue]]
) -> tuple[tuple[CellValue, ...], ...]:
    """Return cells for texts: those that were, with their values, where the text is the same."""
    known = {cell.text: cell for row in cells for cell in row if cell.text}

    def make(text: str) -> CellValue:
        return known.get(text) or (CellValue(text, text) if text else EMPTY)

    width = max(map(len, new), default=0)
    return tuple(
        tuple(make(text) for text in [*row, *[""] * (width - len(row))]) if any(row) else ()
        for row in _recompute(new, old)
    )


def _recompute(new: Rows, old: Rows) -> Rows:
    """Return rows with the long names that the formulas of a spreadsheet would have made."""
    if not old or "longname" not in old[0]:
        return new
    column = old[0].index("longname")

    def formula(row: list[str]) -> str:
        return f"{row[0]} - {row[1]}"

    rows = list(new)
    for number, (row, before) in enumerate(zip(new, old, strict=False)):
        if len(row) > column < len(before) and row[column] == before[column] == formula(before):
            rows[number] = [*row[:column], formula(row), *row[column + 1 :]]
    return rows
