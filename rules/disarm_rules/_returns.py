"""Fixes that move the texts of a shifted column back beside their ids."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import simplify_name
from disarm_lint.model.finding import Edit, Fix, Repair
from disarm_lint.ruleset import derived
from disarm_rules._alignment import list_evidence_texts
from disarm_rules._evidence import read_evidence_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_rules._alignment import EvidenceText, Misalignment


def fix_shift(corpus: Corpus, item: Misalignment) -> Fix | None:
    """Return the fix that moves the texts of a shifted column back; None if it is not certain.

    Only texts that cite ids show where a shift begins. A text that cites none is placed as
    the pages show it, if they were generated before the shift.
    """
    if not item.runs:
        return None
    rows = [row for _, row in sorted(item.rows.items())]
    offsets = _place_texts(rows, item, _RenderedPages(corpus, item))
    if offsets is None:
        return None
    moves = {n: n - offset for n, offset in offsets.items() if offset}
    staying = {row.number for row in rows if row.text.raw.strip()} - set(moves)
    targets = set(moves.values())
    if len(targets) != len(moves) or targets & staying or targets - set(item.rows):
        return None
    return _move_texts(item.rows, moves)


def fix_stray(corpus: Corpus, document: Document) -> Fix | None:
    """Return the fix that moves the text of a row to the one row of its sheet that it fits.

    If that row has a text that fits this row, the two texts are swapped.
    """
    by_document = _map_by_document(corpus)
    text = by_document.get(id(document))
    if text is None or not text.cited:
        return None
    sheet = document.sheet.name if document.sheet else ""
    fitting = _group_by_ids(corpus).get((document.path, sheet, text.cited), ())
    if len(fitting) != 1 or fitting[0] is text:
        return None
    other = fitting[0]
    moves = {text.number: other.number}
    if other.text.raw.strip():
        if not other.fits(text) or other.fits(other):
            return None
        moves[other.number] = text.number
    return _move_texts({row.number: row for row in (text, other)}, moves)


@derived
def _map_by_document(corpus: Corpus) -> dict[int, EvidenceText]:
    return {id(text.document): text for text in list_evidence_texts(corpus)}


@derived
def _group_by_ids(corpus: Corpus) -> dict[tuple[str, str, frozenset[str]], list[EvidenceText]]:
    found: dict[tuple[str, str, frozenset[str]], list[EvidenceText]] = defaultdict(list)
    for text in list_evidence_texts(corpus):
        sheet = text.document.sheet
        found[text.document.path, sheet.name if sheet else "", text.ids].append(text)
    return found


def _move_texts(rows: Mapping[int, EvidenceText], moves: Mapping[int, int]) -> Fix | None:
    """Return the edits that move texts from row to row; `moves` are the numbers of rows."""
    edits = []
    for source, target in sorted(moves.items()):
        ref = _find_address(rows[source])
        if ref is None:
            return None
        edits.append(Edit(rows[target].text.location, rows[source].text.raw, moved_from=ref))
    edits += [Edit(rows[n].text.location, "") for n in sorted(set(moves) - set(moves.values()))]
    return Fix(Repair.UNSAFE, tuple(edits))


def _find_address(row: EvidenceText) -> str | None:
    cell = row.text.location.cell
    return cell.ref if cell is not None else None


class _RenderedPages:
    """The texts that the pages of incidents show, if they were generated before the shift."""

    def __init__(self, corpus: Corpus, item: Misalignment) -> None:
        self._corpus = corpus
        self._shown: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in read_evidence_rows(corpus):
            if row.document.sheet is None and row.document.id == row.incident:
                self._shown[row.incident, row.technique].add(simplify_name(row.text.raw))
        before = after = 0
        for run in item.runs:
            for text in run.texts:
                target = item.rows.get(text.number - run.offset)
                before += target is not None and self.show(text, target)
                after += self.show(text, text)
        self.old = before > after

    def show(self, text: EvidenceText, row: EvidenceText) -> bool:
        """Tell whether a page shows a text beside one of the ids of a row."""
        words = simplify_name(text.text.raw)
        return any(
            words in self._shown.get((item.subject, item.target), ())
            for item in self._corpus.statements_of(row.document)
        )


# The number of a row and the offset of its text.
_Anchor = tuple[int, int]


def _place_texts(
    rows: Sequence[EvidenceText], item: Misalignment, pages: _RenderedPages
) -> dict[int, int] | None:
    """Return the offset of each text by the number of its row; None if one is not certain."""
    anchors = list(_list_anchors(rows, item))
    written = [row for row in rows if row.text.raw.strip()]
    placed: dict[int, int] = {}
    left: _Anchor = (rows[0].number - 1, 0)
    for right in (*anchors, None):
        between = [
            row
            for row in written
            if left[0] < row.number and (right is None or row.number < right[0])
        ]
        if right is None or right[1] == left[1]:
            placed.update((row.number, left[1]) for row in between)
        else:
            split = _find_split(between, left, right, item, pages)
            if split is None:
                return None
            placed.update((row.number, left[1]) for row in between[:split])
            placed.update((row.number, right[1]) for row in between[split:])
        if right is not None:
            placed[right[0]] = right[1]
            left = right
    return placed


def _list_anchors(rows: Sequence[EvidenceText], item: Misalignment) -> Iterator[_Anchor]:
    """Yield the rows whose texts show where they belong, with their offsets."""
    starts = [run.first for run in item.runs]
    offsets = {run.offset for run in item.runs}
    for row in rows:
        number = bisect_right(starts, row.number) - 1
        run = item.runs[number] if number >= 0 else None
        if run is not None and row.number <= run.last:
            if row.text.raw.strip():
                yield row.number, run.offset
        elif row.cited and row.fits(row):
            others = (item.rows.get(row.number - offset) for offset in offsets)
            # A text that would also fit where a run puts it shows nothing.
            if not any(other is not None and row.fits(other) for other in others):
                yield row.number, 0


def _find_split(
    between: Sequence[EvidenceText],
    left: _Anchor,
    right: _Anchor,
    item: Misalignment,
    pages: _RenderedPages,
) -> int | None:
    """Return how many texts between two rows have the offset of the first; None if unknown."""
    gains = [0]
    for row in between:
        here, there = (item.rows.get(row.number - offset) for offset in (left[1], right[1]))
        gains.append(gains[-1] + _score_fit(row, here, pages) - _score_fit(row, there, pages))
    numbers = [left[0], *(row.number for row in between), right[0]]
    # Texts keep their order, and no two share a row.
    scores = {
        split: gains[split]
        for split in range(len(between) + 1)
        if numbers[split] - left[1] < numbers[split + 1] - right[1]
    }
    if not scores:
        return None
    best = max(scores.values())
    found = [split for split, score in scores.items() if score == best]
    return found[0] if len(found) == 1 else None


def _score_fit(text: EvidenceText, row: EvidenceText | None, pages: _RenderedPages) -> int:
    """Return how well a text fits the ids of a row."""
    if row is None:
        return -4
    cites = (2 if text.fits(row) else -2) if text.cited else 0
    return cites + (pages.old and pages.show(text, row))
