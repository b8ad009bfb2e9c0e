"""Which tactic a finding belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.corpus import Status
from disarm_lint.model.ids import stem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Tactics:
    """The tactics of a corpus: their names, and to which one each entity belongs.

    `title` is what the framework calls one: the kind whose pages list their
    members.
    """

    title: str
    names: Mapping[str, str]
    of: Mapping[str, str]

    def of_entity(self, entity_id: str) -> str:
        """Return the tactic of an entity, else that of its parent, else an empty string."""
        return self.of.get(entity_id) or self.of.get(stem(entity_id), "")

    def of_finding(self, finding: Finding, document: Document | None) -> str:
        """Return the tactic of a finding, or an empty string.

        It is that of the page's own entity; on a page that has none, such as
        an incident's, that of the row's technique; else that of the subject.
        """
        row = finding.origin.partition("#")[2].rpartition("/")[2]
        own = (document.id if document else None) or ""
        parts = finding.subject.split("/")
        for candidate in (own, row, *reversed(parts)):
            if found := self.of_entity(candidate):
                return found
        return ""


def tactics_of(corpus: Corpus) -> Tactics:
    """Read from the pages, and from the worksheets, which entity belongs to which tactic."""
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
    for document in corpus.documents:
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
