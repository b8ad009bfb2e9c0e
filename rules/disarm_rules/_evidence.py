"""What the rules on evidence share: the rows that hold evidence, and what their texts cite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import read_statements
from disarm_lint.corpus.registry import find_kind
from disarm_lint.model.document import Role
from disarm_lint.model.finding import Harm, Root
from disarm_lint.ruleset import derived
from disarm_rules._ids import choose_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document
    from disarm_lint.model.text import Text


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A row that ties an incident to a technique, with the text that shows it.

    `place` is the first cell of a table's row; in a worksheet it is the id of
    the technique. `cited` are the references in the text to entities of the
    technique's kind.
    """

    document: Document
    place: Text
    text: Text
    incident: str
    technique: str
    cited: tuple[Reference, ...]


def read_evidence_rows(corpus: Corpus, *, blank: bool = False) -> Iterator[EvidenceRow]:
    """Yield the evidence rows of all pages of known entities, and of the worksheets.

    With `blank`, those rows of pages too that have no text.
    """
    for document in corpus.rows:
        yield from _read_sheet_row(corpus, document)
    for document in corpus.pages:
        if document.id is None or document.kind is None:
            continue
        for table in document.tables:
            columns = table.spec.columns if table.spec else ()
            shown = next((column.evidence for column in columns if column.evidence), None)
            if shown is None:
                continue
            cited = _group_by_row(corpus, document)
            keys = _map_row_ids(corpus, document)
            for row in table.rows:
                cell = next((c for c in row.cells if c.column and c.column.evidence), None)
                if cell is None or not row.key or not (cell.text or blank):
                    continue
                incident, technique = document.id, keys.get(row.text.start, row.key)
                if document.kind.key == shown:
                    incident, technique = technique, document.id
                kind = find_kind(technique, corpus.profile)
                inside = tuple(
                    reference
                    for reference in cited.get(row.text.start, ())
                    if kind is not None and _find_kind_key(corpus, reference) == kind.key
                )
                place = row.cells[0].text
                yield EvidenceRow(document, place, cell.text, incident, technique, inside)


# So many rows at least, and so many of them for each that is no repetition, were joined wrongly.
_MANY_ROWS, _TIMES = 10, 2

MULTIPLIED = Root(
    "multiplied rows",
    "rows are multiplied in {places}: texts stand beside the techniques of other rows, many twice",
    "correct how the texts and the techniques of an incident are joined, and generate the pages "
    "anew",
    by_place=False,
    shared=True,
    harm=Harm.LOST,
)


@derived
def find_multiplied(corpus: Corpus) -> frozenset[str]:
    """Return the incidents on whose pages a wrong join has multiplied the evidence rows."""
    rows: dict[str, list[tuple[str, ...]]] = {}
    for row in read_evidence_rows(corpus):
        if row.document.sheet is None and row.document.id == row.incident:
            # Not the text: a release may have written the id of its own row before each.
            cited = (reference.target for reference in row.cited)
            rows.setdefault(row.incident, []).append((row.technique, *cited))
    return frozenset(
        incident
        for incident, found in rows.items()
        if len(found) >= _MANY_ROWS and len(found) >= _TIMES * len(set(found))
    )


def _read_sheet_row(corpus: Corpus, document: Document) -> Iterator[EvidenceRow]:
    """Yield an evidence row for each pair of entities that a row of a worksheet ties."""
    sheet = document.sheet
    column = sheet.evidence_column if sheet else None
    field = document.field(column.field.key) if column else None
    if column is None or field is None or not field.value:
        return
    inside = corpus.references_in(document, field.value)
    cited = tuple(r for r in inside if _find_kind_key(corpus, r) == column.evidence)
    subject = sheet.subject_column if sheet else None
    owner = subject.field.refers_to if subject is not None else None
    for item in read_statements(corpus.members, document):
        # Of ids in the wrong columns, R201 says all.
        kinds = [find_kind(one, corpus.profile) for one in (item.subject, item.target)]
        fits = [kind.key if kind else None for kind in kinds] == [owner, column.evidence]
        if item.column.field.refers_to == column.evidence and (owner is None or fits):
            place = item.reference.mention.id
            yield EvidenceRow(document, place, field.value, item.subject, item.target, cited)


def _find_kind_key(corpus: Corpus, reference: Reference) -> str:
    kind = find_kind(reference.target, corpus.profile)
    return kind.key if kind else ""


def _map_row_ids(corpus: Corpus, document: Document) -> dict[int, str]:
    """Return the ids that the first cells of the page's rows stand for."""
    return {
        reference.mention.row.text.start: choose_target(reference)
        for reference in corpus.references_of(document)
        if reference.mention.row is not None and reference.mention.member
    }


def _group_by_row(corpus: Corpus, document: Document) -> dict[int, list[Reference]]:
    found: dict[int, list[Reference]] = {}
    for reference in corpus.references_of(document):
        row = reference.mention.row
        if row is not None and reference.mention.role is Role.PROSE:
            found.setdefault(row.text.start, []).append(reference)
    return found
