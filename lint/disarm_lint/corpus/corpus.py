"""The corpus: all documents together, and what becomes of each reference."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import structs

from disarm_lint.corpus.citations import NameIndex, WrittenName, is_about_past
from disarm_lint.corpus.links import LinkResolver
from disarm_lint.corpus.names import is_same_name, simplify_name
from disarm_lint.corpus.reference import Context, Reference, Status, group_by_place, read_statements
from disarm_lint.corpus.registry import Registry, build_registry, find_kind
from disarm_lint.corpus.removals import Successors, read_marks
from disarm_lint.model.document import Document, EvidenceNeeded, Mention, PageType, Role
from disarm_lint.model.ids import describe_slip, find_stem, squeeze_id
from disarm_lint.parse.layout import PageShape, detect_shape
from disarm_lint.parse.structure import StructureError, drop_repetition, find_structure_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from disarm_lint.corpus.reference import Statement
    from disarm_lint.model.entity import Entity, RetiredId
    from disarm_lint.model.ids import IdTemplate
    from disarm_lint.model.profile import ForeignFramework, Profile
    from disarm_lint.model.text import Text
    from disarm_lint.parse.artefacts import Artefact
    from disarm_lint.parse.workbook import Workbook
    from disarm_lint.sources.filesystem import Tree, Unreadable


T = TypeVar("T")

# Anything longer is no id, and is not near one.
_LONGEST_ID = 24


def _list_rests(entity_id: str) -> set[str]:
    if len(entity_id) > _LONGEST_ID:
        return set()
    return {entity_id, *(entity_id[:n] + entity_id[n + 1 :] for n in range(len(entity_id)))}


# What may stand between an id and the name behind it.
_BEFORE_NAMES = " \u00a0:–—-“\"‘'"


@dataclass(frozen=True, eq=False)
class Corpus:
    """All documents of a corpus; corpora are compared by identity.

    `all_documents` include the orphans. `known` is False if the documents are in no
    corpus: then no id can be called unknown. `workbooks` are those that were read,
    with what could not be read of them; their rows are documents.
    """

    profile: Profile
    all_documents: tuple[Document, ...]
    tree: Tree
    known: bool = True
    context: Context = field(default_factory=Context)
    unreadable: tuple[Unreadable, ...] = ()
    workbooks: tuple[Workbook, ...] = ()
    artefacts: tuple[Artefact, ...] = ()

    @cached_property
    def registry(self) -> Registry:
        """Which ids exist."""
        documents = self.all_documents if self.known else ()
        unsure = frozenset(
            sheet.defines
            for workbook in self.profile.workbooks
            for sheet in workbook.sheets
            if sheet.defines is not None and sheet.name in self._unsure_sheets
        )
        return build_registry(documents, self.profile, self.context.retired, unsure)

    @cached_property
    def _unsure_sheets(self) -> frozenset[str]:
        return frozenset(
            problem.sheet
            for workbook in self.workbooks
            for problem in workbook.problems
            if problem.sheet is not None
        )

    @cached_property
    def checked_documents(self) -> tuple[Document, ...]:
        """The documents that rules look at: without orphans and pages that have no id."""
        registry = self.registry
        hidden = {*registry.blank_pages, *registry.blank_cells, *registry.duplicate_pages}
        if not self.context.include_orphans:
            hidden.update(registry.orphans)
        settled = registry.documents or self.all_documents
        return tuple(document for document in settled if document not in hidden)

    @cached_property
    def rows(self) -> tuple[Document, ...]:
        """The documents that are rows of worksheets."""
        return tuple(
            document for document in self.checked_documents if document.type is PageType.ROW
        )

    @cached_property
    def pages(self) -> tuple[Document, ...]:
        """The documents that are pages of entities."""
        return tuple(d for d in self.checked_documents if d.type is PageType.ENTITY and d.kind)

    @cached_property
    def live_pages(self) -> tuple[Document, ...]:
        """The pages that bear witness: those of defined entities, never orphans."""
        dead = set(self.registry.orphans)
        return tuple(document for document in self.pages if document not in dead)

    @cached_property
    def kinds_with_pages(self) -> frozenset[str]:
        """The keys of the kinds of which there is a living page."""
        return frozenset(page.kind.key for page in self.live_pages if page.kind)

    @cached_property
    def usual_layouts(self) -> Mapping[str, PageShape]:
        """For each kind the shape that most of its living pages have."""
        counts: dict[str, Counter[PageShape]] = {}
        for page in self.live_pages:
            if page.kind is not None and (shape := detect_shape(page)) is not None:
                counts.setdefault(page.kind.key, Counter())[shape] += 1
        return {kind: max(sorted(count), key=count.__getitem__) for kind, count in counts.items()}

    @cached_property
    def listed_by(self) -> Mapping[str, Mapping[str, Reference]]:
        """For each entity the pages that list it among their members, and where they do."""
        found: dict[str, dict[str, Reference]] = {}
        for page in self.live_pages:
            for table in page.layout.tables if page.layout else ():
                if table.lists_members and page.id:
                    for reference in self.members(page, table.key):
                        found.setdefault(reference.target, {}).setdefault(page.id, reference)
        return found

    @cached_property
    def stale_layouts(self) -> frozenset[str]:
        """The paths of the pages in another layout than most living pages of their kind."""
        return frozenset(
            page.path
            for page in self.pages
            if self.known
            and page.kind is not None
            and (shape := detect_shape(page)) is not None
            and (usual := self.usual_layouts.get(page.kind.key)) is not None
            and shape != usual
        )

    @cached_property
    def structure(self) -> Mapping[str, tuple[StructureError, ...]]:
        """What is wrong with the structure of each page, by path.

        A page in a stale layout has no errors here, since its layout is reported.
        An error on nearly all pages of a kind comes from their template, and only
        the first of them has it.
        """
        found = {
            page: find_structure_errors(page)
            for page in sorted(self.pages, key=lambda page: page.path)
            if page.path not in self.stale_layouts
        }
        return drop_repetition(found)

    @cached_property
    def pages_by_path(self) -> Mapping[str, Document]:
        """All that is read from files of pages, indexes and notes, by path."""
        return {d.path: d for d in self.all_documents if d.type is not PageType.ROW}

    @cached_property
    def links(self) -> LinkResolver:
        """Where links lead."""
        unreadable = frozenset(problem.path for problem in self.unreadable)
        return LinkResolver(self.tree, self.profile, self.pages_by_path, unreadable)

    def derive(self, make: Callable[[Corpus], T]) -> T:
        """Return what a function makes of the corpus; the corpus keeps it for later calls."""
        if make not in self._derived:
            self._derived[make] = make(self)
        found: T = self._derived[make]
        return found

    @cached_property
    def _derived(self) -> dict[Callable[[Corpus], Any], Any]:
        return {}

    def entity(self, entity_id: str) -> Entity | None:
        """Return the living entity with the given id."""
        return self.registry.entities.get(entity_id)

    def retired(self, entity_id: str) -> RetiredId | None:
        """Return what is known of an id that is gone, with the living entity in its place."""
        return self._retired.get(entity_id)

    @cached_property
    def _retired(self) -> dict[str, RetiredId]:
        gone = self.registry.retired
        living = ((e.id, e.kind.key, e.name) for e in self.registry.entities.values())
        successors = Successors(read_marks(gone.values()), living)
        named = {one.id: (one.kind, one.name) for one in gone.values() if one.kind and one.name}
        return {
            entity_id: replace(one, successor=successors.find(entity_id, named).successor)
            for entity_id, one in gone.items()
        }

    def page(self, entity_id: str) -> Document | None:
        """Return the page of the living entity with the given id."""
        entity = self.registry.entities.get(entity_id)
        return entity.page if entity else None

    @cached_property
    def _name_indexes(self) -> dict[str, NameIndex]:
        names: dict[str, dict[str, str]] = {}
        for entity in self.registry.entities.values():
            names.setdefault(entity.kind.key, {})[entity.id] = entity.name
        former = {
            entity.id: simplify_name(entity.page.heading.name.raw)
            for entity in self.registry.entities.values()
            if entity.master is not None
            and entity.page is not None
            and entity.page.heading is not None
            and entity.page.heading.name
            and not is_same_name(entity.page.heading.name.raw, entity.name)
        }
        return {
            kind: NameIndex(found, self.context.aliases, self.context.glossary, former)
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
        for document in self.checked_documents:
            heading = document.heading
            # The name of a worksheet row is a cell like any other.
            page = document.type is not PageType.ROW
            named_to = heading.name.end if page and heading and heading.name else 0
            for mention in document.mentions:
                row = mention.row
                if row is not None and blank.get(row.text.start) == document.path:
                    continue
                reference = self.resolve(document, mention)
                if mention.role is Role.PROSE and mention.id.start < named_to:
                    # An id in a heading's name, or in one that is cited right (`OPSEC for TA10`),
                    # is no citation.
                    reference = structs.replace(reference, written=None, right=True)
                elif reference.written is not None and reference.right:
                    named_to = reference.written.end
                found.append(reference)
        return tuple(found)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """All that the worksheets state, in their order."""
        return tuple(
            item for document in self.rows for item in read_statements(self.members, document)
        )

    @cached_property
    def _statements_by_row(self) -> dict[Document, list[Statement]]:
        found: dict[Document, list[Statement]] = {}
        for item in self.statements:
            found.setdefault(item.document, []).append(item)
        return found

    def statements_of(self, row: Document) -> list[Statement]:
        """Return what one row of a worksheet states."""
        return self._statements_by_row.get(row, [])

    @cached_property
    def stated_at(self) -> Mapping[tuple[str, str, str], tuple[Statement, ...]]:
        """The statements by the place that shows them; see `group_by_place`."""
        return group_by_place(self.statements)

    @cached_property
    def _by_document(self) -> dict[Document, list[Reference]]:
        found: dict[Document, list[Reference]] = {}
        for reference in self.references:
            found.setdefault(reference.document, []).append(reference)
        return found

    def references_of(self, document: Document) -> list[Reference]:
        """Return the references of one document."""
        return self._by_document.get(document, [])

    @cached_property
    def _reference_starts(self) -> dict[Document, list[int]]:
        return {
            document: [reference.mention.id.start for reference in found]
            for document, found in self._by_document.items()
        }

    def references_in(self, document: Document, text: Text) -> list[Reference]:
        """Return the references of a document whose ids stand in one of its texts."""
        starts = self._reference_starts.get(document, [])
        first, last = bisect_left(starts, text.start), bisect_left(starts, text.end)
        return self._by_document[document][first:last] if first < last else []

    def members(self, document: Document, place: str) -> Iterator[Reference]:
        """Yield the references that a field or table of a page states."""
        yield from self._members.get((document, place), ())

    @cached_property
    def _members(self) -> dict[tuple[Document, str], list[Reference]]:
        found: dict[tuple[Document, str], list[Reference]] = {}
        for reference in self.references:
            mention = reference.mention
            if mention.member:
                found.setdefault((reference.document, mention.place), []).append(reference)
        return found

    def resolve(self, document: Document, mention: Mention) -> Reference:
        """Say what becomes of a mention."""
        if mention.evidence_needed is EvidenceNeeded.SLIP:
            return self._resolve_slip(document, mention)
        mention = self._bring_in_shape(mention)
        kind = find_kind(mention.target, self.profile) or find_kind(
            find_stem(mention.target), self.profile
        )
        sure = self._find_slip(mention) if mention.malformation or kind is None else None
        if sure is not None:
            # `T01466: Account Asset` is T0146, and no T1466.
            return self.resolve(document, sure)
        wanted = mention.refers_to
        if mention.malformation and wanted and kind is not None and kind.key != wanted:
            # `T02 Make Material`, where a tactic belongs, is no technique T0002.
            mention = self._read_as(mention, wanted)
            kind = self.profile.kind(wanted)
        if kind is None and mention.target in self.registry.entities:
            kind = self.registry.entities[mention.target].kind
        foreign = self._find_foreign(mention)
        if foreign is not None:
            return Reference(document, mention, Status.FOREIGN, mention.target, foreign=foreign)
        written = self._read_written(mention, kind.key if kind else None)
        if mention.evidence_needed is not EvidenceNeeded.NONE and not self._is_proven(
            mention, written
        ):
            if mention.fallback is not None:
                return self.resolve(document, mention.fallback)
            return Reference(document, mention, Status.SILENT, mention.target)
        status = self._choose_status(document, mention, kind.key if kind else None, written)
        reference = Reference(document, mention, status, mention.target)
        if written is None:
            return reference
        text, found = written
        return structs.replace(
            reference, written=text, right=found.right, named=found.meant, exactly=found.exact
        )

    def _bring_in_shape(self, mention: Mention) -> Mention:
        """Return a mention with its id in the shape that the ids of the framework have."""
        if mention.malformation is None:
            return mention
        if mention.id.raw not in self.registry.unusual_ids:
            return self._complete_digits(mention)
        # The framework writes ids in another shape than its profile says.
        return structs.replace(
            mention,
            target=mention.id.raw,
            malformation=None,
            evidence_needed=EvidenceNeeded.NONE,
            fallback=None,
        )

    def _complete_digits(self, mention: Mention) -> Mention:
        """Return a malformed id with the right number of digits in its last part.

        The resulting id must exist, and be the only possible one that does.
        """
        head, _, last = mention.target.rpartition(".")
        if not head or not last.isdecimal() or mention.target in self.registry.entities:
            return mention
        width = self._digits_behind.get(head, 0)
        if len(last) == width:
            return mention
        forms = {last.rjust(width, "0"), last.ljust(width, "0"), last.lstrip("0").rjust(width, "0")}
        meant = [f"{head}.{form}" for form in forms if f"{head}.{form}" in self.registry.entities]
        return structs.replace(mention, target=meant[0]) if len(meant) == 1 else mention

    @cached_property
    def _digits_behind(self) -> dict[str, int]:
        """How many digits the last part has of the first id that begins with another id."""
        found: dict[str, int] = {}
        for head, _, last in (entity_id.rpartition(".") for entity_id in self.registry.entities):
            found.setdefault(head, len(last))
        return found

    def _read_as(self, mention: Mention, kind: str) -> Mention:
        """Return a malformed id as one of the kind that belongs in its place."""
        named = self.names(kind).find_id(mention.name.raw) if mention.name is not None else None
        raw = mention.id.raw
        ids = [e.id for e in self.registry.entities.values() if e.kind.key == kind]
        near = [i for i in ids if describe_slip(raw, i)] if named is None else [named]
        if len(near) == 1 and (flaw := describe_slip(raw, near[0])) is not None:
            return structs.replace(mention, target=near[0], malformation=flaw)
        return structs.replace(
            mention, target=raw, malformation="it has not the form of its kind's ids"
        )

    def _resolve_slip(self, document: Document, mention: Mention) -> Reference:
        """Say what becomes of a garbled id: the name behind it may show which id was meant."""
        sure = self._find_slip(mention)
        if sure is not None:
            return self.resolve(document, sure)
        kind = None if mention.role is Role.PROSE else mention.refers_to
        member = self._read_member(mention, kind) if kind is not None else None
        if member is not None:
            return Reference(document, member, Status.MALFORMED, member.target)
        if mention.fallback is not None:
            return self.resolve(document, mention.fallback)
        status = Status.MALFORMED if kind in self.registry.kinds else Status.SILENT
        return Reference(document, mention, status, mention.target)

    def _find_slip(self, mention: Mention) -> Mention | None:
        """Return a mention of the entity named behind a garbled id, if it is a slip of that id."""
        if mention.target in self.registry.entities or not self._may_be_named(mention):
            return None
        for names in self._name_indexes.values():
            meant = self._name_behind(mention, names)
            flaw = describe_slip(mention.id.raw, meant) if meant is not None else None
            if meant is not None and flaw is not None:
                return structs.replace(
                    mention,
                    target=meant,
                    malformation=flaw,
                    evidence_needed=EvidenceNeeded.NONE,
                    fallback=None,
                )
        return None

    def _read_member(self, mention: Mention, kind: str) -> Mention | None:
        """Return a member of an id list that is no id as the one id that it is a slip of."""
        meant = [
            (entity_id, flaw)
            for entity_id in self.find_same_letters(mention.id.raw)
            if self.registry.entities[entity_id].kind.key == kind
            and (flaw := describe_slip(mention.id.raw, entity_id))
        ]
        written = mention.id.raw.strip()
        if not meant and written.isascii() and written.isdecimal():
            meant = [
                (entity_id, f"it is only the number of {entity_id}")
                for entity_id in self._list_numbered(kind, int(written[:9]))
            ]
        if len(meant) != 1:
            return None
        target, flaw = meant[0]
        return structs.replace(mention, target=target, malformation=flaw)

    def _list_numbered(self, kind: str, number: int) -> list[str]:
        """Return the ids of a kind with a number: a spreadsheet drops the letters and zeros."""
        found = self.profile.kind(kind)
        ids = {
            f"{form.template.prefix}{number:0{form.template.digits}}"
            for form in (found.forms if found is not None else ())
        }
        return sorted(ids & self.registry.entities.keys())

    def find_same_letters(self, written: str) -> tuple[str, ...]:
        """Return the living ids that differ from a text only in separators and look-alikes.

        The letters at the beginning may be missing or doubled.
        """
        return self._by_letters.get(squeeze_id(written), ())

    @cached_property
    def _by_letters(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for entity_id in self.registry.entities:
            letters = entity_id.rstrip("0123456789.")
            squeezed = squeeze_id(entity_id)
            doubled = (squeeze_id(letters) + squeezed, squeeze_id(letters[:1]) + squeezed)
            for key in {squeezed, squeezed[len(letters) :], *doubled}:
                found.setdefault(key, []).append(entity_id)
        return {key: tuple(ids) for key, ids in found.items()}

    def _may_be_named(self, mention: Mention) -> bool:
        """Tell quickly whether the words behind a garbled id begin like some name."""
        if mention.role is not Role.PROSE:
            return True
        behind = mention.leaf.raw[mention.id.end - mention.leaf.start :][:60]
        words = behind.lstrip(_BEFORE_NAMES).split(maxsplit=1)
        return bool(words) and words[0][:4].casefold() in self._beginnings

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return frozenset(
            entity.name[:4].split()[0].casefold()
            for entity in self.registry.entities.values()
            if entity.name[:4].strip()
        )

    @staticmethod
    def _name_behind(mention: Mention, names: NameIndex) -> str | None:
        """Return the id of the entity whose exact name stands behind a garbled id."""
        if mention.role is Role.PROSE:
            leaf = mention.leaf
            found = names.read(leaf.raw, mention.id.end - leaf.start, "")
            # A single word behind a space (`the A16 company`) names nothing.
            loose = leaf.raw[mention.id.end - leaf.start :][:1].isspace()
            if found is None or not found.exact:
                return None
            return None if loose and " " not in leaf.raw[found.start : found.end] else found.meant
        return names.find_id(mention.name.raw) if mention.name is not None else None

    def _is_proven(self, mention: Mention, written: tuple[Text, WrittenName] | None) -> bool:
        if written is not None and written[1].meant == mention.target:
            # A single word behind a space (`the A16 company`) names nothing.
            gap = mention.id.source.text[mention.id.end : written[0].start]
            if gap.strip() or " " in written[0].raw:
                return True
        if mention.evidence_needed is EvidenceNeeded.NAMED:
            return False
        entities = self.registry.entities
        return mention.target in entities or mention.target in self.registry.retired

    def _choose_status(
        self,
        document: Document,
        mention: Mention,
        kind: str | None,
        written: tuple[Text, WrittenName] | None,
    ) -> Status:
        if mention.malformation is not None:
            return Status.MALFORMED
        if mention.target in self.registry.entities:
            return Status.DEFINED
        if kind is None or kind not in self.registry.kinds:
            return Status.SILENT
        if self._is_past(document, mention):
            return Status.SILENT
        if mention.target in self.registry.retired:
            return Status.RETIRED
        # `P02` or `TA7` without a name may be anything.
        digits = sum(char.isdecimal() for char in mention.target.partition(".")[0])
        if mention.role is Role.PROSE and digits < 4 and written is None:
            return Status.SILENT
        return Status.UNKNOWN

    def _is_past(self, document: Document, mention: Mention) -> bool:
        if mention.role is not Role.PROSE:
            return False
        if (document.path, mention.id.start) in self.registry.noted:
            return True
        start = mention.id.start - mention.leaf.start
        return is_about_past(mention.leaf.raw, start, mention.id.end - mention.leaf.start)

    @cached_property
    def _shapes_in_use(self) -> frozenset[IdTemplate]:
        """The shapes of other frameworks' ids that ids of this corpus have too."""
        shapes = {template for other in self.profile.foreign for template in other.ids}
        return frozenset(
            shape for shape in shapes if any(shape.matches(i) for i in self.registry.entities)
        )

    @cached_property
    def _near_ids(self) -> Mapping[str, tuple[str, ...]]:
        """The living ids by themselves, and by what is left of each without one character."""
        found: dict[str, list[str]] = {}
        for entity_id in self.registry.entities:
            for rest in _list_rests(entity_id):
                found.setdefault(rest, []).append(entity_id)
        return {rest: tuple(ids) for rest, ids in found.items()}

    def list_near_ids(self, entity_id: str) -> frozenset[str]:
        """Return the living ids that may be one slip away from an id, and few others.

        Two ids that differ in one character (added, dropped, changed or swapped)
        become equal if each loses one.
        """
        rests = _list_rests(entity_id)
        return frozenset(i for rest in rests for i in self._near_ids.get(rest, ()))

    def _find_foreign(self, mention: Mention) -> ForeignFramework | None:
        if mention.target in self.registry.entities:
            return None
        written = mention.id.raw
        if mention.role is not Role.PROSE:
            href = mention.link.href if mention.role is Role.LINK and mention.link else ""
            return next((f for f in self.profile.foreign if f.is_shown_at(href, written)), None)
        for other in self.profile.foreign:
            own = [template for template in other.ids if template.matches(written)]
            if own and not any(template in self._shapes_in_use for template in own):
                return other
            if any(template.matches(written) for template in other.mentioned_ids):
                start = mention.id.start - mention.leaf.start
                sentence = mention.leaf.raw[max(0, start - 80) : start].rpartition(". ")[2]
                behind = mention.leaf.raw[mention.id.end - mention.leaf.start :][:24]
                if any(word in sentence or word in behind for word in other.mentions):
                    return other
        return None

    def _read_written(self, mention: Mention, kind: str | None) -> tuple[Text, WrittenName] | None:
        if kind is None or kind not in self._name_indexes:
            return None
        names = self._name_indexes[kind]
        if mention.role is Role.PROSE:
            leaf = mention.leaf
            start, end = mention.id.start - leaf.start, mention.id.end - leaf.start
            found = names.read(leaf.raw, end, mention.target, id_start=start)
            return (leaf.part(found.start, found.end), found) if found else None
        if mention.name is None:
            return None
        return mention.name, names.judge(mention.name.raw, mention.target)
