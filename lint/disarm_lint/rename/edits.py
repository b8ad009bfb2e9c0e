"""From places to the new bytes of the files that they stand in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from disarm_lint.model.text import PageSource, RowSource
from disarm_lint.parse.xlsx_edit import CellEdit, edit_cells
from disarm_lint.parse.xlsx_limits import BadWorkbookError
from disarm_lint.sources.decoding import replace_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from disarm_lint.rename.places import TouchedPlace


@dataclass(frozen=True)
class Edited:
    """The new bytes by path, and the places that cannot be edited, with why, as a clause."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    refused: tuple[tuple[TouchedPlace, str], ...] = ()


def edit_places(places: Iterable[TouchedPlace], read: Callable[[str], bytes]) -> Edited:
    """Return what replacing all places makes of the files; `read` returns the bytes of one."""
    by_file: dict[str, list[TouchedPlace]] = defaultdict(list)
    for place in places:
        by_file[place.key[0]].append(place)
    files: dict[str, bytes] = {}
    refused: list[tuple[TouchedPlace, str]] = []
    for path, found in by_file.items():
        source = found[0].text.source
        if isinstance(source, RowSource):
            data, told = _edit_workbook(found, read(path))
        elif isinstance(source, PageSource) and source.encoding == "utf-8" and not source.invalid:
            edits = [(p.text.start, p.text.end, p.replacement) for p in found]
            data, told = replace_texts(source, read(path), edits), []
        else:
            data, told = b"", [(found[0], "its file is not in UTF-8")]
        refused += told
        files[path] = data
    return Edited(files, tuple(refused))


def _edit_workbook(
    places: list[TouchedPlace], data: bytes
) -> tuple[bytes, list[tuple[TouchedPlace, str]]]:
    edits = [_cell_edit(place) for place in places]
    try:
        edited = edit_cells(data, edits)
    except BadWorkbookError as problem:
        return data, [(places[0], problem.reason)]
    told = [
        (place, edited.refused[edit.sheet, edit.ref])
        for place, edit in zip(places, edits, strict=True)
        if (edit.sheet, edit.ref) in edited.refused
    ]
    return edited.data, told


def _cell_edit(place: TouchedPlace) -> CellEdit:
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
    """Yield the lines of a diff of the files, and of the cells that change, each as a file.

    `places` are in order, and none reaches over a line end; `moves` are the paths of files
    that get another; `show` gives a path as messages name it.
    """
    for path, found in groupby(places, key=lambda place: place.key[0]):
        group = list(found)
        source = group[0].text.source
        if isinstance(source, PageSource):
            yield f"--- {show(path)}"
            yield f"+++ {show(moves.get(path, path))}"
            yield from _diff_lines(source, group)
            continue
        for place in group:
            cell = place.text.location.cell
            where = f"{show(path)}!{cell.address if cell else ''}"
            yield f"--- {where}"
            yield f"+++ {where}"
            yield f"-{place.text.raw}"
            yield f"+{place.replacement}"


def _diff_lines(source: PageSource, places: Sequence[TouchedPlace]) -> Iterator[str]:
    for line, found in groupby(places, key=lambda place: source.span(*place.key[2:]).line):
        old = new = source.line(line)
        start = source.line_starts[line - 1]
        for place in reversed(list(found)):
            begin, end = place.text.start - start, place.text.end - start
            new = new[:begin] + place.replacement + new[end:]
        yield f"@@ -{line} +{line} @@"
        yield f"-{old}"
        yield f"+{new}"
