"""Findings as the report shows them: their place, their context, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from disarm_lint.audit.model import AuditEntry, EntityPart, MarkedSnippet
from disarm_lint.compare.wording import group_entities
from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import PageType
from disarm_lint.model.ids import find_stem
from disarm_lint.model.words import show_line_breaks
from disarm_lint.report.terminal import Charset
from disarm_lint.report.text import format_help

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.release import ReleaseChanges
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import PageSource, Span
    from disarm_lint.report.report import ShownFinding

# Code points of context on each side, and of the wrong words themselves.
_AROUND, _INSIDE = 80, 160
_ALL = Charset()
# The most that a file for sending around can hold: entries of one list, and code points
# of a name, a path or the subject of a commit.
MOST_LISTED, MOST_NAME = 500, 120


def clean_text(text: str) -> str:
    """Return a text on one line, its control and invisible characters shown by number."""
    return _ALL.show_line(show_line_breaks(text))


def cut_middle(text: str, most: int) -> str:
    """Return at most `most` code points of a text, cut in the middle."""
    if len(text) <= most:
        return text
    head = most * 2 // 3
    return f"{text[:head].rstrip()} … {text[len(text) - (most - head - 3) :].lstrip()}"


def list_entity_parts(changes: ReleaseChanges) -> tuple[EntityPart, ...]:
    """Return what became of entities; lists that are too long for the file are cut."""
    return tuple(
        EntityPart(
            str(group.change),
            tuple(
                replace(
                    line,
                    id=cut_middle(clean_text(line.id), MOST_NAME),
                    parts=tuple(
                        (tag, cut_middle(clean_text(t), MOST_NAME)) for tag, t in line.parts
                    ),
                )
                for line in group.lines[:MOST_LISTED]
            ),
            len(group.lines),
        )
        for group in group_entities(changes)
    )


def mark_snippet(shown: ShownFinding) -> MarkedSnippet | None:
    """Return the text around a finding; None if the finding is not about words."""
    finding, span = shown.finding, shown.span
    if finding.location.cell is not None:
        piece = finding.text
        return (
            _cut_snippet(piece.source.text, piece.start, piece.end) if piece is not None else None
        )
    if span is not None and shown.source is not None:
        start, end = _find_offsets(shown.source, span)
        return _cut_snippet(shown.source.text, start, end)
    return None


def _find_offsets(source: PageSource, span: Span) -> tuple[int, int]:
    starts, length = source.line_starts, len(source.text)

    def offset(line: int, column: int) -> int:
        return min(starts[min(line, len(starts)) - 1] + column - 1, length)

    start = offset(span.line, span.column)
    return start, max(start, offset(span.end_line, span.end_column))


def _cut_snippet(text: str, start: int, end: int) -> MarkedSnippet:
    """Cut a window that stays within the lines in which the words begin and end."""
    first = max(text.rfind("\n", 0, start) + 1, start - _AROUND)
    newline = text.find("\n", end, end + _AROUND)
    last = min(len(text), end + _AROUND) if newline < 0 else newline
    before, after = text[first:start].lstrip("\r"), text[end:last].rstrip("\r")
    if first > 0 and text[first - 1] != "\n":
        before = f"…{_drop_first_part(before)}"
    if newline < 0 and last < len(text):
        after = f"{_drop_last_part(after)}…"
    return MarkedSnippet(
        clean_text(before), _mark_words(cut_middle(text[start:end], _INSIDE)), clean_text(after)
    )


def _mark_words(text: str) -> str:
    """Show the wrong words themselves, and here also which spaces are which."""
    text = text.replace("\r\n", "\n")
    cells = _ALL.split_cells(text, exact=True)
    return "".join(
        char if char in " \t" else cell.text for char, cell in zip(text, cells, strict=True)
    )


def _drop_first_part(text: str) -> str:
    """Drop a word that is cut off at the front."""
    head, blank, rest = text.partition(" ")
    return rest if blank and len(head) < 20 and rest.strip() else text


def _drop_last_part(text: str) -> str:
    """Drop a word that is cut off at the end."""
    rest, blank, tail = text.rpartition(" ")
    return rest if blank and len(tail) < 20 and rest.strip() else text


@dataclass(frozen=True, slots=True)
class Tactics:
    """The tactics of a corpus: their names, and to which one each entity belongs.

    `title` is what the framework calls a tactic: the kind whose pages list their
    members.
    """

    title: str
    names: Mapping[str, str]
    of: Mapping[str, str]

    def find_for_entity(self, entity_id: str) -> str:
        """Return the tactic of an entity, else that of its parent, else an empty string."""
        return self.of.get(entity_id) or self.of.get(find_stem(entity_id), "")

    def find_for_finding(self, finding: Finding, document: Document | None) -> str:
        """Return the tactic of a finding, or an empty string.

        It is that of the page's own entity; on a page that has none, such as
        an incident's, that of the row's technique; else that of the subject.
        """
        row = finding.origin.partition("#")[2].rpartition("/")[2]
        own = (document.id if document else None) or ""
        parts = finding.subject.split("/")
        for candidate in (own, row, *reversed(parts)):
            if found := self.find_for_entity(candidate):
                return found
        return ""


def read_tactics(corpus: Corpus) -> Tactics:
    """Read from the pages and the worksheets which entity belongs to which tactic."""
    kind = next(
        (
            kind
            for kind in corpus.profile.kinds
            if any(table.lists_members for layout in kind.layouts for table in layout.tables)
        ),
        None,
    )
    if kind is None:
        return Tactics("tactic", {}, {})
    names = {e.id: e.name for e in corpus.registry.entities.values() if e.kind.key == kind.key}
    of = {tactic: tactic for tactic in names}
    for document in corpus.checked_documents:
        places = [f.spec.key for f in document.fields if f.spec and f.spec.refers_to == kind.key]
        if document.id is None or not places:
            continue
        for reference in corpus.references_of(document):
            mention = reference.mention
            stated = mention.member and mention.place in places
            if stated and reference.status is Status.DEFINED and reference.target in names:
                of.setdefault(document.id, reference.target)
    for entity_id, pages in corpus.listed_by.items():
        of.setdefault(entity_id, min(pages))
    return Tactics(kind.title, names, of)


WORKBOOK, INDEX, ARTEFACT, OTHER = "workbook", "index", "artefact", "other file"


@dataclass(frozen=True)
class CorpusFindings:
    """A corpus of the report with those of its findings that are reported.

    `alone` says whether it is the only corpus of the report: then paths are shown
    from its root.
    """

    corpus: Corpus
    findings: tuple[ShownFinding, ...]
    alone: bool = True


@dataclass(frozen=True)
class _Known:
    """A corpus with what its entries need."""

    tactics: Tactics
    pages: Mapping[str, Document]
    by_source: Mapping[int, Document]
    artefacts: frozenset[str]

    def find_document(self, finding: Finding) -> Document | None:
        """Return the page or the worksheet row that a finding is on."""
        if finding.text is not None and (found := self.by_source.get(id(finding.text.source))):
            return found
        return self.pages.get(finding.location.path)


def index_corpus(corpus: Corpus) -> _Known:
    """Collect what the entries of a corpus need."""
    return _Known(
        read_tactics(corpus),
        corpus.pages_by_path,
        {id(d.source): d for d in corpus.all_documents},
        frozenset(artefact.path for artefact in corpus.artefacts),
    )


def build_entries(
    parts: Sequence[CorpusFindings], ordered: Sequence[ShownFinding], causes: Mapping[str, int]
) -> tuple[tuple[AuditEntry, ...], dict[int, str]]:
    """Return the entries of findings in their order, and the titles of pages by number.

    `causes` gives the number of each cause. Pages are numbered in the order of
    their first findings; each sheet of a workbook counts as one.
    """
    facts = {id(part): index_corpus(part.corpus) for part in parts}
    owner = {id(shown): part for part in parts for shown in part.findings}
    pages: dict[str, int] = {}
    titles: dict[int, str] = {}
    entries = []
    for number, shown in enumerate(ordered, 1):
        part = owner[id(shown)]
        about, finding = facts[id(part)], shown.finding
        document = about.find_document(finding)
        path = finding.location.path if part.alone else shown.path
        cell = finding.location.cell
        page = pages.setdefault(f"{path}, {cell.sheet}" if cell else path, len(pages) + 1)
        if page not in titles:
            titles[page] = _find_title(document)
        source = finding.written_in
        entries.append(
            AuditEntry(
                number=number,
                shown=shown,
                page=page,
                cause=causes[finding.cause],
                where=clean_text(path),
                at=clean_text(_format_place(finding)),
                kind=ARTEFACT
                if finding.location.path in about.artefacts
                else _name_kind(finding, document),
                tactic=clean_text(about.tactics.find_for_finding(finding, document)),
                message=clean_text(finding.message),
                help=clean_text(format_help(finding.suggestion, in_cell=_is_of_cell(finding)))
                if finding.suggestion is not None
                else "",
                snippet=mark_snippet(shown),
                cell=clean_text(f"{_format_name(source.path)}, {source.cell.address}")
                if source
                else "",
            )
        )
    return tuple(entries), titles


def _is_of_cell(finding: Finding) -> bool:
    return finding.location.cell is not None or finding.written_in is not None


def list_cells(entries: Iterable[AuditEntry]) -> tuple[str, ...]:
    """Return the workbook cells at which a cause is fixed, the most frequent first."""
    counts: dict[str, int] = {}
    for entry in entries:
        cell = entry.shown.finding.location.cell
        label = f"{_format_name(entry.where)}, {entry.at}" if cell is not None else entry.cell
        if label:
            counts[label] = counts.get(label, 0) + 1
    return tuple(sorted(counts, key=lambda label: -counts[label]))


def _format_name(path: str) -> str:
    return path.rpartition("/")[2]


def _find_title(document: Document | None) -> str:
    if document is None or document.type is not PageType.ENTITY:
        return ""
    return clean_text(f"{document.id or ''} {document.name or ''}".strip())


def _format_place(finding: Finding) -> str:
    cell, span = finding.location.cell, finding.location.span
    if cell is not None:
        return cell.address
    if finding.pointer is not None:
        return finding.pointer
    return f"{span.line}:{span.column}" if span else ""


def _name_kind(finding: Finding, document: Document | None) -> str:
    if finding.location.cell is not None:
        return WORKBOOK
    if document is None:
        return OTHER
    if document.index is not None:
        return INDEX
    if document.type is PageType.ENTITY and document.kind is not None:
        return clean_text(document.kind.title)
    return OTHER
