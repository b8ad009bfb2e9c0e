"""How the cells of a column stand to the ids of their rows."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import simplify_name
from disarm_lint.corpus.reference import Status
from disarm_lint.corpus.registry import find_kind
from disarm_lint.model.document import PageType, Role
from disarm_lint.model.text import split_ref
from disarm_lint.ruleset import derived
from disarm_rules._evidence import read_evidence_rows
from disarm_rules._shown_columns import (
    list_shown_columns,
    list_shown_pairs,
    list_shown_subjects,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.text import Text
    from disarm_rules._evidence import EvidenceRow

# A text fits a row if it cites at least this share of the row's ids.
_FIT = 0.75
# A run counts from so many values on that fit at its offset and not where they stand.
SHORTEST_RUN = 5
# What a change of the offset costs, in rows that do not fit: chance makes some fit elsewhere.
_CHANGE = 3
# The share of the texts of a run that show it.
_PROVEN = 0.5
# How many offsets are weighed, and rows of one id looked at for each text.
_MOST_OFFSETS, _MOST_ROWS = 24, 64


@dataclass(frozen=True)
class EvidenceText:
    """A row with its number in the sheet, its text, the ids that this cites, and its own ids.

    `place` is where its first id stands, None if it has none. In a column of other cells
    than evidence, `cited` is what the cell says, and `ids` what the pages show for the row;
    in a column of ids, `cited` are those, and `ids` what the text beside them cites.
    """

    number: int
    document: Document
    text: Text
    cited: frozenset[str]
    ids: frozenset[str]
    place: Text | None

    def fits(self, other: EvidenceText) -> bool:
        """Tell whether the text fits the ids of a row."""
        return bool(other.ids) and len(other.ids & self.cited) >= _FIT * len(other.ids)


@dataclass(frozen=True)
class Run:
    """Texts of neighbouring rows that stand `offset` rows below their rows (negative: above).

    `texts` are those that show it.
    """

    offset: int
    texts: tuple[EvidenceText, ...]

    @property
    def first(self) -> int:
        """The number of its first row."""
        return self.texts[0].number

    @property
    def last(self) -> int:
        """The number of its last row."""
        return self.texts[-1].number


@dataclass(frozen=True)
class Misalignment:
    """A column whose texts stand beside other rows' ids.

    Either `runs` of a constant offset, or, where there are none, texts in
    `another order`: `astray` are those that do not fit their own. `shown` says that pages,
    or other cells, tell, and not what the texts cite; `of_ids`, that the texts are in their
    place, and the ids are not; `silences` are the subjects of which nothing else can be told.
    """

    sheet: str
    label: str
    column: str
    runs: tuple[Run, ...]
    astray: tuple[EvidenceText, ...]
    rows: Mapping[int, EvidenceText] = field(repr=False)
    shown: bool = False
    of_ids: bool = False
    silences: frozenset[str] = frozenset()

    @property
    def noun(self) -> str:
        """What its cells hold, in words."""
        if self.of_ids:
            return "ids"
        return "cells" if self.shown else "texts"

    @property
    def emptied(self) -> tuple[EvidenceText, ...]:
        """The rows beside the runs whose cells are empty: what stood there has moved."""
        empty = sorted(n for n, row in self.rows.items() if not row.text.raw.strip())
        found = []
        for run in self.runs:
            size = abs(run.offset)
            for first, behind in (
                (run.first - size, run.first),
                (run.last + 1, run.last + size + 1),
            ):
                found += empty[bisect_left(empty, first) : bisect_left(empty, behind)]
        return tuple(self.rows[number] for number in found)

    @property
    def texts(self) -> tuple[EvidenceText, ...]:
        """The texts that are out of place."""
        return tuple(text for run in self.runs for text in run.texts) or self.astray


@derived
def list_displaced_ids(corpus: Corpus) -> frozenset[str]:
    """Return the entities of which a cell stands in another row."""
    return frozenset().union(*(item.silences for item in find_misalignments(corpus)))


@derived
def list_displaced_pairs(corpus: Corpus) -> frozenset[tuple[str, str]]:
    """Return the pairs of a subject and an id whose evidence stands in another row."""
    rows = {id(text.document) for item in find_misalignments(corpus) for text in item.texts}
    stated = {
        (item.subject, item.target) for item in corpus.statements if id(item.document) in rows
    }
    for item in find_misalignments(corpus):
        for text in item.texts:
            stated |= list_shown_pairs(corpus, text.document)
    return frozenset(stated)


@derived
def list_displaced_on_pages(corpus: Corpus) -> frozenset[tuple[str, str]]:
    """Return the pairs of an incident and an id whose evidence stands in another row.

    They are read from pages alone, and nothing is returned where a worksheet holds evidence.
    """
    if list_evidence_texts(corpus):
        return frozenset()
    rows = _group_page_rows(corpus)
    found = _judge([_read_page_text(number, group) for number, group in enumerate(rows)])
    if found is None:
        return frozenset()
    astray = {text.number for text in (*found.texts, *found.astray)}
    return frozenset((row.incident, row.technique) for number in astray for row in rows[number])


def _group_page_rows(corpus: Corpus) -> list[list[EvidenceRow]]:
    """Return the rows of the incidents' pages; those that tell one text stand for one row of a sheet."""
    found: list[list[EvidenceRow]] = []
    known = read_evidence_rows(corpus, blank=True)
    pages = [row for row in known if row.document.id == row.incident]
    for row in sorted(pages, key=lambda row: row.document.path):
        last = found[-1][-1] if found else None
        same = last is not None and last.document is row.document and row.text
        if (
            same
            and last is not None
            and simplify_name(last.text.raw) == simplify_name(row.text.raw)
        ):
            found[-1].append(row)
        else:
            found.append([row])
    return found


def _read_page_text(number: int, rows: Sequence[EvidenceRow]) -> EvidenceText:
    first = rows[0]
    cited = {reference.target for reference in first.cited}
    cited |= {r.named for r in first.cited if r.exactly and r.named}
    ids = frozenset(row.technique for row in rows)
    return EvidenceText(number, first.document, first.text, frozenset(cited), ids, first.place)


@derived
def list_evidence_texts(corpus: Corpus) -> tuple[EvidenceText, ...]:
    """Return the rows of the worksheets that hold evidence."""
    rows = [d for d in corpus.all_documents if d.type is PageType.ROW and d.sheet is not None]
    return tuple(_read_texts(corpus, rows))


@derived
def find_misalignments(corpus: Corpus) -> tuple[Misalignment, ...]:
    """Return the columns of the worksheets whose texts stand beside other rows' ids."""
    sheets: dict[tuple[str, str], list[EvidenceText]] = defaultdict(list)
    for text in list_evidence_texts(corpus):
        sheet = text.document.sheet
        sheets[text.document.path, sheet.name if sheet else ""].append(text)
    judged = (_judge_evidence(corpus, texts) for texts in sheets.values())
    found = [item for item in judged if item is not None]
    columns = list_shown_columns(corpus)
    done: set[tuple[str, str]] = set()
    for cells in columns if found else chain(columns, list_shown_subjects(corpus)):
        item = _judge([_read_cell(*cell) for cell in cells])
        if item is None or (item.sheet, item.column) in done:
            continue
        if item.runs or _is_telling(item):
            done.add((item.sheet, item.column))
            found.append(replace(item, shown=True, silences=_find_silenced(item)))
    return tuple(found)


def _read_cell(
    row: Document, text: Text, said: frozenset[str], shown: frozenset[str]
) -> EvidenceText:
    return EvidenceText(_find_address(text)[1], row, text, said, shown, row.fields[0].text)


# In a column of which so large a share differs, nearly each cell says whose it is.
_DISTINCT = 0.9
# So many cells that belong to other rows have not been exchanged one by one.
_FEWEST_SORTED = 10


def _is_telling(item: Misalignment) -> bool:
    """Tell whether cells in another order are a sign that their column was sorted alone."""
    values = [row.cited for row in item.rows.values() if row.cited]
    return len(item.astray) >= _FEWEST_SORTED and len(set(values)) >= _DISTINCT * len(values)


def _find_silenced(item: Misalignment) -> frozenset[str]:
    """Return the entities and rows of which a column that is out of place says what is wrong."""
    found = {text.document.key for text in item.texts}
    for run in item.runs:
        targets = (item.rows.get(text.number - run.offset) for text in run.texts)
        found |= {target.document.key for target in targets if target is not None}
    return frozenset(found)


def _read_texts(corpus: Corpus, rows: Iterable[Document]) -> Iterator[EvidenceText]:
    """Yield the rows of a sheet that holds evidence."""
    for row in rows:
        shown = row.sheet.evidence_column if row.sheet else None
        item = row.field(shown.field.key) if shown else None
        if row.sheet is None or shown is None or item is None:
            continue
        number = _find_address(item.text)[1]
        keys = {c.field.key for c in row.sheet.columns if c.field.refers_to == shown.evidence}
        listed, cited, place = set(), set(), None
        # Rows without an id are among no references.
        known = corpus.references_of(row) or [corpus.resolve(row, m) for m in row.mentions]
        for reference in known:
            mention = reference.mention
            kind = find_kind(reference.target, corpus.profile)
            if kind is None or kind.key != shown.evidence or reference.status is Status.FOREIGN:
                continue
            if mention.member and mention.place in keys:
                listed.add(reference.target)
                place = place or mention.id
            elif mention.role is Role.PROSE and item.text.start <= mention.id.start < item.text.end:
                cited.add(reference.target)
                if reference.exactly and reference.named:
                    cited.add(reference.named)
        yield EvidenceText(number, row, item.text, frozenset(cited), frozenset(listed), place)


def _find_address(text: Text) -> tuple[str, int]:
    """Return the column's letters and the number of the row; on a page, neither."""
    cell = text.location.cell
    return split_ref(cell.ref) if cell is not None else ("", 0)


def _judge_evidence(corpus: Corpus, texts: Sequence[EvidenceText]) -> Misalignment | None:
    """Return what is out of place in a sheet of evidence: its texts, or else their ids."""
    found = _judge(texts)
    if found is None or not found.runs or not _have_ids_moved(corpus, found):
        return found
    ids = _judge([cell for text in texts if (cell := _read_listed(text)) is not None])
    return replace(ids, of_ids=True) if ids is not None and ids.runs else found


def _read_listed(text: EvidenceText) -> EvidenceText | None:
    """Return the cell of ids beside a text, as if it were a text that cites them."""
    cell = _find_listed(text)
    if cell is None:
        return None
    return EvidenceText(text.number, text.document, cell, text.ids, text.cited, text.text)


def _find_listed(text: EvidenceText) -> Text | None:
    sheet = text.document.sheet
    shown = sheet.evidence_column if sheet is not None else None
    if sheet is None or shown is None:
        return None
    columns = (c.field.key for c in sheet.columns if c.field.refers_to == shown.evidence)
    fields = [field for key in columns if (field := text.document.field(key)) is not None]
    # Of two columns, it is not known which one has moved.
    return fields[0].text if len(fields) == 1 else None


def _have_ids_moved(corpus: Corpus, item: Misalignment) -> bool:
    """Tell whether the ids have left their rows, and not the texts.

    Pages from before show a text beside the incident of its own row and the ids of another;
    a cell that was emptied is beside a text and the incident of this.
    """
    ids = texts = 0
    for run in item.runs:
        for text in run.texts:
            row = item.rows.get(text.number - run.offset)
            own, other = _list_subjects(text), _list_subjects(row)
            if row is None or own == other:
                continue
            shown = {i for i, id_ in list_shown_pairs(corpus, text.document) if id_ in row.ids}
            ids += bool(shown & own)
            texts += bool(shown & other)
    if ids or texts:
        return ids > texts
    size = max(abs(run.offset) for run in item.runs)
    first, last = item.runs[0].first - size, item.runs[-1].last + size
    near = [row for row in item.rows.values() if first <= row.number <= last]
    emptied = any(
        row.text.raw.strip() and not _has_ids(row) and _list_subjects(row) for row in near
    )
    return emptied and all(row.text.raw.strip() or not row.ids for row in near)


def _has_ids(row: EvidenceText) -> bool:
    cell = _find_listed(row)
    return cell is None or bool(cell.raw.strip())


def _list_subjects(row: EvidenceText | None) -> frozenset[str]:
    """Return the incident that a row is of, as its cell says."""
    sheet = row.document.sheet if row is not None else None
    column = sheet.subject_column if sheet is not None else None
    field = row.document.field(column.field.key) if row is not None and column is not None else None
    return frozenset({field.value.raw.strip()} if field is not None and field.value else ())


def _judge(texts: Sequence[EvidenceText]) -> Misalignment | None:
    rows = {text.number: text for text in texts}
    by_id: dict[str, list[int]] = defaultdict(list)
    for text in texts:
        for one in text.ids:
            by_id[one].append(text.number)
    citing = [text for text in texts if text.cited]
    astray: list[EvidenceText] = []
    offsets: Counter[int] = Counter()
    for text in citing:
        if text.fits(text):
            continue
        near = {n for one in text.cited for n in by_id.get(one, ())[:_MOST_ROWS]}
        fitting = [n for n in near if text.fits(rows[n])]
        if fitting:
            astray.append(text)
            offsets.update(text.number - n for n in fitting)
    if len(astray) < SHORTEST_RUN:
        return None
    label, column = _find_column(astray[0])
    sheet = astray[0].document.sheet
    name = sheet.name if sheet is not None else ""
    states = [0, *(k for k, n in offsets.most_common(_MOST_OFFSETS) if n >= SHORTEST_RUN)]
    runs = tuple(_find_runs(citing, rows, states))
    if runs:
        return Misalignment(name, label, column, runs, tuple(astray), rows)
    # Another order: most texts fit a row, and that is not their own.
    if len(astray) >= 0.6 * len(citing):
        # Nor are those in their place that fit none: what they cite is written otherwise.
        displaced = tuple(text for text in citing if not text.fits(text))
        return Misalignment(name, label, column, (), displaced, rows)
    return None


def _find_column(text: EvidenceText) -> tuple[str, str]:
    """Return the header and the letters of the column of a text."""
    item = text.document.field_at(text.text.start)
    return item.label.raw if item is not None else "", _find_address(text.text)[0]


def _find_runs(
    citing: Sequence[EvidenceText], rows: Mapping[int, EvidenceText], states: Sequence[int]
) -> Iterator[Run]:
    """Yield the runs of one offset on the best way through the rows, from first to last."""
    path = _find_best_path(citing, rows, states)
    start = 0
    for index in range(1, len(path) + 1):
        if index < len(path) and path[index] == path[start]:
            continue
        offset = path[start]
        if offset:
            texts = citing[start:index]
            # What fits its own row too proves nothing, so a run begins and ends with what does not.
            proof = [n for n, text in enumerate(texts) if _proves(text, rows, offset)]
            # Texts in another order fit at no offset, but for a few by chance.
            length = proof[-1] + 1 - proof[0] if proof else 0
            inside = texts[proof[0] : proof[-1] + 1] if proof else ()
            untold = sum(_tells_nothing(text, rows, offset) for text in inside)
            enough = len(proof) >= _PROVEN * (length - untold)
            if enough and _count_values(texts[n] for n in proof) >= SHORTEST_RUN:
                first, last = start + proof[0], start + proof[-1] + 1
                yield Run(offset, tuple(citing[slice(*_extend(citing, rows, path, first, last))]))
        start = index


def _count_values(texts: Iterable[EvidenceText]) -> int:
    """Return how many values stand one after another, equal neighbours counted once.

    If neighbouring rows get one new value, and the rows below had it before, that is no shift.
    """
    return sum(1 for _ in groupby(texts, key=lambda text: text.cited))


def _extend(
    citing: Sequence[EvidenceText],
    rows: Mapping[int, EvidenceText],
    path: Sequence[int],
    first: int,
    last: int,
) -> tuple[int, int]:
    """Return where a run begins and ends with the texts whose own ids are lost.

    Ids that moved down were pushed out of the sheet at its end; those that moved up have
    overwritten as many before the run.
    """
    offset = path[first]
    above = citing[first].number - max(offset, 0)

    def is_lost(index: int, *, overwritten: bool) -> bool:
        text = citing[index]
        if text.fits(text) or _fits_at(text, rows, path[index]):
            return False
        if text.place is not None and not text.ids:
            return False  # The row has an id, and nothing tells what belongs beside it.
        other = rows.get(text.number - offset)
        return overwritten or other is None or not other.ids

    while last < len(citing) and is_lost(last, overwritten=False):
        last += 1
    tail = next((n for n in range(last, len(citing)) if path[n] != offset), len(citing))
    vacated = rows.get(citing[tail - 1].number - offset)
    # What fits in both places, or in none, belongs to the run where the cells have left an
    # empty one behind.
    if vacated is not None and not vacated.text.raw.strip():
        fitting = all(
            _fits_at(text, rows, offset) or not text.fits(text) for text in citing[last:tail]
        )
        last = tail if fitting else last
    while first > 0 and is_lost(first - 1, overwritten=citing[first - 1].number >= above):
        first -= 1
    return first, last


def _proves(text: EvidenceText, rows: Mapping[int, EvidenceText], offset: int) -> bool:
    return _fits_at(text, rows, offset) and not text.fits(text)


def _tells_nothing(text: EvidenceText, rows: Mapping[int, EvidenceText], offset: int) -> bool:
    """Tell whether a text fits in both places, or nothing is known of the other."""
    other = rows.get(text.number - offset)
    return other is None or not other.ids or (text.fits(other) and text.fits(text))


def _fits_at(text: EvidenceText, rows: Mapping[int, EvidenceText], offset: int) -> bool:
    other = rows.get(text.number - offset)
    return other is not None and text.fits(other)


def _find_best_path(
    citing: Sequence[EvidenceText], rows: Mapping[int, EvidenceText], states: Sequence[int]
) -> list[int]:
    """Return an offset for each text, so that most fit and few changes are needed."""
    scores = [0.0 if offset == 0 else -float(_CHANGE) for offset in states]
    back: list[list[int]] = []
    for text in citing:
        best = max(range(len(states)), key=scores.__getitem__)
        new, came = [], []
        for index, offset in enumerate(states):
            stay, change = scores[index], scores[best] - _CHANGE
            came.append(index if stay >= change else best)
            gain = 1 if _fits_at(text, rows, offset) else -1
            new.append(max(stay, change) + gain)
        scores = new
        back.append(came)
    index = max(range(len(states)), key=scores.__getitem__)
    path = []
    for came in reversed(back):
        path.append(states[index])
        index = came[index]
    return path[::-1]
