"""The fallout of fixes: the findings that they cause, and which fix caused each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Repair
from disarm_lint.model.text import Location, split_ref

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from disarm_lint.model.finding import Finding


def find_new(
    before: Sequence[Finding],
    after: Iterable[Finding],
    superseded_by: Mapping[str, Collection[str]],
) -> list[Finding]:
    """Return the findings that fixing caused.

    A rule may report a remaining defect in other words once another beside it is fixed. So
    a finding is not new if its rule reports no more in the cell, or about the entity on the
    page, than before, or something milder in a line that was fixed for it. Nor is it new if
    the finding that superseded it is gone.
    """
    after = [finding for finding in after if not is_behind(finding)]
    known = {finding.fingerprint for finding in before}
    gone = Counter((finding.rule, *_name_place(finding)) for finding in before)
    gone.subtract((f.rule, *_name_place(f)) for f in after if f.fingerprint in known)
    left = {finding.fingerprint for finding in after}
    fixed = [finding for finding in before if finding.fingerprint not in left]
    # A page shows the defect of a cell until the page is generated again.
    spoken = [place for finding in fixed for place in finding.covers]
    silenced = frozenset().union(*(finding.silences for finding in fixed))
    rows = {_find_spot(place) for place in spoken if place.cell is not None}
    lines = {(p.path, n) for p in spoken if p.span for n in range(p.span.line, p.span.end_line + 1)}
    ranks = {(f.rule, _find_spot(f.location)): f.severity.rank for f in fixed if f.fix is not None}
    new = []
    for finding in after:
        if finding.fingerprint in known:
            continue
        span = finding.location.span
        told = span is not None and (finding.location.path, span.line) in lines
        # What was silent about a column that was out of place speaks again.
        told = told or not silenced.isdisjoint(finding.named)
        source = finding.source
        cells = [finding.location] + ([Location(source.path, cell=source.cell)] if source else [])
        told = told or any(_find_spot(place) in rows for place in cells if place.cell is not None)
        rank = ranks.get((finding.rule, _find_spot(finding.location)))
        if told or (rank is not None and finding.severity.rank > rank):
            continue
        rules = (finding.rule, *superseded_by.get(finding.rule, ()))
        places = ((rule, *_name_place(finding)) for rule in rules)
        place = next((place for place in places if gone[place] > 0), None)
        if place is None:
            new.append(finding)
        else:
            gone[place] -= 1
    return new


def _name_place(finding: Finding) -> tuple[str, str]:
    cell = finding.location.cell
    return finding.location.path, cell.address if cell else finding.subject


def is_behind(finding: Finding) -> bool:
    """Tell whether a finding is that a generated file is behind its edited source."""
    return finding.root is not None and finding.root.behind


# A file and a line of it, or a file, a sheet and a row.
_Spot = tuple[str, str, int]


def _find_spot(location: Location) -> _Spot:
    if location.cell is not None:
        return location.path, location.cell.sheet, split_ref(location.cell.ref)[1]
    return location.path, "", location.span.line if location.span else 0


def find_guilty(done: Sequence[Finding], new: Sequence[Finding], *, whole: bool) -> frozenset[str]:
    """Return the fingerprints of fixed findings to which new findings are due.

    To one that is about an id, the deletion of its page is due, else what was fixed in its
    line or row. Where that explains none of them: what was fixed in the row of an entity that
    one is about, where a page shows what a cell says, else in its file, else what
    is a guess, else all. Where `whole`, all of the same root causes count.
    """
    near = [f for finding in new for f in _find_near(done, finding)]
    ids = {name for finding in new for name in _list_ids(finding)}
    paths = {finding.location.path for finding in new}
    of_row = [f for f in done if f.origin.rpartition("/")[2] in ids]
    near = (
        near
        or [f for f in of_row if _writes(f, ids)]
        or of_row
        or [f for f in done if any(place.path in paths for place in _list_edited(f))]
        or [f for f in done if f.fix is not None and f.fix.repair is not Repair.SAFE]
        or list(done)
    )
    if whole:
        roots = {finding.root_cause for finding in near}
        near = [finding for finding in done if finding.root_cause in roots]
    return frozenset(finding.fingerprint for finding in near)


def _find_near(done: Sequence[Finding], new: Finding) -> list[Finding]:
    """Return the fixed findings next to a new one, which probably caused it."""
    ids, place = _list_ids(new), _find_spot(new.location)
    return [f for f in done if f.fix is not None and f.fix.deletes and f.subject in ids] or [
        f for f in done if any(_find_spot(edited) == place for edited in _list_edited(f))
    ]


def _list_ids(finding: Finding) -> set[str]:
    return {*finding.subject.split("/"), finding.wrong}


def _writes(finding: Finding, ids: Collection[str]) -> bool:
    """Tell whether the fix of a finding writes one of the ids."""
    return finding.fix is not None and any(e.replacement in ids for e in finding.fix.edits)


def _list_edited(finding: Finding) -> list[Location]:
    return [edit.location for edit in finding.fix.edits] if finding.fix else []
