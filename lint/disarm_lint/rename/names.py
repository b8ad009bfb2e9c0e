"""Giving an entity another name: every place that says the old one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import is_same_name, name_pattern, split_words
from disarm_lint.model.document import EvidenceNeeded, PageType, Role
from disarm_lint.model.profile import Format
from disarm_lint.model.text import Regions
from disarm_lint.parse.mentions import build_id_finder
from disarm_lint.rename.places import (
    TouchedPlace,
    TouchedRole,
    find_role,
    list_anchor_places,
    list_artefact_places,
    list_other_cells,
    list_references,
    sort_places,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from disarm_lint.corpus.citations import NameIndex
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.text import Text
    from disarm_lint.parse.mentions import IdFinder


@dataclass(frozen=True)
class NamePlan:
    """What giving a name to an entity touches.

    `others` are texts that give the entity's id another name than the old one,
    or say a name like it without the id: for a person to decide.
    """

    entity: Entity
    name: str
    places: tuple[TouchedPlace, ...]
    others: tuple[Text, ...]

    @property
    def title(self) -> str:
        """What becomes what, as a clause."""
        return f"{self.entity.id} “{self.entity.name}” becomes “{self.name}”"

    @property
    def left(self) -> str:
        """What the other texts say."""
        return "another name, or the name without the id"

    @property
    def moves(self) -> Mapping[str, str]:
        """The files that get another name: none."""
        return {}

    def translate(self, text: str) -> str:
        """Return a text with the new name."""
        return text.replace(self.entity.name, self.name)


def plan_name(corpus: Corpus, entity: Entity, name: str, read: Callable[[str], bytes]) -> NamePlan:
    """Return what giving a name to an entity touches; `read` returns the bytes of a file.

    Raises BadWorkbookError for a workbook that cannot be read.
    """
    planner = _NamePlanner(corpus, entity, name)
    for document in corpus.all_documents:
        planner.add_document(document)
    planner.add_anchors()
    for text in list_other_cells(corpus):
        planner.add_cell(text)
    planner.places += list_artefact_places(corpus, entity, name, read, planner.cite)
    places = sort_places(planner.places)
    return NamePlan(entity, name, places, tuple(planner.list_others(places)))


class _NamePlanner:
    """Collects the places that say the name of one entity."""

    def __init__(self, corpus: Corpus, entity: Entity, name: str) -> None:
        self._corpus = corpus
        self._entity = entity
        self._name = name
        self._names: NameIndex = corpus.names(entity.kind.key)
        self._finder: IdFinder = build_id_finder(corpus.profile)
        self._pattern = name_pattern(entity.name)
        self._others: list[Text] = []
        self.places: list[TouchedPlace] = []
        for definition in entity.definitions:
            text = definition.name
            if text and is_same_name(text.raw, entity.name):
                self._add(find_role(definition.document, Role.HEADING), text)
            elif text:
                self._others.append(text)

    def _add(self, role: TouchedRole, text: Text, *, derived: bool = False) -> None:
        self.places.append(TouchedPlace(role, text, write_name(self._name, text.raw), derived))

    def cite(self, raw: str) -> Iterator[tuple[int, int]]:
        """Yield where the entity's name stands behind its id, in a text of any kind."""
        if self._entity.id not in raw:
            return
        for item in self._finder.find(raw):
            if item.target == self._entity.id and item.evidence_needed is EvidenceNeeded.NONE:
                found = self._names.read(raw, item.end, item.target, id_start=item.start)
                if found and is_same_name(raw[found.start : found.end], self._entity.name):
                    yield found.start, found.end

    def add_document(self, document: Document) -> None:
        """Take what a page or a row says."""
        for reference in list_references(self._corpus, document):
            written = reference.written
            if written is None or reference.target != self._entity.id:
                continue
            if is_same_name(written.raw, self._entity.name):
                derived = document.type is PageType.ROW
                self._add(find_role(document, reference.mention.role), written, derived=derived)
            elif not reference.right and reference.named in (None, self._entity.id):
                # An accepted other name, an alias, stays accepted.
                self._others.append(written)
        if document.type is PageType.ROW:
            self._add_long_name(document)

    def _add_long_name(self, document: Document) -> None:
        """Take the cell that repeats id and name of the entity's own row."""
        if document not in self._entity.masters:
            return
        for field in document.fields:
            if field.spec is not None and field.spec.format is Format.LONGNAME and field.value:
                found = self._pattern.search(field.value.raw)
                if found is not None:
                    text = field.value.part(*found.span())
                    self._add(TouchedRole.CELL, text, derived=True)

    def add_anchors(self) -> None:
        """Take the fragments of links that lead to the heading of the entity's page."""
        page = self._entity.page
        name = page.heading.name if page and page.heading else None
        if page is not None and name and is_same_name(name.raw, self._entity.name):
            self.places += list_anchor_places(
                self._corpus, [page], lambda words: words.replace(name.raw, self._name)
            )

    def add_cell(self, text: Text) -> None:
        """Take a cell that no page is made from."""
        for start, end in self.cite(text.raw):
            self._add(TouchedRole.CELL, text.part(start, end), derived=True)
        if is_same_name(text.raw.strip(), self._entity.name):
            self._others.append(text)

    def list_others(self, places: tuple[TouchedPlace, ...]) -> Iterator[Text]:
        """Yield what says another name of the entity, or its name without the id, in order."""
        found = list(self._others)
        if len(split_words(self._entity.name)) > 1:
            taken = {place.key[:3] for place in places}
            loose = re.compile(self._pattern.pattern, re.IGNORECASE)
            # Pages show what the cells say: whoever edits the cells has them in view.
            for document in self._corpus.rows or self._corpus.pages:
                found += self._find_bare(document, loose, taken)
        yield from sorted(found, key=lambda text: (text.location.order, text.end))

    def _find_bare(
        self, document: Document, pattern: re.Pattern[str], taken: set[tuple[str, str, int]]
    ) -> Iterator[Text]:
        """Yield where the prose of a document says the name, and no id says whose it is."""
        named = Regions([
            (reference.written.start, reference.written.end)
            for reference in self._corpus.references_of(document)
            if reference.written is not None
        ])  # fmt: skip
        for leaf in document.prose:
            for match in pattern.finditer(leaf.raw):
                text = leaf.part(*match.span())
                place = TouchedPlace(TouchedRole.CITATION, text, "")
                if place.key[:3] not in taken and not named.overlap((text.start, text.end)):
                    yield text


def write_name(name: str, like: str) -> str:
    """Return a name as it is written in place of another: with its entities, if that has some."""
    return name.replace("&", "&amp;") if "&amp;" in like else name
