"""Places that a rename touches, each in a role, and the new bytes of their files."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Any

from disarm_lint.corpus.links import make_slug
from disarm_lint.corpus.names import is_same_name
from disarm_lint.model.document import PageType, Role
from disarm_lint.model.text import PageSource, RowSource, Text
from disarm_lint.parse.artefacts import SIZE_LIMIT, ArtefactKind, make_short_name
from disarm_lint.parse.cell_text import CellEdit
from disarm_lint.parse.json_text import InvalidJson, JsonText
from disarm_lint.parse.xlsx_edit import EditedWorkbook, edit_cells
from disarm_lint.parse.xlsx_limits import BadWorkbookError, format_cell_ref
from disarm_lint.sources.decoding import decode_source, replace_texts, splice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document
    from disarm_lint.model.entity import Entity
    from disarm_lint.parse.json_text import Path


class TouchedRole(StrEnum):
    """The role of a name or an id in a text, in the order in which reports count them."""

    HEADING = "heading"
    FIELD = "field"
    LINK = "link"
    CITATION = "citation"
    INDEX = "index row"
    GRID = "grid cell"
    CELL = "workbook cell"
    ARTEFACT = "artefact"

    @property
    def plural(self) -> str:
        """The plural of the role's name."""
        return f"{self.value}s"


@dataclass(frozen=True, slots=True)
class TouchedPlace:
    """A text that a rename replaces, in a file or in a cell.

    `derived` says that the text may be the value of a formula: what the formula
    is made of is renamed too.
    """

    role: TouchedRole
    text: Text
    replacement: str
    derived: bool = False

    @property
    def key(self) -> tuple[str, str, int, int]:
        """File, cell (empty in a text file), and the offsets there, for order and identity."""
        source = self.text.source
        if not isinstance(source, RowSource):
            return source.path, "", self.text.start, self.text.end
        number = source.cell(self.text.start)
        start = source.starts[number]
        cell = f"{source.sheet}!{source.refs[number]}"
        return source.path, cell, self.text.start - start, self.text.end - start


def find_role(document: Document, role: Role) -> TouchedRole:
    """Return the role of a mention in a document."""
    if document.type is PageType.ROW:
        return TouchedRole.CELL
    if document.index is not None:
        return TouchedRole.INDEX if document.index.lists else TouchedRole.GRID
    return _ON_PAGES.get(role, TouchedRole.FIELD)


_ON_PAGES = {
    Role.HEADING: TouchedRole.HEADING,
    Role.LINK: TouchedRole.LINK,
    Role.PROSE: TouchedRole.CITATION,
}


def sort_places(places: Iterable[TouchedPlace]) -> tuple[TouchedPlace, ...]:
    """Return places by file and offset, without those that overlap an earlier one."""
    found: list[TouchedPlace] = []
    for place in sorted(places, key=lambda place: place.text.location.order):
        path, cell, start, _ = place.key
        if found and found[-1].key[:2] == (path, cell) and start < found[-1].key[3]:
            continue
        found.append(place)
    return tuple(found)


def list_references(corpus: Corpus, document: Document) -> Iterator[Reference]:
    """Yield the references of a document, even of one that rules skip, such as an orphan."""
    if document in corpus.derive(_find_checked):
        yield from corpus.references_of(document)
        return
    heading = document.heading
    page = document.sheet is None
    named_to = heading.name.end if page and heading and heading.name else 0
    for mention in document.mentions:
        # An id in the name of a heading is not a citation.
        if mention.role is not Role.PROSE or mention.id.start >= named_to:
            yield corpus.resolve(document, mention)


def _find_checked(corpus: Corpus) -> frozenset[Document]:
    return frozenset(corpus.checked_documents)


def list_anchor_places(
    corpus: Corpus, pages: Iterable[Document], rewrite: Callable[[str], str]
) -> Iterator[TouchedPlace]:
    """Yield the fragments of links that lead to the headings of some pages.

    `rewrite` returns the new heading for an old one.
    """
    slugs: dict[str, tuple[str, str]] = {}
    for page in pages:
        if page.heading is not None:
            words = page.heading.text.raw.strip("#").strip()
            slugs[page.path] = (make_slug(words), make_slug(rewrite(words)))
    changed = {old for old, new in slugs.values() if old != new}
    for document in corpus.all_documents:
        # Links of one definition have one target.
        links = {link.target.start: link for link in document.links}
        for link in links.values() if document.type is not PageType.ROW else ():
            head, sign, fragment = link.target.raw.partition("#")
            if not sign or fragment.casefold() not in changed or link.external:
                continue
            old, new = slugs.get(corpus.links.resolve(document, link).path, ("", ""))
            if fragment.casefold() == old:
                start = len(head) + 1
                yield TouchedPlace(
                    TouchedRole.LINK, link.target.part(start, start + len(fragment)), new
                )


def list_cells(corpus: Corpus) -> tuple[Text, ...]:
    """Return the texts of all cells with text in the workbooks of a corpus.

    Raises BadWorkbookError for a workbook that cannot be read; a sheet that cannot be read
    is left out.
    """
    return corpus.derive(_read_cells)


def _read_cells(corpus: Corpus) -> tuple[Text, ...]:
    from disarm_lint.parse.xlsx import read_workbook

    found = []
    for workbook in corpus.workbooks:
        data = read_workbook(workbook.path, corpus.tree.read(workbook.path, SIZE_LIMIT), None)
        for name, sheet in data.sheets.items():
            for row, cells in enumerate(sheet.rows):
                for column, cell in enumerate(cells):
                    if cell.text:
                        ref = format_cell_ref(row, column)
                        source = RowSource(workbook.path, name, cell.text, (0,), (ref,))
                        found.append(source.cell_text(0))
    return tuple(found)


def list_other_cells(corpus: Corpus) -> Iterator[Text]:
    """Yield those of `list_cells` that are not part of a document of the corpus."""
    known = {
        (document.path, document.source.sheet, document.source.refs[document.source.cell(start)])
        for document in corpus.all_documents
        if document.type is PageType.ROW and isinstance(document.source, RowSource)
        for start in (field.text.start for field in document.fields)
    }
    for text in list_cells(corpus):
        source = text.source
        assert isinstance(source, RowSource)
        if (source.path, source.sheet, source.refs[0]) not in known:
            yield text


@dataclass(frozen=True)
class Edited:
    """The new bytes by path, and the places that cannot be edited, each with its reason.

    `behind` are the formulas that may read edited cells and keep their old values.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    refused: tuple[tuple[TouchedPlace, str], ...] = ()
    behind: tuple[str, ...] = ()


def edit_places(places: Iterable[TouchedPlace], read: Callable[[str], bytes]) -> Edited:
    """Replace the text of all places and return the new files; `read` returns the old bytes."""
    by_file: dict[str, list[TouchedPlace]] = defaultdict(list)
    for place in places:
        by_file[place.key[0]].append(place)
    files: dict[str, bytes] = {}
    refused: list[tuple[TouchedPlace, str]] = []
    behind: list[str] = []
    for path, found in by_file.items():
        source = found[0].text.source
        if isinstance(source, RowSource):
            edited, told = _edit_workbook(found, read(path))
            data = edited.data
            behind += [f"{path}!{sheet}!{ref}" for sheet, ref in edited.behind]
        elif isinstance(source, PageSource) and source.encoding == "utf-8" and not source.invalid:
            edits = [(p.text.start, p.text.end, p.replacement) for p in found]
            data, told = replace_texts(source, read(path), edits), []
        else:
            data, told = b"", [(found[0], "its file is not in UTF-8")]
        refused += told
        files[path] = data
    return Edited(files, tuple(refused), tuple(behind))


def _edit_workbook(
    places: list[TouchedPlace], data: bytes
) -> tuple[EditedWorkbook, list[tuple[TouchedPlace, str]]]:
    edits = [_make_cell_edit(place) for place in places]
    try:
        edited = edit_cells(data, edits)
    except BadWorkbookError as problem:
        return EditedWorkbook(data), [(places[0], problem.reason)]
    told = [
        (place, edited.refused[edit.sheet, edit.ref])
        for place, edit in zip(places, edits, strict=True)
        if (edit.sheet, edit.ref) in edited.refused
    ]
    return edited, told


def _make_cell_edit(place: TouchedPlace) -> CellEdit:
    source = place.text.source
    assert isinstance(source, RowSource)
    number = source.cell(place.text.start)
    _, _, start, end = place.key
    whole = source.cell_text(number).raw
    ref = source.refs[number]
    return CellEdit(source.sheet, ref, whole, start, end, place.replacement, place.derived)


def format_diff(
    places: Sequence[TouchedPlace], moves: Mapping[str, str], show: Callable[[str], str]
) -> Iterator[str]:
    """Yield the lines of a diff: one of each changed file, and one of each changed cell.

    A cell shows the lines of its text that change. `places` are in order, and none crosses a
    line end. `moves` are the new paths of renamed files. `show` returns a path as messages
    name it.
    """
    for path, found in groupby(places, key=lambda place: place.key[0]):
        group = list(found)
        source = group[0].text.source
        if isinstance(source, PageSource):
            yield f"--- {show(path)}"
            yield f"+++ {show(moves.get(path, path))}"
            yield from _compare_lines(source, group)
            continue
        for _, in_cell in groupby(group, key=lambda place: place.key[1]):
            edits = list(in_cell)
            cell = edits[0].text.location.cell
            where = f"{show(path)}!{cell.address if cell else ''}"
            old = _make_cell_edit(edits[0]).text
            new = splice(old, [(*place.key[2:], place.replacement) for place in edits])
            yield f"--- {where}"
            yield f"+++ {where}"
            for before, after in zip(old.split("\n"), new.split("\n"), strict=True):
                if before != after:
                    yield f"-{before}"
                    yield f"+{after}"


def _compare_lines(source: PageSource, places: Sequence[TouchedPlace]) -> Iterator[str]:
    for line, found in groupby(places, key=lambda place: source.span(*place.key[2:]).line):
        old = new = source.line(line)
        start = source.line_starts[line - 1]
        for place in reversed(list(found)):
            begin, end = place.text.start - start, place.text.end - start
            new = new[:begin] + place.replacement + new[end:]
        yield f"@@ -{line} +{line} @@"
        yield f"-{old}"
        yield f"+{new}"


_SHORT_NAMES = ("x_mitre_shortname", "phase_name")


def list_artefact_places(
    corpus: Corpus,
    entity: Entity,
    name: str,
    read: Callable[[str], bytes],
    cite: Callable[[str], Iterator[tuple[int, int]]],
) -> Iterator[TouchedPlace]:
    """Yield the places of an entity's name in published JSON files.

    `cite` returns the offsets in a text at which the name follows the id. `read` returns the
    bytes of a file.
    """
    slugs = {make_short_name(entity.name): make_short_name(name)}
    for source, text in list_json_texts(corpus, read):
        if entity.id not in source.text:
            continue
        own = _find_objects(corpus, text.value, entity.id)
        paths = [(*path, "name") for path, item in own if _has_name(item, entity.name)]
        places = [(path, 0, len(_find_value(text, path)), name) for path in paths]
        short = any(item.get("x_mitre_shortname") in slugs for _, item in own)
        for path, value in list_strings(text.value):
            if short and path[-1] in _SHORT_NAMES and value in slugs:
                places.append((path, 0, len(value), slugs[value]))
            elif entity.id in value and path not in paths:
                places += [(path, start, end, name) for start, end in cite(value)]
        for path, start, end, new in places:
            first, last = text.words_span(path, start, end)
            yield TouchedPlace(
                TouchedRole.ARTEFACT, Text(source, first, last), escape_json(new, source)
            )


def list_json_texts(
    corpus: Corpus, read: Callable[[str], bytes]
) -> Iterator[tuple[PageSource, JsonText]]:
    """Yield the published JSON files that can be read; `read` returns the bytes of a file."""
    for artefact in corpus.artefacts:
        source = artefact.source
        if artefact.kind is ArtefactKind.OBJECT:
            source = decode_source(artefact.path, read(artefact.path)[:SIZE_LIMIT])
        if source is None or source.invalid or not artefact.path.lower().endswith(".json"):
            continue
        if artefact.bundle is not None:
            yield source, artefact.bundle.json
            continue
        try:
            text = JsonText(source.text)
        except InvalidJson:
            continue
        yield source, text


def list_strings(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the strings of a JSON value, each with its path, without the keys."""
    waiting = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            if path:
                yield path, value
        elif isinstance(value, dict):
            waiting += [((*path, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, number), item) for number, item in enumerate(value)]


def _find_objects(corpus: Corpus, value: Any, entity_id: str) -> list[tuple[Path, dict[str, Any]]]:
    """Return the objects in a JSON file that represent an entity."""
    items = value.get("objects") if isinstance(value, dict) else None
    if isinstance(items, list):
        objects: list[tuple[Path, Any]] = [(("objects", n), item) for n, item in enumerate(items)]
    else:
        objects = [((), value)]
    return [
        (path, item)
        for path, item in objects
        if isinstance(item, dict) and _stands_for(corpus, item, entity_id)
    ]


def _stands_for(corpus: Corpus, item: dict[str, Any], entity_id: str) -> bool:
    references = item.get("external_references")
    for reference in references if isinstance(references, list) else ():
        if isinstance(reference, dict) and reference.get("external_id") == entity_id:
            url = reference.get("url")
            others = [other.url for other in corpus.profile.foreign if other.url]
            return not (isinstance(url, str) and url.startswith(tuple(others)))
    return False


def _has_name(item: dict[str, Any], name: str) -> bool:
    return isinstance(item.get("name"), str) and is_same_name(item["name"], name)


def _find_value(text: JsonText, path: Path) -> str:
    value: Any = text.value
    for part in path:
        value = value[part]
    return str(value)


def escape_json(text: str, source: PageSource) -> str:
    """Return a text as in a JSON string, with non-ASCII letters escaped if the file does so."""
    return json.dumps(text, ensure_ascii=source.text.isascii())[1:-1]
