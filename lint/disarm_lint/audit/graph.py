"""Incidents and techniques as a graph: which page refers to which, and which does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.audit.entries import clean_text
from disarm_lint.audit.model import Edge, EdgeState, Network
from disarm_lint.corpus.corpus import Status
from disarm_lint.model.document import PageType, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus, Reference
    from disarm_lint.model.document import Document

_INCIDENT, _TECHNIQUE = "incident", "technique"
_GONE = (Status.UNKNOWN, Status.MALFORMED, Status.RETIRED)


def build_network(corpus: Corpus) -> Network | None:
    """Return the graph of a corpus; None where no incident and technique refer to each other.

    An incident's page lists techniques, a technique's page incidents; an edge
    that one side lacks is one-way. A pair that a worksheet row states and no
    page shows is lost. An id that the evidence of an incident cites and that
    nothing defines is a dangling edge.
    """
    incident, technique = corpus.profile.kind(_INCIDENT), corpus.profile.kind(_TECHNIQUE)
    if incident is None or technique is None:
        return None
    here: set[tuple[str, str]] = set()
    there: set[tuple[str, str]] = set()
    gone: set[tuple[str, str]] = set()
    for page in corpus.live_pages:
        if page.kind is None or page.id is None or page.type is not PageType.ENTITY:
            continue
        if page.kind.key == _INCIDENT:
            for reference in _references(corpus, page, _TECHNIQUE):
                if reference.status is Status.DEFINED:
                    here.add((page.id, reference.target))
            gone.update(
                (page.id, reference.mention.id.raw)
                for reference in corpus.references_of(page)
                if reference.status in _GONE
                and reference.mention.role is not Role.HEADING
                and _like_technique(reference, corpus)
            )
        elif page.kind.key == _TECHNIQUE:
            for reference in _references(corpus, page, _INCIDENT):
                if reference.status is Status.DEFINED:
                    there.add((reference.target, page.id))
    lost = _collect_stated(corpus) - here - there
    edges = [Edge(*pair, EdgeState.SOUND) for pair in here & there]
    edges += [Edge(*pair, EdgeState.INCIDENT_ONLY) for pair in here - there]
    edges += [Edge(*pair, EdgeState.TECHNIQUE_ONLY) for pair in there - here]
    edges += [Edge(*pair, EdgeState.LOST) for pair in lost]
    edges += [Edge(*pair, EdgeState.DANGLING) for pair in gone - here]
    if not edges:
        return None
    return Network(clean_text(incident.title), clean_text(technique.title), tuple(sorted(edges)))


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
        found.update((one, other) for one in sides[_INCIDENT] for other in sides[_TECHNIQUE])
    return found


def _references(corpus: Corpus, page: Document, kind: str) -> Iterator[Reference]:
    for table in page.layout.tables if page.layout else ():
        symmetry = table.symmetrical_with
        if symmetry is not None and symmetry.kind == kind:
            yield from corpus.members(page, table.key)


def _like_technique(reference: Reference, corpus: Corpus) -> bool:
    kind = corpus.profile.kind(_TECHNIQUE)
    return kind is not None and any(form.template.matches(reference.target) for form in kind.forms)
