"""Root causes as reports tell them: what happened, what to do, where, and in which order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Repair, Severity
from disarm_lint.model.text import split_ref
from disarm_lint.report.report import rank_by_harm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disarm_lint.model.finding import Finding
    from disarm_lint.report.report import ShownFinding

_PLACES, _WHERE, _COLUMN = "{places}", "{where}", "{column}"
# Of more folders than these, none is named.
_MOST_FOLDERS = 2
_EVERYWHERE = "the corpus"
# Where the pages are generated from, when no workbook tells.
_UNKNOWN_COLUMN = "the spreadsheet that the pages are generated from"


@dataclass(frozen=True)
class RootCause:
    """The findings that one act of a person fixes, at least one, in their order."""

    findings: tuple[ShownFinding, ...]

    @property
    def first(self) -> ShownFinding:
        """The example that comes first: at a cell if there is one, the gravest."""
        return min(
            self.findings,
            key=lambda i: (i.cell is None, i.finding.severity.rank, i.sort_key),
        )

    @property
    def id(self) -> str:
        """What it goes by: 16 hexadecimal digits, the same in every run."""
        return self.findings[0].finding.root_cause

    @cached_property
    def title(self) -> str:
        """What happened, in plain words."""
        root = self.first.finding.root
        return self._fill(root.title) if root is not None else self.first.finding.message

    @cached_property
    def action(self) -> str:
        """What to do about it."""
        root = self.first.finding.root
        return self._fill(root.action) if root is not None else ""

    def _fill(self, text: str) -> str:
        text = text.replace(_COLUMN, self.where if self._cells else _UNKNOWN_COLUMN)
        return text.replace(_PLACES, self.places).replace(_WHERE, self.where)

    @property
    def harm(self) -> Harm:
        """What it does to the framework, at the worst."""
        return min(item.finding.harm for item in self.findings)

    @property
    def severity(self) -> Severity:
        """The worst severity of its findings."""
        return min((item.finding.severity for item in self.findings), key=lambda s: s.rank)

    @property
    def repair(self) -> Repair:
        """How the tool can fix all of it.

        A finding without a fix is gone with one that is fixed at its cause, or in its cell.
        """
        fixes = [item.finding.fix for item in self.findings if item.finding.fix is not None]
        ends = set().union(*(_list_ends(i.finding) for i in self.findings if i.finding.fix))
        if any(not f.finding.fix and not _list_ends(f.finding) & ends for f in self.findings):
            return Repair.BY_HAND
        safe = all(fix.repair is Repair.SAFE for fix in fixes)
        return Repair.SAFE if safe else Repair.UNSAFE

    @property
    def rules(self) -> tuple[str, ...]:
        """The codes of the rules whose findings it has, sorted."""
        return tuple(sorted({item.finding.rule for item in self.findings}))

    @property
    def causes(self) -> int:
        """How many distinct causes it has."""
        return len({item.finding.cause for item in self.findings})

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """The pages on which it shows, sorted, as shown."""
        # Findings on one row share one tuple, which may be long.
        shared = {id(item.pages): item.pages for item in self.findings}
        return tuple(sorted(set().union(*shared.values())))

    @property
    def _behind(self) -> bool:
        """Whether its pages are behind their cells, so that nothing in these is to be fixed."""
        root = self.findings[0].finding.root
        return root is not None and root.behind

    @cached_property
    def _cells(self) -> dict[tuple[str, str], set[str]]:
        """The cells to fix, by workbook, as shown, and sheet."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for item in self.findings:
            source = item.finding.written_in
            if item.cell is not None:
                found[item.path, item.cell.sheet].add(item.cell.ref)
            elif source is not None and not self._behind:
                found[item.origin or source.path, source.cell.sheet].add(source.cell.ref)
        return dict(sorted(found.items()))

    @cached_property
    def cells(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """The cells to fix: workbook, sheet, and ranges such as `C2:C9`."""
        return tuple(
            (path, sheet, tuple(format_ranges(refs))) for (path, sheet), refs in self._cells.items()
        )

    @cached_property
    def _files(self) -> tuple[str, ...]:
        return tuple(sorted({item.path for item in self.findings}))

    @cached_property
    def where(self) -> str:
        """The column, the sheet or the folder that all of its places are in, in words."""
        if not self._cells:
            folders = sorted({path.rpartition("/")[0] for path in self._files})
            if len(folders) > _MOST_FOLDERS or not all(folders):
                return _EVERYWHERE
            return " and ".join(f"{folder}/" for folder in folders)
        if len(self._cells) > 1:
            return "the workbooks"
        ((_, sheet),) = self._cells
        columns = {split_ref(ref)[0] for refs in self._cells.values() for ref in refs}
        name = sheet if sheet.isidentifier() else f"'{sheet}'"
        return f"{name}!{columns.pop()}" if len(columns) == 1 else f"the sheet {sheet}"

    @cached_property
    def places(self) -> str:
        """All of its places, in words: `146 cells of incidenttechniques!D`."""
        number = sum(map(len, self._cells.values()))
        if number == 1:
            ((_, sheet), (ref,)) = next(iter(self._cells.items()))
            return f"cell {ref} of the sheet {sheet}"
        if number:
            return f"{number:,} cells of {self.where}"
        if len(self._files) == 1:
            return self._files[0]
        files = f"{len(self._files):,} files"
        return files if self.where == _EVERYWHERE else f"{files} in {self.where}"


def _list_ends(finding: Finding) -> set[object]:
    """Return the cause and the cells of a finding, and the cells that its fix edits."""
    edits = finding.fix.edits if finding.fix is not None else ()
    places = [finding.location, *(edit.location for edit in edits)]
    source = finding.source
    found: set[object] = {finding.cause}
    found |= {(p.path, p.cell.sheet, p.cell.ref) for p in places if p.cell is not None}
    if source is not None:
        found.add((source.path, source.cell.sheet, source.cell.ref))
    return found


def group_by_root(findings: Iterable[ShownFinding]) -> list[RootCause]:
    """Group findings by root cause, the gravest first."""
    groups: dict[str, list[ShownFinding]] = defaultdict(list)
    for item in findings:
        groups[item.finding.root_cause or item.finding.cause].append(item)
    return sorted(
        (RootCause(tuple(group)) for group in groups.values()),
        key=lambda root: rank_by_harm(root.findings),
    )


def format_ranges(refs: Iterable[str]) -> list[str]:
    """Return cells by column and row, neighbours in a column as a range: `C2:C9`, `C14`."""
    ordered = sorted(map(split_ref, refs), key=lambda at: (len(at[0]), at))
    found: list[tuple[str, int, int]] = []
    for column, row in ordered:
        if found and found[-1][0] == column and row == found[-1][2] + 1:
            found[-1] = (column, found[-1][1], row)
        else:
            found.append((column, row, row))
    return [f"{c}{a}" if a == b else f"{c}{a}:{c}{b}" for c, a, b in found]
