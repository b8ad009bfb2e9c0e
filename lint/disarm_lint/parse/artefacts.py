"""What is published beside the pages: id lists, and STIX bundles with their objects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import TYPE_CHECKING

from disarm_lint.model.text import Text
from disarm_lint.parse.json_text import JsonProblem
from disarm_lint.parse.stix import read_bundle
from disarm_lint.sources.decoding import decode_source, is_binary
from disarm_lint.sources.filesystem import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from disarm_lint.model.text import PageSource
    from disarm_lint.parse.stix import Bundle
    from disarm_lint.sources.filesystem import Tree

# The lists of DISARM 1.6 hold 400 ids; far more cells than this are no list of ours.
CELL_LIMIT = 200_000

_CELL = re.compile(r'"(?P<quoted>(?:[^"]++|"")*+)(?P<close>"?)|(?P<bare>[^,\r\n]*+)')
_EMPTY = re.compile(",++")
_END = re.compile(r"(?P<comma>,)|\r\n|\n|\r|\Z")
_LIKE_ID = re.compile(r"[A-Za-z]{1,4}[0-9]{1,10}(?:\.[0-9]{1,6})?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_OTHER_SEPARATOR = re.compile("[A-Za-z0-9.]([;\t|])[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column: its phase and its tactic, which may be empty texts, and the ids below."""

    phase: Text
    tactic: Text
    ids: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class IdList:
    """The columns of an id list, from left to right, and its first cell that is not empty."""

    columns: tuple[ListColumn, ...]
    top: Text


@dataclass(frozen=True, slots=True)
class CsvCell:
    """A cell that is not empty, without spaces and quotes around it; row and column from 0."""

    row: int
    column: int
    text: Text


class InvalidCsv(Exception):  # noqa: N818 - a fact about a file that becomes a finding
    """A text that is no CSV: at which offset, and why, as a clause for the reader."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason


def read_cells(source: PageSource) -> Iterator[CsvCell]:
    """Yield the cells of a CSV text that are not empty; empty lines are no rows.

    Raises InvalidCsv where a quote is not closed or something follows it, and
    where there are more than CELL_LIMIT cells.
    """
    text = source.text
    here = row = column = count = 0
    while here < len(text):
        empty = _EMPTY.match(text, here)
        if empty is not None:
            column, here = column + len(empty[0]), empty.end()
            continue
        count += 1
        if count > CELL_LIMIT:
            raise InvalidCsv(here, f"it has more than {CELL_LIMIT:,} cells")
        match = _CELL.match(text, here)
        if match is None or match["close"] == "":
            raise InvalidCsv(here, "this quoted cell has no closing quote")
        end = _END.match(text, match.end())
        if end is None:
            reason = "there is something between this closing quote and the next comma"
            raise InvalidCsv(match.end() - 1, reason)
        group = "bare" if match["quoted"] is None else "quoted"
        cell = Text(source, match.start(group), match.end(group)).strip()
        if cell:
            yield CsvCell(row, column, cell)
        if end["comma"]:
            column += 1
        elif column or cell:
            row, column = row + 1, 0
        here = end.end()


def is_id_list(source: PageSource) -> bool:
    """Tell whether a CSV file is an id list: by its name, or by ids alone in its first two rows."""
    if source.path.lower().endswith("_ids.csv"):
        return True
    rows = set()
    try:
        for cell in takewhile(lambda cell: cell.row < 2, read_cells(source)):
            rows.add(cell.row)
            if not _LIKE_ID.fullmatch(cell.text.raw):
                return False
    except InvalidCsv:
        return False
    return rows == {0, 1}


def read_id_list(source: PageSource) -> IdList | JsonProblem:
    """Return the columns of an id list, or what keeps it from being read."""
    control = _CONTROL.search(source.text)
    if control is not None:
        code = f"U+{ord(control[0]):04X}"
        return _problem(source, control.start(), f"it has the control character {code}")
    try:
        cells = list(read_cells(source))
    except InvalidCsv as problem:
        return _problem(source, problem.offset, problem.reason)
    if not cells or cells[-1].row < 1:
        start = cells[0].text.start if cells else 0
        other = _OTHER_SEPARATOR.search(source.text[:4096])
        reason = "an id list has a row of phases, one of tactics, and ids below"
        return _problem(source, start, reason if other is None else _split_cells(other[1]))
    if all(cell.column == 0 for cell in cells):
        other = _OTHER_SEPARATOR.search(cells[0].text.raw)
        if other is not None:
            return _problem(source, cells[0].text.start + other.start(1), _split_cells(other[1]))
    return IdList(_columns(source, cells), cells[0].text)


def _split_cells(mark: str) -> str:
    shown = "tabs" if mark == "\t" else f"“{mark}”"
    return f"its cells are separated by {shown}; commas belong there"


def _problem(source: PageSource, offset: int, reason: str) -> JsonProblem:
    return JsonProblem(source.locate(offset, min(offset + 1, len(source.text))), reason)


def _columns(source: PageSource, cells: list[CsvCell]) -> tuple[ListColumn, ...]:
    columns: dict[int, list[CsvCell]] = {}
    for cell in cells:
        columns.setdefault(cell.column, []).append(cell)
    empty = Text(source, cells[0].text.start, cells[0].text.start)
    found = []
    for _, column in sorted(columns.items()):
        heads = {cell.row: cell.text for cell in column if cell.row < 2}
        ids = tuple(cell.text for cell in column if cell.row >= 2)
        found.append(ListColumn(heads.get(0, empty), heads.get(1, empty), ids))
    return tuple(found)


class ArtefactKind(StrEnum):
    """What a file is taken for.

    A `stix-object` is a file that holds one object and is called after its
    STIX id; it is not read, because its name says all that is asked of it.
    """

    ID_LIST = "id-list"
    BUNDLE = "stix-bundle"
    OBJECT = "stix-object"
    OTHER = "other"


@dataclass(frozen=True, eq=False)
class Artefact:
    """One file; there is one object for each, compared by identity.

    `path` is relative to the corpus root, with forward slashes. `source` is
    None for a file that was not read. `ids` or `bundle` is there where the
    file is of that kind and could be parsed. `object_id` is the STIX id in
    the name of a `stix-object`.
    """

    path: str
    kind: ArtefactKind
    source: PageSource | None = None
    ids: IdList | None = None
    bundle: Bundle | None = None
    object_id: str | None = None
    problems: tuple[JsonProblem, ...] = ()


# Bytes. The bundle of DISARM 1.6 has 0.9 MB.
SIZE_LIMIT = 32_000_000
SUFFIXES = (".csv", ".json")

_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
# A file for each object, or a folder with a file for each of its versions.
_OBJECT = re.compile(rf"(?:.*/)?(?P<id>[a-z0-9-]{{1,64}}--{_UUID})(?:\.json|/[0-9TZ.:_-]+\.json)")
_BUNDLE = re.compile(r'"type"\s{0,8}:\s{0,8}"bundle"')
_HEAD = 2000


def read_artefacts(
    tree: Tree,
    folder: str | None,
    *,
    excluded: Callable[[str], bool] = lambda _: False,
    limit: int = SIZE_LIMIT,
) -> tuple[tuple[Artefact, ...], tuple[Unreadable, ...]]:
    """Read the artefacts below a folder of a tree, sorted by path, and what cannot be read.

    `folder` is what the profile calls `files`; without one, or where the tree
    has none, there are no artefacts. `excluded` tells which paths to leave out,
    `limit` how many bytes a file may have. Files of a single STIX object are
    not read.
    """
    if not folder or tree.names(folder) is None:
        return (), ()
    found: list[Artefact] = []
    unreadable: list[Unreadable] = []
    for item in tree.walk(folder):
        path = item.path if isinstance(item, Unreadable) else item
        if excluded(path):
            continue
        if isinstance(item, Unreadable):
            unreadable.append(item)
            continue
        if not path.lower().endswith(SUFFIXES):
            continue
        single = _OBJECT.fullmatch(path)
        if single is not None:
            found.append(Artefact(path, ArtefactKind.OBJECT, object_id=single["id"]))
            continue
        try:
            data = tree.read(path, limit)
        except Unreadable as problem:
            unreadable.append(problem)
            continue
        if is_binary(data):
            unreadable.append(Unreadable(path, "it is binary, not text"))
            continue
        artefact = read_artefact(path, decode_source(path, data))
        if artefact is not None:
            found.append(artefact)
    return tuple(found), tuple(unreadable)


def read_artefact(path: str, source: PageSource) -> Artefact | None:
    """Return the artefact that a file is; None for a suffix that none of them has."""
    lower = path.lower()
    if lower.endswith(".csv"):
        if not is_id_list(source):
            return Artefact(path, ArtefactKind.OTHER, source)
        damage = _not_utf8(source)
        ids = damage or read_id_list(source)
        if isinstance(ids, JsonProblem):
            return Artefact(path, ArtefactKind.ID_LIST, source, problems=(ids,))
        return Artefact(path, ArtefactKind.ID_LIST, source, ids=ids)
    if lower.endswith(".json"):
        # An invalid bundle need not say what it is: then its name has to.
        if not _BUNDLE.search(source.text[:_HEAD]) and "stix" not in lower:
            return Artefact(path, ArtefactKind.OTHER, source)
        damage = _not_utf8(source)
        if damage is not None:
            return Artefact(path, ArtefactKind.BUNDLE, source, problems=(damage,))
        bundle, problems = read_bundle(source)
        if bundle is not None and not _is_bundle(bundle):
            return Artefact(path, ArtefactKind.OTHER, source)
        return Artefact(path, ArtefactKind.BUNDLE, source, bundle=bundle, problems=problems)
    return None


def _is_bundle(bundle: Bundle) -> bool:
    value = bundle.json.value
    return value.get("type") == "bundle" or isinstance(value.get("objects"), list)


def _not_utf8(source: PageSource) -> JsonProblem | None:
    if not source.invalid:
        return None
    offset, byte = source.invalid[0]
    where = source.locate(offset, offset + 1)
    return JsonProblem(where, f"it is not UTF-8: it holds the byte 0x{byte:02X}")
