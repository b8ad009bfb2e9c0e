"""Planning fixes: which edits are made, and the new bytes of the files."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Repair
from disarm_lint.model.text import PageSource, RowSource
from disarm_lint.parse.cell_text import CellEdit
from disarm_lint.parse.xlsx_edit import edit_cells
from disarm_lint.parse.xlsx_limits import BadWorkbookError
from disarm_lint.sources.decoding import replace_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Edit, Finding
    from disarm_lint.model.text import Location


@dataclass(frozen=True)
class FixChoice:
    """Which fixes to make: unsafe ones, in pages, in workbooks, of which root causes (None: all).

    `spared` are the fingerprints of findings whose fixes are not made.
    """

    unsafe: bool = False
    pages: bool = True
    workbooks: bool = True
    roots: Collection[str] | None = None
    spared: frozenset[str] = frozenset()

    def takes(self, finding: Finding) -> bool:
        """Tell whether the fix of a finding is to be made."""
        fix = finding.fix
        if fix is None or (fix.repair is not Repair.SAFE and not self.unsafe):
            return False
        if self.roots is not None and finding.root_cause not in self.roots:
            return False
        if finding.fingerprint in self.spared:
            return False
        cells = any(edit.location.cell is not None for edit in fix.edits)
        texts = bool(fix.deletes) or any(edit.location.cell is None for edit in fix.edits)
        return (self.workbooks or not cells) and (self.pages or not texts)


@dataclass(frozen=True)
class FixPlan:
    """A plan of fixes: the new bytes by path, the fixed findings, and refusals with reasons.

    `changes` are the edits, each with the text that it replaces. `faded` are the cells that
    lose the formatting of replaced words; `behind` are the formulas that may read edited cells
    and keep their old values; `deleted` are the files to delete.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    fixed: tuple[Finding, ...] = ()
    changes: tuple[tuple[Edit, str], ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    faded: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    deleted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ShownEdit:
    """An edit with the words around it: what stands there now, and what would stand there.

    `more` is how many further edits the fix has.
    """

    location: Location
    before: str
    old: str
    new: str
    after: str
    more: int = 0


def preview_fixes(
    corpus: Corpus, findings: Iterable[Finding], *, around: int
) -> Iterator[ShownEdit]:
    """Yield the first edit of each fix that can be made, with `around` code points at each side."""
    planner = _Planner(corpus, crossing=True)
    for finding in findings:
        known = set(planner.changes)
        if not planner.accept(finding):
            continue
        fresh = [place for place in planner.changes if place not in known]
        if fresh:
            yield planner.show(fresh[0], around, more=len(fresh) - 1)


# The place of an edit: file, cell (empty in a page), start and end in code points.
_Place = tuple[str, str, int, int]


def plan_fixes(
    corpus: Corpus,
    findings: Iterable[Finding],
    choice: FixChoice,
    read: Callable[[str], bytes],
) -> FixPlan:
    """Plan the fixes of findings in the files of a corpus.

    A fix is made whole or not at all. It is not made if its words overlap those of a graver
    one, or if its cell cannot be edited. `read` returns the bytes of a linted file.
    """
    wanted = sorted(filter(choice.takes, findings), key=lambda finding: finding.harm)
    refused: dict[str, str] = {}
    while True:
        planner = _Planner(corpus, crossing=choice.unsafe)
        accepted = [finding for finding in wanted if planner.accept(finding)]
        files, told = planner.write(read)
        if not told:
            changes = tuple(planner.changes.values())
            return FixPlan(
                files,
                tuple(accepted),
                changes,
                refused,
                tuple(planner.faded),
                tuple(planner.behind),
                frozenset(planner.deleted),
            )
        for path, cell, reason in told:
            refused[f"{path}!{cell}" if cell else path] = reason
        lost = {(path, cell) for path, cell, _ in told}
        wanted = [f for f in wanted if not (lost & planner.places(f))]


class _Planner:
    """Collects edits that do not overlap, and applies them."""

    def __init__(self, corpus: Corpus, *, crossing: bool) -> None:
        self._crossing = crossing
        self.faded: list[str] = []
        self.behind: list[str] = []
        self.deleted: set[str] = set()
        self._pages: dict[str, PageSource] = {}
        self._cells: dict[tuple[str, str], tuple[str, str]] = {}
        for document in corpus.all_documents:
            source = document.source
            if isinstance(source, PageSource):
                self._pages[source.path] = source
            elif isinstance(source, RowSource):
                for number, ref in enumerate(source.refs):
                    place = (source.path, f"{source.sheet}!{ref}")
                    self._cells[place] = (source.sheet, source.cell_text(number).raw)
        self._taken: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        self._edited: set[str] = set()
        self.changes: dict[_Place, tuple[Edit, str]] = {}

    def places(self, finding: Finding) -> set[tuple[str, str]]:
        """Return the files and cells that the fix of a finding edits."""
        found = [self._place(edit) for edit in (finding.fix.edits if finding.fix else ())]
        return {place[:2] for place in found if place is not None}

    def accept(self, finding: Finding) -> bool:
        """Accept the edits of a finding, unless they overlap accepted ones."""
        edits = finding.fix.edits if finding.fix else ()
        deletes = finding.fix.deletes if finding.fix else ()
        if any(path not in self._pages or path in self._edited for path in deletes):
            return False
        placed = [(edit, self._place(edit)) for edit in edits]
        fresh = []
        for edit, place in placed:
            if place is None or place[0] in self.deleted:
                return False
            known = self.changes.get(place)
            if known is not None and known[0].replacement == edit.replacement:
                continue
            if known is not None or self._overlaps(place):
                return False
            fresh.append((edit, place))
        for edit, place in fresh:
            path, cell, start, end = place
            insort(self._taken[path, cell], (start, end))
            self._edited.add(path)
            self.changes[place] = (edit, self._text(place)[start:end])
        self.deleted.update(deletes)
        return bool(edits or deletes)

    def _overlaps(self, place: _Place) -> bool:
        path, cell, start, end = place
        taken = self._taken[path, cell]
        at = bisect_right(taken, (start, end))
        near = taken[max(0, at - 1) : at + 1]
        # The result of two insertions at one place would depend on their order.
        return any(one < max(end, start + 1) and start < max(other, one + 1) for one, other in near)

    def show(self, place: _Place, around: int, *, more: int) -> ShownEdit:
        """Return an edit that was taken with the words around it; `more` others go with it."""
        edit, old = self.changes[place]
        text, (start, end) = self._text(place), place[2:]
        before, after = text[max(0, start - around) : start], text[end : end + around]
        return ShownEdit(
            edit.location,
            before if start <= around else f"…{before}",
            old,
            edit.replacement,
            after if end + around >= len(text) else f"{after}…",
            more,
        )

    def _text(self, place: _Place) -> str:
        path, cell = place[:2]
        return self._cells[path, cell][1] if cell else self._pages[path].text

    def _place(self, edit: Edit) -> _Place | None:
        location = edit.location
        if location.cell is not None:
            cell = f"{location.cell.sheet}!{location.cell.ref}"
            if (location.path, cell) not in self._cells:
                return None
            return location.path, cell, location.cell.offset, location.cell.end_offset
        page, span = self._pages.get(location.path), location.span
        if page is None or span is None or page.invalid or page.encoding != "utf-8":
            return None
        starts = page.line_starts
        start = starts[span.line - 1] + span.column - 1
        return location.path, "", start, starts[span.end_line - 1] + span.end_column - 1

    def write(
        self, read: Callable[[str], bytes]
    ) -> tuple[dict[str, bytes], list[tuple[str, str, str]]]:
        """Return the new bytes by path, and the files and cells that cannot be edited."""
        files: dict[str, bytes] = {}
        refused: list[tuple[str, str, str]] = []
        by_file: dict[str, list[_Place]] = defaultdict(list)
        for place in self.changes:
            by_file[place[0]].append(place)
        for path, places in by_file.items():
            if path in self._pages:
                edits = [(*place[2:], self.changes[place][0].replacement) for place in places]
                files[path] = replace_texts(self._pages[path], read(path), edits)
                continue
            try:
                edited = edit_cells(read(path), self._cell_edits(places))
            except BadWorkbookError as problem:
                refused.append((path, "", problem.reason))
                refused += [(path, place[1], problem.reason) for place in places]
                continue
            for (sheet, ref), reason in edited.refused.items():
                refused.append((path, f"{sheet}!{ref}", reason))
            self.faded += [f"{path}!{sheet}!{ref}" for sheet, ref in sorted(edited.faded)]
            self.behind += [f"{path}!{sheet}!{ref}" for sheet, ref in edited.behind]
            files[path] = edited.data
        return files, refused

    def _cell_edits(self, places: Sequence[_Place]) -> list[CellEdit]:
        edits = []
        for place in places:
            path, cell, start, end = place
            sheet, text = self._cells[path, cell]
            ref = cell.rpartition("!")[2]
            edit = self.changes[place][0]
            edits.append(
                CellEdit(
                    sheet,
                    ref,
                    text,
                    start,
                    end,
                    edit.replacement,
                    crossing=self._crossing,
                    moved_from=edit.moved_from,
                )
            )
        return edits
