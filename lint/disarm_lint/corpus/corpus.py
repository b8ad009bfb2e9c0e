"""The corpus: all documents together, and what becomes of each reference."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from disarm_lint.corpus.citations import NameIndex, Written
from disarm_lint.corpus.links import LinkResolver
from disarm_lint.corpus.past import speaks_of_past
from disarm_lint.corpus.registry import Registry, build_registry, kind_of
from disarm_lint.model.document import Document, Mention, PageType, Proof, Role
from disarm_lint.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from disarm_lint.model.entity import Entity, Retired
    from disarm_lint.model.profile import ForeignFramework, Profile
    from disarm_lint.model.text import Location
    from disarm_lint.reading.tree import Tree, Unreadable


class Status(StrEnum):
    """What becomes of a reference, the first that applies."""

    FOREIGN = "foreign"
    MALFORMED = "malformed"
    DEFINED = "defined"
    RETIRED = "retired"
    UNKNOWN = "unknown"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Reference:
    """A mention with what the corpus knows of it.

    `written` is the name that the text gives to the id, `right` whether that
    is the entity's name; `named` is the id whose name it is, or most
    resembles, and `exactly` whether it is exactly that one's.
    """

    document: Document
    mention: Mention
    status: Status
    target: str
    written: Text | None = None
    right: bool = True
    named: str | None = None
    exactly: bool = False
    foreign: ForeignFramework | None = None


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """An entry of the config that ought to match something: where it stands, and what it is.

    `section` is `aliases`, `retired`, `glossary` or a key that holds path
    patterns; `matched` says whether a path pattern matched a file.
    """

    section: str
    value: str
    location: Location
    matched: bool = True


@dataclass(frozen=True)
class Context:
    """What the config says about ids and names.

    `retired` maps an old id to its successor, `aliases` an id to further
    accepted names, `glossary` a spelling to the one it stands for.
    """

    retired: Mapping[str, str | None] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    glossary: Mapping[str, str] = field(default_factory=dict)
    include_orphans: bool = False
    entries: tuple[ConfigEntry, ...] = ()


@dataclass(frozen=True)
class Corpus:
    """All documents of a corpus.

    `everything` holds the orphans too. `known` is False where the documents
    stand outside of any corpus: then nothing can be unknown.
    """

    profile: Profile
    everything: tuple[Document, ...]
    tree: Tree
    known: bool = True
    context: Context = field(default_factory=Context)
    unreadable: tuple[Unreadable, ...] = ()

    @cached_property
    def registry(self) -> Registry:
        """Which ids exist."""
        documents = self.everything if self.known else ()
        return build_registry(documents, self.profile, self.context.retired)

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """The documents that rules look at: without orphans and pages that have no id."""
        hidden = {document.path for document in self.registry.blank_pages}
        if not self.context.include_orphans:
            hidden |= {document.path for document in self.registry.orphans}
        return tuple(document for document in self.everything if document.path not in hidden)

    @cached_property
    def pages(self) -> tuple[Document, ...]:
        """The documents that are pages of entities."""
        return tuple(d for d in self.documents if d.type is PageType.ENTITY and d.kind)

    @cached_property
    def living(self) -> tuple[Document, ...]:
        """The pages that bear witness: those of defined entities, never orphans."""
        dead = {document.path for document in self.registry.orphans}
        return tuple(document for document in self.pages if document.path not in dead)

    @cached_property
    def links(self) -> LinkResolver:
        """Where links lead."""
        return LinkResolver(self.tree, self.profile, {d.path: d for d in self.everything})

    def entity(self, entity_id: str) -> Entity | None:
        """Return the living entity with the given id."""
        return self.registry.entities.get(entity_id)

    def retired(self, entity_id: str) -> Retired | None:
        """Return what is known of an id that is gone."""
        return self.registry.retired.get(entity_id)

    def page(self, entity_id: str) -> Document | None:
        """Return the page of the living entity with the given id."""
        entity = self.registry.entities.get(entity_id)
        return entity.page if entity else None

    @cached_property
    def _name_indexes(self) -> dict[str, NameIndex]:
        names: dict[str, dict[str, str]] = {}
        for entity in self.registry.entities.values():
            names.setdefault(entity.kind.key, {})[entity.id] = entity.name
        return {
            kind: NameIndex(found, self.context.aliases, self.context.glossary)
            for kind, found in names.items()
        }

    def names(self, kind_key: str) -> NameIndex:
        """Return the names of the entities of a kind."""
        return self._name_indexes.get(kind_key) or NameIndex({}, {}, {})

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """All references of the documents that rules look at, in their order."""
        if not self.known:
            return ()
        found: list[Reference] = []
        blank = {row.text.start: d.path for d, row in self.registry.blank_rows}
        for document in self.documents:
            for mention in document.mentions:
                row = mention.row
                if row is not None and blank.get(row.text.start) == document.path:
                    continue
                found.append(self.resolve(document, mention))
        return tuple(found)

    @cached_property
    def _by_document(self) -> dict[str, list[Reference]]:
        found: dict[str, list[Reference]] = {}
        for reference in self.references:
            found.setdefault(reference.document.path, []).append(reference)
        return found

    def references_of(self, document: Document) -> list[Reference]:
        """Return the references of one document."""
        return self._by_document.get(document.path, [])

    def members(self, document: Document, place: str) -> Iterator[Reference]:
        """Yield the references that a field or table of a page states."""
        for reference in self.references_of(document):
            if reference.mention.member and reference.mention.place == place:
                yield reference

    def resolve(self, document: Document, mention: Mention) -> Reference:
        """Say what becomes of a mention."""
        kind = kind_of(mention.target, self.profile)
        foreign = self._foreign(mention)
        if foreign is not None:
            return Reference(document, mention, Status.FOREIGN, mention.target, foreign=foreign)
        written = self._written(mention, kind.key if kind else None)
        if mention.proof is not Proof.NONE and not self._proven(mention, written):
            if mention.otherwise is not None:
                return self.resolve(document, mention.otherwise)
            return Reference(document, mention, Status.SILENT, mention.target)
        status = self._status(mention, kind.key if kind else None, written)
        reference = Reference(document, mention, status, mention.target)
        if written is None:
            return reference
        text, found = written
        return replace(
            reference, written=text, right=found.right, named=found.meant, exactly=found.exact
        )

    def _proven(self, mention: Mention, written: tuple[Text, Written] | None) -> bool:
        if written is not None and written[1].meant == mention.target:
            return True
        if mention.proof is Proof.NAMED:
            return False
        entities = self.registry.entities
        return mention.target in entities or mention.target in self.registry.retired

    def _status(
        self, mention: Mention, kind: str | None, written: tuple[Text, Written] | None
    ) -> Status:
        if mention.flaw is not None:
            return Status.MALFORMED
        if mention.target in self.registry.entities:
            return Status.DEFINED
        if kind is None or kind not in self.registry.kinds:
            return Status.SILENT
        if self._is_past(mention):
            return Status.SILENT
        if mention.target in self.registry.retired:
            return Status.RETIRED
        digits = sum(char.isdecimal() for char in mention.target.partition(".")[0])
        if mention.role is Role.PROSE and digits < 4 and written is None:
            return Status.SILENT
        return Status.UNKNOWN

    def _is_past(self, mention: Mention) -> bool:
        if mention.role is not Role.PROSE:
            return False
        start = mention.id.start - mention.leaf.start
        return speaks_of_past(mention.leaf.raw, start, mention.id.end - mention.leaf.start)

    def _foreign(self, mention: Mention) -> ForeignFramework | None:
        if mention.target in self.registry.entities or mention.role is not Role.PROSE:
            return None
        written = mention.id.raw
        for other in self.profile.foreign:
            if any(template.matches(written) for template in other.ids):
                own = (t for t in other.ids if t.matches(written))
                if not any(t.matches(known) for t in own for known in self.registry.entities):
                    return other
            if any(template.matches(written) for template in other.mentioned_ids):
                start = mention.id.start - mention.leaf.start
                sentence = mention.leaf.raw[max(0, start - 80) : start].rpartition(". ")[2]
                behind = mention.leaf.raw[mention.id.end - mention.leaf.start :][:24]
                if any(word in sentence or word in behind for word in other.mentions):
                    return other
        return None

    def _written(self, mention: Mention, kind: str | None) -> tuple[Text, Written] | None:
        if kind is None or kind not in self._name_indexes:
            return None
        names = self._name_indexes[kind]
        if mention.role is Role.PROSE:
            leaf = mention.leaf
            found = names.read(leaf.raw, mention.id.end - leaf.start, mention.target)
            return (leaf.part(found.start, found.end), found) if found else None
        if mention.name is None:
            return None
        return mention.name, names.judge(mention.name.raw, mention.target)
