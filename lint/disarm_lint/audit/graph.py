"""Incidents and techniques as a graph: which page refers to which, and which does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.audit.entries import clean_text
from disarm_lint.audit.model import Edge, EdgeState, Network
from disarm_lint.corpus.reference import Status
from disarm_lint.model.document import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document

_INCIDENT, _TECHNIQUE = "incident", "technique"
_MOST_INCIDENTS = 8
_GONE = (Status.UNKNOWN, Status.MALFORMED, Status.RETIRED)


def build_network(corpus: Corpus) -> Network | None:
    """Return the graph of a corpus; None if no incident and technique refer to each other.

    An incident's page lists techniques, a technique's page incidents; an edge
    that one side lacks is one-way. A pair that a worksheet row states and no
    page shows is lost. An id that the evidence of an incident cites and that
    nothing defines is a dangling edge.
    """
    incident, technique = corpus.profile.kind(_INCIDENT), corpus.profile.kind(_TECHNIQUE)
    if incident is None or technique is None:
        return None
    here = set(_list_pairs(corpus, _INCIDENT, _TECHNIQUE))
    there = {(other, own) for own, other in _list_pairs(corpus, _TECHNIQUE, _INCIDENT)}
    gone = set(_list_dangling(corpus))
    lost = _collect_stated(corpus) - here - there
    edges = [Edge(*pair, EdgeState.SOUND) for pair in here & there]
    edges += [Edge(*pair, EdgeState.INCIDENT_ONLY) for pair in here - there]
    edges += [Edge(*pair, EdgeState.TECHNIQUE_ONLY) for pair in there - here]
    edges += [Edge(*pair, EdgeState.LOST) for pair in lost]
    edges += [Edge(*pair, EdgeState.DANGLING) for pair in gone - here]
    if not edges:
        return None
    return Network(clean_text(incident.title), clean_text(technique.title), tuple(sorted(edges)))


def _pages(corpus: Corpus, kind: str) -> Iterator[tuple[str, Document]]:
    """Yield the living pages of a kind with their ids."""
    for page in corpus.live_pages:
        if page.kind is not None and page.kind.key == kind and page.id is not None:
            yield page.id, page


def _list_pairs(corpus: Corpus, kind: str, other: str) -> Iterator[tuple[str, str]]:
    """Yield the entities of a kind with those of another that their pages list."""
    for own, page in _pages(corpus, kind):
        for reference in _references(corpus, page, other):
            if reference.status is Status.DEFINED:
                yield own, reference.target


def _list_dangling(corpus: Corpus) -> Iterator[tuple[str, str]]:
    """Yield incidents with the ids of techniques that their pages cite and nothing defines."""
    for own, page in _pages(corpus, _INCIDENT):
        for reference in corpus.references_of(page):
            if (
                reference.status in _GONE
                and reference.mention.role is not Role.HEADING
                and _like_technique(reference, corpus)
            ):
                yield own, reference.mention.id.raw


def _collect_stated(corpus: Corpus) -> set[tuple[str, str]]:
    """Return the pairs of an incident and a technique that one worksheet row states."""
    found: set[tuple[str, str]] = set()
    for row in corpus.rows:
        places = {f.spec.key: f.spec.refers_to for f in row.fields if f.spec and f.spec.refers_to}
        if not {_INCIDENT, _TECHNIQUE} <= set(places.values()):
            continue
        sides: dict[str, list[str]] = {_INCIDENT: [], _TECHNIQUE: []}
        for reference in corpus.references_of(row):
            side = sides.get(places.get(reference.mention.place) or "")
            known = reference.status is Status.DEFINED and corpus.page(reference.target)
            if side is not None and reference.mention.member and known:
                side.append(reference.target)
        # A row of evidence belongs to one incident; of one that names very many, few count.
        for one in sides[_INCIDENT][:_MOST_INCIDENTS]:
            found.update((one, other) for other in sides[_TECHNIQUE])
    return found


def _references(corpus: Corpus, page: Document, kind: str) -> Iterator[Reference]:
    for table in page.layout.tables if page.layout else ():
        symmetry = table.symmetrical_with
        if symmetry is not None and symmetry.kind == kind:
            yield from corpus.members(page, table.key)


def _like_technique(reference: Reference, corpus: Corpus) -> bool:
    kind = corpus.profile.kind(_TECHNIQUE)
    return kind is not None and any(form.template.matches(reference.target) for form in kind.forms)
