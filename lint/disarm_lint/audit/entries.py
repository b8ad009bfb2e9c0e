"""Findings as the report shows them: where, on what, in which context, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.audit.model import Entry
from disarm_lint.audit.snippets import clean, snippet_of
from disarm_lint.audit.tactics import tactics_of
from disarm_lint.model.document import PageType
from disarm_lint.output.text import help_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from disarm_lint.audit.tactics import Tactics
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.output.report import Shown

WORKBOOK, INDEX, ARTEFACT, OTHER = "workbook", "index", "artefact", "other file"


@dataclass(frozen=True)
class Part:
    """A corpus of the report with those of its findings that are reported.

    `alone` says that no other corpus is in the report: then paths are shown
    from the root of this one.
    """

    corpus: Corpus
    findings: tuple[Shown, ...]
    alone: bool = True


@dataclass(frozen=True)
class _Known:
    """What is known of a corpus."""

    tactics: Tactics
    pages: Mapping[str, Document]
    by_source: Mapping[int, Document]
    artefacts: frozenset[str]

    def document(self, finding: Finding) -> Document | None:
        """Return the page or the worksheet row that a finding stands on."""
        if finding.text is not None and (found := self.by_source.get(id(finding.text.source))):
            return found
        return self.pages.get(finding.location.path)


def known(corpus: Corpus) -> _Known:
    """Return what the entries of a corpus need."""
    return _Known(
        tactics_of(corpus),
        {d.path: d for d in corpus.everything if d.type is not PageType.ROW},
        {id(d.source): d for d in corpus.everything},
        frozenset(artefact.path for artefact in corpus.artefacts),
    )


def entries_of(
    parts: Sequence[Part], ordered: Sequence[Shown], causes: Mapping[str, int]
) -> tuple[tuple[Entry, ...], dict[int, str]]:
    """Return the entries of findings in their order, and the titles of pages by number.

    `causes` gives the number of each cause. Pages are numbered in the order of
    their first findings; each sheet of a workbook counts as one.
    """
    facts = {id(part): known(part.corpus) for part in parts}
    owner = {id(shown): part for part in parts for shown in part.findings}
    pages: dict[str, int] = {}
    titles: dict[int, str] = {}
    entries = []
    for number, shown in enumerate(ordered, 1):
        part = owner[id(shown)]
        about, finding = facts[id(part)], shown.finding
        document = about.document(finding)
        path = finding.location.path if part.alone else shown.path
        cell = finding.location.cell
        page = pages.setdefault(f"{path}, {cell.sheet}" if cell else path, len(pages) + 1)
        titles.setdefault(page, _title(document))
        source = finding.source
        entries.append(
            Entry(
                number=number,
                shown=shown,
                page=page,
                cause=causes[finding.cause],
                where=clean(path),
                at=clean(_at(finding)),
                kind=ARTEFACT
                if finding.location.path in about.artefacts
                else _kind(finding, document),
                tactic=clean(about.tactics.of_finding(finding, document)),
                message=clean(finding.message),
                help=clean(help_for(finding.suggestion)) if finding.suggestion is not None else "",
                snippet=snippet_of(shown),
                cell=clean(f"{_name(source.path)}, {source.cell.address}") if source else "",
            )
        )
    return tuple(entries), titles


def cells_of(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the workbook cells at which a cause is mended, the most frequent first."""
    counts: dict[str, int] = {}
    for entry in entries:
        cell = entry.shown.finding.location.cell
        label = f"{_name(entry.where)}, {entry.at}" if cell is not None else entry.cell
        if label:
            counts[label] = counts.get(label, 0) + 1
    return tuple(sorted(counts, key=lambda label: -counts[label]))


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _title(document: Document | None) -> str:
    if document is None or document.type is not PageType.ENTITY:
        return ""
    return clean(f"{document.id or ''} {document.name or ''}".strip())


def _at(finding: Finding) -> str:
    cell, span = finding.location.cell, finding.location.span
    if cell is not None:
        return cell.address
    if finding.pointer is not None:
        return finding.pointer
    return f"{span.line}:{span.column}" if span else ""


def _kind(finding: Finding, document: Document | None) -> str:
    if finding.location.cell is not None:
        return WORKBOOK
    if document is None:
        return OTHER
    if document.index is not None:
        return INDEX
    if document.type is PageType.ENTITY and document.kind is not None:
        return clean(document.kind.title)
    return OTHER
