"""Which entities exist, who says so, and which ids are retired."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from disarm_lint.corpus.citations import is_about_past, is_predecessor
from disarm_lint.corpus.names import LONGEST_NAME, simplify_name
from disarm_lint.corpus.removals import NotedId, read_removals
from disarm_lint.model.document import Document, EvidenceNeeded, PageType, Role
from disarm_lint.model.entity import Definition, Entity, Evidence, RetiredId
from disarm_lint.model.ids import squeeze_id
from disarm_lint.model.profile import Format

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from disarm_lint.model.document import Link, Mention, Row
    from disarm_lint.model.profile import Kind, Profile
    from disarm_lint.model.text import Text


def assign_identities(
    documents: Iterable[Document], listed: frozenset[str]
) -> tuple[Document, ...]:
    """Give an identity to each page whose heading has another id than its file name.

    `listed` are the ids that the indexes list. If they list none of a kind, a page
    is what its file is called, if its heading's id is that of another page.
    """
    documents = tuple(documents)
    rightful = {d.stem for d in documents if d.type is PageType.ENTITY and d.id == d.stem}
    return tuple(_assign_identity(document, listed, rightful) for document in documents)


def _assign_identity(document: Document, listed: frozenset[str], rightful: set[str]) -> Document:
    kind, heading, stem = document.kind, document.heading, document.stem
    if document.type is not PageType.ENTITY or kind is None or document.id == stem:
        return document
    if not kind.matches(stem):
        return document
    written = heading.id.raw if heading and heading.id is not None else None
    if written is None or not kind.matches(written):
        return replace(document, identity=stem)
    if stem in listed or (not listed and written in rightful):
        return replace(document, identity=stem)
    return document


@dataclass(frozen=True, slots=True)
class Listing:
    """What an index or a worksheet says of an entity: its id, its name and the index's row.

    `meant` is the id of the entity, if the index writes something that is no id.
    """

    document: Document
    kind: Kind
    id: Text
    name: Text | None
    row: Row | None = None
    meant: str | None = None

    @property
    def entity_id(self) -> str:
        """The id of the entity that is listed."""
        return self.meant or self.document.id or self.id.raw


@dataclass(frozen=True)
class Registry:
    """Which ids exist.

    `entities` are the living ones; `retired` those that once existed;
    `listings` are the rows of indexes, and `kinds_from_workbooks` the keys of the
    kinds that worksheets define; `authoritative_listings` are the rows of both that
    say which entities of their kind there are. `orphans` are the pages that the
    master data does not list, or without master data the index of their kind;
    `blank_pages`, `blank_rows` (of indexes) and `blank_cells` (the rows of
    worksheets) those without an id. `duplicate_pages` are pages whose file name or
    id differs from that of another page only in spaces or letter case;
    `documents` are all documents, with the identities that they have; `noted` are
    the places, by path and offset, at which a text gives up an id.
    """

    entities: Mapping[str, Entity]
    retired: Mapping[str, RetiredId]
    listings: tuple[Listing, ...]
    orphans: tuple[Document, ...]
    blank_pages: tuple[Document, ...]
    blank_rows: tuple[tuple[Document, Row], ...]
    documents: tuple[Document, ...]
    duplicate_pages: tuple[Document, ...] = ()
    kinds_from_workbooks: frozenset[str] = field(default_factory=frozenset)
    blank_cells: tuple[Document, ...] = ()
    authoritative_listings: tuple[Listing, ...] = ()
    kinds: frozenset[str] = field(default_factory=frozenset)
    noted: frozenset[tuple[str, int]] = frozenset()

    @cached_property
    def unusual_ids(self) -> frozenset[str]:
        """The ids that do not have the shape of their kind, but are no slips.

        Most ids of the kind have another shape, so that the profile is wrong about
        it; or the page that defines one is also called after it.
        """
        usual: Counter[str] = Counter()
        unusual: dict[str, list[Entity]] = {}
        for entity in self.entities.values():
            if entity.kind.matches(entity.id):
                usual[entity.kind.key] += 1
            else:
                unusual.setdefault(entity.kind.key, []).append(entity)
        return frozenset(
            entity.id
            for kind, entities in unusual.items()
            for entity in entities
            if len(entities) > usual[kind]
            or any(found.document.stem == entity.id for found in entity.definitions)
        )


@lru_cache(maxsize=65536)
def find_kind(entity_id: str, profile: Profile) -> Kind | None:
    """Return the kind whose ids have the shape of `entity_id`."""
    for kind in profile.kinds:
        if kind.matches(entity_id):
            return kind
    return None


def _list_indexes(
    documents: Iterable[Document], profile: Profile
) -> tuple[list[Listing], list[tuple[Document, Row]]]:
    """Return the rows of indexes, and the rows without an id."""
    found: list[Listing] = []
    blanks: list[tuple[Document, Row]] = []
    documents = tuple(documents)
    paged = {document.stem for document in documents if document.type is PageType.ENTITY}
    for document in documents:
        index = document.index
        kind = profile.kind(index.lists) if index and index.lists else None
        if kind is None:
            continue
        heads = {
            mention.row.text.start: mention
            for mention in document.mentions
            if mention.row is not None and mention.role is Role.LINK and mention.member
        }
        written = Counter(mention.id.raw for mention in heads.values())
        # Where most ids have another shape, it is the profile that is wrong about it.
        usual = sum(kind.matches(id_) for id_ in written) * 2 >= len(written)
        for row in chain.from_iterable(table.rows for table in document.tables):
            head = heads.get(row.text.start)
            cells = {cell.column.format: cell for cell in row.cells if cell.column}
            if Format.ID not in cells:
                continue
            listing = _read_listing(document, row, head, kind, paged, linked=usual)
            doubled = listing is not None and bool(listing.meant and written[listing.meant])
            if doubled:
                # Another row is for that entity, so it is not known what this one is for.
                listing = _read_listing(document, row, head, kind, frozenset(), linked=False)
            if listing is not None:
                found.append(listing)
            nameless = listing is None and (doubled or not row.key)
            cut = listing is not None and head is not None and listing.id is not head.id
            if nameless or (listing is not None and listing.meant and (head is None or cut)):
                blanks.append((document, row))
    return found, blanks


def _read_listing(
    document: Document,
    row: Row,
    head: Mention | None,
    kind: Kind,
    paged: Collection[str],
    *,
    linked: bool = True,
) -> Listing | None:
    """Return what a row of an index lists; if `linked`, its link may show which entity."""
    cells = {cell.column.format: cell.text for cell in row.cells if cell.column}
    cell = cells[Format.ID]
    meant = _find_meant(document, head, cell, kind, paged) if linked else None
    id_text = head.id if head and head.evidence_needed is not EvidenceNeeded.SLIP else None
    if meant is not None and id_text is not None:
        label = _find_label(document, cell)
        # The id that was read may be only the beginning of an id.
        id_text = label if label.raw.strip() != id_text.raw else id_text
    if id_text is None and meant is not None:
        id_text = head.id if head else _find_label(document, cell)
    elif id_text is None and kind.matches(cell.raw.strip()):
        id_text = cell
    if id_text is None:
        return None
    return Listing(document, kind, id_text, cells.get(Format.NAME) or None, row, meant)


def _find_meant(
    document: Document, head: Mention | None, cell: Text, kind: Kind, paged: Collection[str]
) -> str | None:
    """Return the id that a row of an index is meant to have, if what it has is no id.

    It is that of the page to which the row's link leads, else the id that was likely
    meant. An id without a page (`paged` are the others) is a slip too, if the link leads to one.
    """
    written = (head.id if head else cell).raw.strip()
    fits = kind.matches(written)
    link = _find_link(document, cell)
    stem = link.target.raw.rpartition("/")[2].removesuffix(".md") if link is not None else ""
    if link is not None and stem in paged and _is_slip(link.label.raw.strip(), written, stem):
        return stem
    if not written or (fits and written in paged):
        return None
    if link is not None and kind.matches(stem) and (stem in paged or not fits):
        return stem if stem != written else None
    if fits:
        return None
    return head.target if head and kind.matches(head.target) else None


def _is_slip(label: str, written: str, stem: str) -> bool:
    """Tell whether a label, of which only a part was read, is an id with other separators."""
    return label not in (written, stem) and squeeze_id(label) == squeeze_id(stem)


def _find_link(document: Document, cell: Text) -> Link | None:
    return next((x for x in document.links_in(cell) if x.label and not x.image), None)


def _find_label(document: Document, cell: Text) -> Text:
    link = _find_link(document, cell)
    return link.label if link is not None else cell


def _list_master(documents: Iterable[Document]) -> tuple[list[Listing], list[Document]]:
    """Return what the worksheets list, and their rows without an id of the right kind."""
    sheets: dict[tuple[str, str], list[tuple[Document, Listing | None, bool]]] = {}
    for document in documents:
        sheet, kind, heading = document.sheet, document.kind, document.heading
        if sheet is None or sheet.defines is None or kind is None:
            continue
        if heading is None or heading.id is None:
            # The sheet has no column of ids, which proves nothing about its rows.
            continue
        listing = Listing(document, kind, heading.id, heading.name or None) if heading.id else None
        rows = sheets.setdefault((document.path, sheet.name), [])
        rows.append((document, listing, kind.matches(document.id or "")))
    found: list[Listing] = []
    blanks: list[Document] = []
    for rows in sheets.values():
        # Where most ids have another shape, it is the profile that is wrong about it.
        known = sum(fitting for _, _, fitting in rows) * 2 >= sum(bool(r[1]) for r in rows)
        found += [listing for _, listing, fitting in rows if listing and (fitting or not known)]
        blanks += [
            document
            for document, listing, fitting in rows
            if not listing or (known and not fitting)
        ]
    return found, blanks


def build_registry(
    documents: tuple[Document, ...],
    profile: Profile,
    retired: Mapping[str, str | None],
    unsure: frozenset[str] = frozenset(),
) -> Registry:
    """Build the registry of a corpus; `retired` are the config's retired ids.

    `unsure` are the keys of kinds whose worksheet could only be read in part: an
    entity that is not listed there may still exist.
    """
    listings, blank_rows = _list_indexes(documents, profile)
    master, blank_cells = _list_master(documents)
    kinds_from_workbooks = frozenset(item.kind.key for item in master) - unsure
    authoritative_listings = [
        item for item in listings if item.kind.key not in kinds_from_workbooks
    ]
    authoritative_listings += [item for item in master if item.kind.key in kinds_from_workbooks]
    documents = assign_identities(
        documents, frozenset(item.meant or item.id.raw for item in authoritative_listings)
    )
    listed: dict[str, set[str]] = {}
    for item in authoritative_listings:
        listed.setdefault(item.kind.key, set()).add(item.entity_id)
    orphans: list[Document] = []
    blank_pages: list[Document] = []
    pages: dict[str, list[Document]] = {}
    duplicate_pages = _find_duplicate_pages(documents, authoritative_listings)
    doubled = {document.path for document in duplicate_pages}
    for document in documents:
        if document.type is not PageType.ENTITY or document.kind is None:
            continue
        if document.path in doubled:
            continue
        entity_id = document.id
        if entity_id is None:
            if document.heading is not None and document.heading.id is not None:
                blank_pages.append(document)
        elif entity_id not in listed.get(document.kind.key, {entity_id}):
            orphans.append(document)
        else:
            pages.setdefault(entity_id, []).append(document)
    entities = _build_entities(pages, [*master, *listings], authoritative_listings)
    dead = set(orphans)
    living = [document for document in documents if document not in dead]
    notes = [note for document in living for note in _read_notes(document, entities, profile)]
    gone = _collect_retired(living, entities, orphans, retired, profile, notes)
    return Registry(
        noted=frozenset(
            (note.place.source.path, note.place.start) for note in notes if note.id in gone
        ),
        entities=entities,
        retired=gone,
        listings=tuple(listings),
        orphans=tuple(orphans),
        blank_pages=tuple(blank_pages),
        blank_rows=tuple(blank_rows),
        documents=documents,
        duplicate_pages=duplicate_pages,
        kinds_from_workbooks=kinds_from_workbooks,
        blank_cells=tuple(blank_cells),
        authoritative_listings=tuple(authoritative_listings),
        kinds=frozenset(entity.kind.key for entity in entities.values()),
    )


def _find_duplicate_pages(
    documents: Iterable[Document], listings: Iterable[Listing]
) -> tuple[Document, ...]:
    """Return the pages that differ from another page of their folder in spaces or case only.

    The page that is called after the id is the right one, unless the index has the
    name of another: a slip in the spreadsheet makes a new page beside the old one.
    """
    listed = {
        _normalise(item.id.raw): simplify_name(item.name.raw) for item in listings if item.name
    }
    groups: dict[tuple[str, str], list[Document]] = {}
    for document in documents:
        if document.type is PageType.ENTITY and document.id is not None:
            folder = document.path.rpartition("/")[0]
            groups.setdefault((folder, _normalise(document.id)), []).append(document)
    found = []
    for group in groups.values():
        true = [d for d in group if d.stem == d.id]
        slips = [d for d in group if d not in true and _normalise(d.stem) == _normalise(d.id)]
        name = listed.get(_normalise(group[0].id))
        newer = [d for d in slips if name and simplify_name(d.name or "") == name]
        if true and newer and all(simplify_name(d.name or "") != name for d in true):
            found += true + [d for d in slips if d is not newer[0]]
        elif true:
            found += slips
    return tuple(found)


def _normalise(written: str | None) -> str:
    return "".join((written or "").split()).upper()


def _build_entities(
    pages: Mapping[str, list[Document]],
    listings: Iterable[Listing],
    authoritative_listings: Iterable[Listing],
) -> dict[str, Entity]:
    """Return the entities that listings name, each with its page if it has one."""
    names: dict[str, str] = {}
    for item in authoritative_listings:
        if item.document.sheet is not None and item.name is not None:
            names.setdefault(item.document.id or "", _read_name(item.name))
    living = {item.entity_id for item in authoritative_listings} | pages.keys()
    definitions: dict[str, list[Definition]] = {}
    kinds: dict[str, Kind] = {}
    for entity_id, documents in pages.items():
        # The page that is called after the id comes first.
        for document in sorted(documents, key=lambda d: (d.stem != entity_id, d.path)):
            heading = document.heading
            if document.kind is None:
                continue
            kinds.setdefault(entity_id, document.kind)
            where = heading.id if heading and heading.id is not None else document.top
            named = heading.name if heading else None
            definitions.setdefault(entity_id, []).append(Definition(document, where, named))
    for item in listings:
        entity_id = item.entity_id
        if entity_id not in living:
            continue
        kinds.setdefault(entity_id, item.kind)
        definitions.setdefault(entity_id, []).append(
            Definition(item.document, item.id, item.name, item.row)
        )
    entities = {}
    for entity_id, found in definitions.items():
        name = names.get(entity_id) or next((_read_name(d.name) for d in found if d.name), "")
        entities[entity_id] = Entity(kinds[entity_id], entity_id, name, tuple(found))
    return entities


def _read_name(text: Text) -> str:
    """Return a name as a reader sees it; nothing for a text that is too long for a name."""
    return simplify_name(text.raw) if text.end - text.start <= LONGEST_NAME else ""


@dataclass(frozen=True, slots=True)
class _Note:
    """An id in a note on what left the framework: its place, and its successor.

    Unless it `tells`, it only repeats what another note says, or it is itself the
    successor of an id, which may be gone as well.
    """

    place: Text
    id: str
    successor: str | None
    tells: bool


def _read_notes(
    document: Document, entities: Mapping[str, Entity], profile: Profile
) -> Iterator[_Note]:
    """Yield the ids that a document gives up; an index repeats what its pages say."""
    index = document.type is PageType.INDEX
    if not index and document.type not in (PageType.ENTITY, PageType.ROW, PageType.OTHER):
        return
    mentions = [
        mention
        for mention in document.mentions
        if mention.role is Role.PROSE
        and (index or mention.row is None)
        and not mention.malformation
    ]
    if all(mention.target in entities for mention in mentions):
        return
    ids = [
        NotedId(m.id.start, m.id.end, m.target, m.target in entities)
        for m in sorted(mentions, key=lambda mention: mention.id.start)
        if find_kind(m.target, profile) is not None
    ]
    places = {mention.id.start: mention.id for mention in mentions}
    for removal in read_removals(document.source.text, ids):
        one, towards = removal.id, removal.towards
        yield _Note(places[one.start], one.target, removal.successor, tells=not index)
        if towards is not None and not towards.living:
            yield _Note(places[towards.start], towards.target, None, tells=False)


def _read_retired(document: Document, profile: Profile) -> Iterator[RetiredId]:
    """Yield the ids that the text of a page says are gone."""
    for mention in document.mentions:
        kind = find_kind(mention.target, profile)
        if mention.role is not Role.PROSE or mention.malformation or kind is None:
            continue
        leaf = mention.leaf
        if is_about_past(leaf.raw, mention.id.start - leaf.start, mention.id.end - leaf.start):
            why = f"the page of {document.id} says so"
            # An evidence row, or a page of another kind, speaks of others' past; so does a text
            # that says of an id only that it is gone.
            own = mention.row is None and kind == document.kind
            own = own and is_predecessor(leaf.raw, mention.id.start - leaf.start)
            successor = document.id if own else None
            yield RetiredId(
                mention.target, kind.key, None, successor, why, Evidence.TEXT, mention.id
            )


def _read_note(note: _Note, profile: Profile) -> RetiredId:
    kind = find_kind(note.id, profile)
    why = f"{note.place.source.path.rpartition('/')[2]} says so"
    key = kind.key if kind else None
    return RetiredId(note.id, key, None, note.successor, why, Evidence.TEXT, note.place)


def _collect_retired(
    documents: Iterable[Document],
    entities: Mapping[str, Entity],
    orphans: Iterable[Document],
    configured: Mapping[str, str | None],
    profile: Profile,
    notes: Iterable[_Note],
) -> dict[str, RetiredId]:
    gone: dict[str, RetiredId] = {}
    for entity_id, successor in configured.items():
        if entity_id not in entities:
            kind, why = find_kind(entity_id, profile), "the configuration says so"
            key = kind.key if kind is not None else None
            gone[entity_id] = RetiredId(
                entity_id, key, None, successor, why, Evidence.CONFIGURATION
            )
    for told in (_read_note(note, profile) for note in notes if note.tells):
        if told.id not in gone or gone[told.id].successor is None:
            gone[told.id] = told
    pages = [d for d in documents if d.type is PageType.ENTITY and d.id is not None]
    for told in chain.from_iterable(_read_retired(page, profile) for page in pages):
        if told.id not in entities:
            gone.setdefault(told.id, told)
    for document in orphans:
        if document.id is not None and document.id not in entities and document.kind is not None:
            gone[document.id] = _read_orphan(
                document, document.id, document.kind, gone.get(document.id)
            )
    return gone


def _read_orphan(
    document: Document, entity_id: str, kind: Kind, known: RetiredId | None
) -> RetiredId:
    """Return what is known of an id, with what its orphan page adds."""
    return RetiredId(
        entity_id,
        kind.key,
        simplify_name(document.name or "") or None,
        known.successor if known else None,
        known.why if known else f"only the orphan page {document.path} has it",
        known.evidence if known else None,
        known.where if known and known.where else document.top,
    )
