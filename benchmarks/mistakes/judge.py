"""Judging what the linter says of one mistake."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistakes.kinds import Mistake, MistakeKind, Suggest

if TYPE_CHECKING:
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Span
    from mistakes.world import World

# A finding may stand at the words around a change, so many code points from it.
NEAR = 60


@dataclass(frozen=True)
class Judgement:
    """What became of one mistake; `suggested` is None if no suggestion is judged."""

    kind: str
    mode: str
    told: str
    found: bool
    ruled: bool
    placed: bool
    suggested: bool | None
    extra: int
    roots: int
    lines: tuple[str, ...]


def judge(world: World, kind: MistakeKind, mistake: Mistake) -> Judgement:
    """Lint a mistake and compare with what its kind expects."""
    master = kind.mode != "pages"
    new = world.news(mistake.state, master=master)
    ruled = [item for item in new if item.rule in kind.rules]
    placed = [item for item in ruled if _stands(item, kind, mistake)]
    suggested = _suggestion(placed, kind, mistake) if placed else None
    known = world.base(master=master)[1]
    # That a page is behind its workbook is no cause of its own, where nobody generated it anew.
    roots = {item.root_cause for item in new if not (item.root and item.root.behind)} - known
    # What stood there before may be told anew; the mistake's own root cause is none of those.
    right = {next((root for item in placed if (root := item.root_cause) not in known), "")}
    lines = tuple(_line(item) for item in new[:8])
    return Judgement(
        kind.name, kind.mode, mistake.told, bool(new), bool(ruled), bool(placed), suggested,
        len(new) - bool(placed), len(roots - right), lines,
    )  # fmt: skip


def _line(item: Finding) -> str:
    cell, span = item.location.cell, item.location.span
    place = (
        f"{cell.address}"
        if cell
        else f"{item.location.path}:{span.line}:{span.column}"
        if span
        else item.location.path
    )
    origin = f" <{item.source.cell.address}>" if item.source else ""
    told = f"{item.message[:170]} [{item.suggestion!r:.60}]"
    return f"{item.rule} {place}{origin}: {told} {item.root_cause[:4]}"


def _stands(item: Finding, kind: MistakeKind, mistake: Mistake) -> bool:
    """Tell whether a finding stands where the mistake is."""
    if any(item.location.path.startswith(path) for path in mistake.also):
        return True
    if mistake.sheet:
        cells = [item.location.cell, item.source.cell if item.source else None]
        cells += [place.cell for place in item.covers]
        return any(
            cell is not None
            and cell.sheet == mistake.sheet
            and (kind.page or cell.ref == mistake.ref)
            for cell in cells
        )
    if item.location.path != mistake.path:
        return False
    span = item.location.span
    if kind.page or span is None:
        return True
    start, end = _offset(mistake.after, span)
    if kind.line:
        text = mistake.after
        first = text.rfind("\n", 0, max(text.rfind("\n", 0, mistake.start), 0)) + 1
        last = text.find("\n", min(mistake.end + 1, len(text)))
        last = text.find("\n", last + 1) if last >= 0 else len(text)
        return first <= start <= (last if last >= 0 else len(text))
    return start <= mistake.end + NEAR and end >= mistake.start - NEAR


def _offset(text: str, span: Span) -> tuple[int, int]:
    text = text.removeprefix("\ufeff")
    lines = text.splitlines(keepends=True) if "\r" in text else text.split("\n")
    step = 0 if "\r" in text else 1
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + step)
    return starts[span.line - 1] + span.column - 1, starts[span.end_line - 1] + span.end_column - 1


def _suggestion(placed: list[Finding], kind: MistakeKind, mistake: Mistake) -> bool | None:
    """Tell whether what is suggested gives back what stood there."""
    if kind.suggest is Suggest.FREE:
        return None
    results = []
    for item in placed:
        if item.suggestion is None or (mistake.sheet and item.rule == "M701"):
            # What M701 suggests is for the page: what the workbook says.
            continue
        span, cell = item.location.span, item.location.cell
        if cell is None and mistake.sheet:
            cell = item.written_in.cell if item.written_in else None
            span = None
        if mistake.sheet and cell is not None and cell.ref == mistake.ref:
            start, end = cell.offset, cell.end_offset
        elif not mistake.sheet and span is not None and item.location.path == mistake.path:
            start, end = _offset(mistake.after, span)
        else:
            continue
        result = mistake.after[:start] + item.suggestion + mistake.after[end:]
        results.append(_normal(result) == _normal(mistake.before))
    if not results:
        return None if kind.suggest is Suggest.HARMLESS else False
    return any(results)


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split(" "))
