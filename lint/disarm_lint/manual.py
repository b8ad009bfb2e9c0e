"""Manuals of rules: the examples in a rule's docstring."""

from __future__ import annotations

import re
from dataclasses import dataclass

from disarm_lint.model.text import CellSpan, Location, Span
from disarm_lint.parse.xlsx_limits import format_cell_ref

OPEN, CLOSE = "⟦", "⟧"
_CELL = re.compile(r"(?:[^|\\]|\\.)*")
_CELL_ESCAPE = re.compile(r"\\([n|\\])")
_UNESCAPED = {"n": "\n", "|": "|", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class ExampleSheet:
    """A worksheet of an example: its workbook's path, its rows without marks, and the marks."""

    path: str
    name: str
    rows: tuple[tuple[str, ...], ...]
    marks: tuple[Location, ...]


def read_sheet(target: str, body: str) -> ExampleSheet:
    """Return the worksheet in a fence; `target` is `<path>!<sheet>`, `body` its lines.

    Raises ValueError for a target without a sheet and for a line that is no row.
    """
    path, bang, name = target.rpartition("!")
    if not (path and bang and name):
        raise ValueError(f"“{target}” is not <path of a workbook>!<sheet>")
    rows: list[tuple[str, ...]] = []
    marks: list[Location] = []
    for line in body.rstrip("\n").split("\n"):
        cells: list[str] = []
        for written in _split_cells(line):
            text, found = _drop_cell_marks(written)
            ref = format_cell_ref(len(rows), len(cells))
            cells.append(text)
            marks += [Location(path, cell=CellSpan(name, ref, *span)) for span in found]
        rows.append(tuple(cells))
    return ExampleSheet(path, name, tuple(rows), tuple(marks))


def _split_cells(line: str) -> list[str]:
    """Return the cells of a row, escapes undone, without the space at each of their ends."""
    inside = line.strip()
    if len(inside) < 2 or not (inside.startswith("|") and inside.endswith("|")):
        raise ValueError(f"“{line}” is not a row: it needs a pipe at both ends")
    cells, position = [], 1
    while position < len(inside):
        found = _CELL.match(inside, position)
        assert found is not None
        cell = found[0].removeprefix(" ").removesuffix(" ")
        cells.append(_CELL_ESCAPE.sub(lambda match: _UNESCAPED[match[1]], cell))
        position = found.end() + 1
    return cells


def _drop_cell_marks(written: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a cell without marks, and where they were: offsets, the end exclusive."""
    opened: list[int] = []
    found: list[tuple[int, int]] = []
    text = ""
    for char in written:
        if char == OPEN:
            opened.append(len(text))
        elif char == CLOSE:
            found.append((opened.pop(), len(text)))
        else:
            text += char
    return text, found


_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_INFO = re.compile(r"(?P<lang>\w+) (?P<path>.+?)(?: \{(?P<attributes>[^}]*)\})?\Z")
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
_SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class ExampleFile:
    """A file of an example: its text without marks, how it is encoded, and the marks."""

    path: str
    text: str
    data: bytes
    marks: tuple[Location, ...]
    dead: str | None = None
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class ManualExample:
    """A small corpus with the findings that are expected in it; a good one has none.

    `earlier` are the files of the release before it, where the example has one.
    """

    title: str
    files: tuple[ExampleFile, ...]
    messages: tuple[str, ...]
    sheets: tuple[ExampleSheet, ...] = ()
    earlier: tuple[ExampleFile, ...] = ()

    @property
    def bad(self) -> bool:
        """Tell whether findings are expected."""
        return self.title.startswith("Bad")

    @property
    def dead(self) -> frozenset[str]:
        """The URLs that do not answer."""
        return frozenset(file.dead for file in self.files if file.dead)

    @property
    def marks(self) -> tuple[Location, ...]:
        """The expected findings, sorted by place."""
        found = [mark for file in self.files for mark in file.marks]
        found += [mark for sheet in self.sheets for mark in sheet.marks]
        return tuple(sorted(found, key=lambda mark: mark.order))

    @property
    def workbooks(self) -> dict[str, dict[str, tuple[tuple[str, ...], ...]]]:
        """The workbooks by path: the rows of their sheets, by name."""
        found: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {}
        for sheet in self.sheets:
            found.setdefault(sheet.path, {})[sheet.name] = sheet.rows
        return found


def _drop_marks(path: str, body: str) -> tuple[str, tuple[Location, ...]]:
    marks: list[Location] = []
    opened: list[tuple[int, int]] = []
    out: list[str] = []
    line, column = 1, 1
    for char in body:
        if char == OPEN:
            opened.append((line, column))
        elif char == CLOSE:
            marks.append(Location(path, Span(*opened.pop(), line, column)))
        else:
            out.append(char)
            line, column = (line + 1, 1) if char == "\n" else (line, column + 1)
    return "".join(out), tuple(marks)


def _read_example_file(info: re.Match[str], body: str) -> ExampleFile:
    attributes = dict(
        part.split("=", 1) for part in (info["attributes"] or "").split() if "=" in part
    )
    if attributes.get("escapes") == "yes":
        body = _ESCAPE.sub(lambda match: chr(int(match[match.lastindex or 0], 16)), body)
    text, marks = _drop_marks(info["path"], body)
    if attributes.get("newline") == "crlf":
        text = text.replace("\n", "\r\n")
    data = text.encode(attributes.get("encoding", "utf-8"))
    earlier = attributes.get("earlier") == "yes"
    return ExampleFile(info["path"], text, data, marks, attributes.get("dead"), earlier)


def parse_examples(docstring: str) -> tuple[ManualExample, ...]:
    """Return the examples in a rule's docstring."""
    pieces = _SECTION.split(docstring)
    found = []
    for title, body in zip(pieces[1::2], pieces[2::2], strict=True):
        if not title.startswith(("Bad", "Good")):
            continue
        files: list[ExampleFile] = []
        sheets: list[ExampleSheet] = []
        messages: tuple[str, ...] = ()
        for fence in _FENCE.finditer(body):
            info = _INFO.match(fence["info"])
            if info is None:
                continue
            if info["path"] == "findings":
                messages = tuple(fence["body"].rstrip("\n").split("\n"))
            elif info["lang"] == _SHEET:
                sheets.append(read_sheet(info["path"], fence["body"]))
            else:
                files.append(_read_example_file(info, fence["body"]))
        now = tuple(file for file in files if not file.earlier)
        earlier = tuple(file for file in files if file.earlier)
        found.append(ManualExample(title, now, messages, tuple(sheets), earlier))
    return tuple(found)


def format_manual(docstring: str) -> str:
    """Return a docstring for readers: the marks become a line of carets under the words."""
    lines = []
    for line in docstring.strip().split("\n"):
        if OPEN not in line:
            lines.append(line)
            continue
        carets, out = [], []
        inside = False
        for char in line:
            if char in (OPEN, CLOSE):
                inside = char == OPEN
            else:
                out.append(char)
                carets.append("^" if inside else " ")
        lines.append("".join(out))
        pointer = "".join(carets).rstrip()
        if pointer:
            lines.append(pointer)
    return "\n".join(lines)
