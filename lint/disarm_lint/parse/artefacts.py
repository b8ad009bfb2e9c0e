"""What is published beside the pages: id lists, and STIX bundles with their objects."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeVar

from disarm_lint.model.text import Text
from disarm_lint.parse.json_text import InvalidJson, JsonProblem, JsonText, format_pointer
from disarm_lint.sources.decoding import decode_source, is_binary
from disarm_lint.sources.filesystem import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from disarm_lint.model.text import PageSource
    from disarm_lint.parse.json_text import Path
    from disarm_lint.sources.filesystem import Tree


T = TypeVar("T")

# The bundle of DISARM 1.6 has 700 objects.
OBJECT_LIMIT = 200_000

_WORDS = {dict: "an object", list: "an array", str: "a string", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class ExternalReference:
    """What an object is called elsewhere: the name of the framework, its id there, its page."""

    path: Path
    source_name: str
    external_id: str
    url: str


@dataclass(frozen=True, slots=True)
class ChainPhase:
    """A phase of a kill chain that an object belongs to; for DISARM, the tactic's short name."""

    path: Path
    chain: str
    name: str


@dataclass(frozen=True, slots=True)
class StixObject:
    """An object of a bundle. What it does not have is an empty text, or None.

    `path` leads to it, and with a key behind it to that key's value. `tactics` are
    what the columns of a matrix refer to, each with its path; None for what is no matrix.
    """

    path: Path
    type: str
    id: str
    name: str | None
    description: str | None
    references: tuple[ExternalReference, ...] = ()
    phases: tuple[ChainPhase, ...] = ()
    shortname: str | None = None
    revoked: bool = False
    deprecated: bool = False
    subtechnique: bool | None = None
    relationship: str | None = None
    source_ref: str | None = None
    target_ref: str | None = None
    tactics: tuple[tuple[Path, str], ...] | None = None

    @property
    def living(self) -> bool:
        """Tell whether the object is neither revoked nor deprecated."""
        return not (self.revoked or self.deprecated)


@dataclass(frozen=True, eq=False)
class Bundle:
    """A bundle: its JSON text and its objects in their order."""

    json: JsonText
    objects: tuple[StixObject, ...]


def read_bundle(source: PageSource) -> tuple[Bundle | None, tuple[JsonProblem, ...]]:
    """Read a bundle, and what is wrong with its form.

    The first value is None if the text is no JSON or no bundle at all. Of
    many members with one fault the first is named, with their number.
    """
    try:
        text = JsonText(source.text)
    except InvalidJson as problem:
        end = min(problem.offset + 1, len(source.text))
        where = source.locate(min(problem.offset, end), end)
        return None, (JsonProblem(where, f"it is not JSON: {problem.reason}"),)
    reader = _StixReader(source, text)
    value = text.value
    items = value.get("objects", []) if isinstance(value, dict) else None
    if not isinstance(items, list):
        path: Path = () if items is None else ("objects",)
        wanted = "an object" if items is None else "an array"
        reader.note(path, f"{wanted} belongs here")
        return None, reader.list_problems()
    if len(items) > OBJECT_LIMIT:
        reader.note(("objects",), f"it has more than {OBJECT_LIMIT:,} objects")
        return None, reader.list_problems()
    objects = tuple(
        reader.read_object(("objects", number), item)
        for number, item in enumerate(items)
        if reader.fits(item, dict, ("objects", number))
    )
    return Bundle(text, objects), reader.list_problems()


class _StixReader:
    """Takes values out of JSON data and notes those of another type than they ought to have."""

    def __init__(self, source: PageSource, text: JsonText) -> None:
        self._source = source
        self._text = text
        self._first: dict[str, Path] = {}
        self._count: Counter[str] = Counter()

    def note(self, path: Path, reason: str) -> None:
        """Note that a value is not what belongs there."""
        self._first.setdefault(reason, path)
        self._count[reason] += 1

    def list_problems(self) -> tuple[JsonProblem, ...]:
        """Return what was noted, one problem for each reason."""
        found = []
        for reason, path in self._first.items():
            start, end = self._text.span(path)
            where = self._source.locate(start, min(end, start + 1))
            more = self._count[reason] - 1
            told = f"{reason} (and at {more} more place{'s' if more > 1 else ''})"
            found.append(JsonProblem(where, told if more else reason, format_pointer(path)))
        return tuple(found)

    def fits(self, value: object, kind: type, path: Path) -> bool:
        """Tell whether a value has a type, and note it if not."""
        if isinstance(value, kind):
            return True
        key = "" if isinstance(path[-1], int) else f" for “{path[-1]}”"
        self.note(path, f"{_WORDS[kind]} belongs here{key}")
        return False

    def take(self, item: dict[str, Any], key: str, kind: type[T], path: Path) -> T | None:
        """Return a member of an object; None if it has no such, or one of another type."""
        value = item.get(key)
        if value is None or not self.fits(value, kind, (*path, key)):
            return None
        assert isinstance(value, kind)
        return value

    def read_object(self, path: Path, item: dict[str, Any]) -> StixObject:
        """Return an object of the bundle."""

        def text(key: str) -> str | None:
            return self.take(item, key, str, path)

        return StixObject(
            path=path,
            type=text("type") or "",
            id=text("id") or "",
            name=text("name"),
            description=text("description"),
            references=tuple(
                ExternalReference(where, *self._list_texts(value, where, *_REFERENCE))
                for where, value in self._list_objects(item, "external_references", path)
            ),
            phases=tuple(
                ChainPhase(where, *self._list_texts(value, where, *_PHASE))
                for where, value in self._list_objects(item, "kill_chain_phases", path)
            ),
            shortname=text("x_mitre_shortname"),
            revoked=self.take(item, "revoked", bool, path) or False,
            deprecated=self.take(item, "x_mitre_deprecated", bool, path) or False,
            subtechnique=self.take(item, "x_mitre_is_subtechnique", bool, path),
            relationship=text("relationship_type"),
            source_ref=text("source_ref"),
            target_ref=text("target_ref"),
            tactics=self._list_tactics(path, item),
        )

    def _list_tactics(
        self, path: Path, item: dict[str, Any]
    ) -> tuple[tuple[Path, str], ...] | None:
        refs = self.take(item, "tactic_refs", list, path)
        if refs is None:
            return None
        places = (((*path, "tactic_refs", number), ref) for number, ref in enumerate(refs))
        return tuple((where, ref) for where, ref in places if self.fits(ref, str, where))

    def _list_texts(self, item: dict[str, Any], path: Path, *keys: str) -> list[str]:
        return [self.take(item, key, str, path) or "" for key in keys]

    def _list_objects(
        self, item: dict[str, Any], key: str, path: Path
    ) -> Iterator[tuple[Path, dict[str, Any]]]:
        for number, value in enumerate(self.take(item, key, list, path) or []):
            where = (*path, key, number)
            if self.fits(value, dict, where):
                yield where, value


_REFERENCE = ("source_name", "external_id", "url")
_PHASE = ("kill_chain_name", "phase_name")


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
        return _make_problem(source, control.start(), f"it has the control character {code}")
    try:
        cells = list(read_cells(source))
    except InvalidCsv as problem:
        return _make_problem(source, problem.offset, problem.reason)
    if not cells or cells[-1].row < 1:
        start = cells[0].text.start if cells else 0
        other = _OTHER_SEPARATOR.search(source.text[:4096])
        reason = "an id list has a row of phases, one of tactics, and ids below"
        return _make_problem(source, start, reason if other is None else _split_cells(other[1]))
    if all(cell.column == 0 for cell in cells):
        other = _OTHER_SEPARATOR.search(cells[0].text.raw)
        if other is not None:
            return _make_problem(
                source, cells[0].text.start + other.start(1), _split_cells(other[1])
            )
    return IdList(_list_columns(source, cells), cells[0].text)


def _split_cells(mark: str) -> str:
    shown = "tabs" if mark == "\t" else f"“{mark}”"
    return f"its cells are separated by {shown}; commas belong there"


def _make_problem(source: PageSource, offset: int, reason: str) -> JsonProblem:
    return JsonProblem(source.locate(offset, min(offset + 1, len(source.text))), reason)


def _list_columns(source: PageSource, cells: list[CsvCell]) -> tuple[ListColumn, ...]:
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
        damage = _check_encoding(source)
        ids = damage or read_id_list(source)
        if isinstance(ids, JsonProblem):
            return Artefact(path, ArtefactKind.ID_LIST, source, problems=(ids,))
        return Artefact(path, ArtefactKind.ID_LIST, source, ids=ids)
    if lower.endswith(".json"):
        # An invalid bundle need not say what it is: then its name has to.
        if not _BUNDLE.search(source.text[:_HEAD]) and "stix" not in lower:
            return Artefact(path, ArtefactKind.OTHER, source)
        damage = _check_encoding(source)
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


def _check_encoding(source: PageSource) -> JsonProblem | None:
    if not source.invalid:
        return None
    offset, byte = source.invalid[0]
    where = source.locate(offset, offset + 1)
    return JsonProblem(where, f"it is not UTF-8: it holds the byte 0x{byte:02X}")


_NO_LETTERS = re.compile(r"[\W_]+")


def make_short_name(name: str) -> str:
    """Return the short name of a tactic in a STIX bundle: `plan-strategy`."""
    return _NO_LETTERS.sub("-", name.casefold()).strip("-")
