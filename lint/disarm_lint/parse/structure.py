"""What a page lacks or has too much of, by the layout of its kind.

The same is written as a JSON Schema for other tools, at the end of the module. The linter
does not use the schema, because comparing the page directly is faster and gives places;
a test checks that both always agree.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from disarm_lint.model.profile import Need
from disarm_lint.parse.layout import matches_header, normalise_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from disarm_lint.model.document import Document, Field, Table
    from disarm_lint.model.profile import FieldSpec, Kind, Layout, TableSpec
    from disarm_lint.model.text import Text


class StructureFlaw(StrEnum):
    """What is wrong with the structure of a page."""

    HEADING = "heading"
    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_TABLE = "missing_table"
    TABLE_HEADER = "table_header"
    MARKER = "marker"
    EMPTY_FIELD = "empty_field"


@dataclass(frozen=True, slots=True)
class StructureError:
    """What is wrong, and where: `text` is the place.

    `detail` names the field, the table or the part of the heading;
    `expected` is what the profile asks for, ready to be shown. `pages` is the
    number of pages that the error stands for (see `drop_repetition`).
    """

    flaw: StructureFlaw
    text: Text
    detail: str
    expected: str = ""
    pages: int = 1


def judge_page(document: Document) -> Iterator[tuple[StructureFlaw, str]]:
    """Yield what the page of an entity lacks or has too much of: the flaw and what it is about.

    The same page, as plain data, fails the JSON Schema of its kind at the same
    places (see page_schema.py); tests hold the two against each other.
    """
    kind, layout = document.kind, document.layout
    if kind is None or layout is None:
        return
    yield from _judge_heading(document, kind)
    values = read_values(document)
    for spec in layout.fields:
        if spec.key not in values:
            if spec.label is Need.REQUIRED:
                yield StructureFlaw.MISSING_FIELD, spec.key
        elif spec.value is Need.REQUIRED and not values[spec.key]:
            yield StructureFlaw.EMPTY_FIELD, spec.key
    own = {spec.key for spec in layout.fields}
    yield from ((StructureFlaw.UNKNOWN_FIELD, key) for key in values if key not in own)
    headers = read_headers(document)
    for table in layout.tables:
        if table.key not in headers:
            yield StructureFlaw.MISSING_TABLE, table.key
        elif headers[table.key] != list_headers(table):
            yield StructureFlaw.TABLE_HEADER, table.key
    if len(document.markers) != 1:
        yield StructureFlaw.MARKER, str(len(document.markers))


def _judge_heading(document: Document, kind: Kind) -> Iterator[tuple[StructureFlaw, str]]:
    heading = read_heading(document)
    if heading.line != 1:
        yield StructureFlaw.HEADING, "line"
    if not heading.form:
        yield StructureFlaw.HEADING, "form"
    if not heading.name:
        yield StructureFlaw.HEADING, "name"
    if not kind.has_form(heading.word, heading.id):
        yield StructureFlaw.HEADING, "kind"


@dataclass(frozen=True, slots=True)
class HeadingShape:
    """The first heading of a page: its 1-based line (0: none), its form and its parts."""

    line: int = 0
    form: bool = False
    word: str = ""
    id: str = ""
    name: bool = False


def read_heading(document: Document) -> HeadingShape:
    """Return the shape of a page's heading; `form` says that it is `# <word> <id>: <name>`."""
    heading = document.heading
    if heading is None:
        return HeadingShape()
    span = heading.text.location.span
    line = span.line if span else 0
    if not heading.word or heading.id is None or heading.name is None:
        return HeadingShape(line)
    word, id_, name = heading.word.raw, heading.id.raw, heading.name.raw
    form = heading.text.raw.rstrip() == f"# {word} {id_}: {name}".rstrip()
    return HeadingShape(line, form, word, id_, bool(name))


def read_values(document: Document) -> dict[str, bool]:
    """Return by key whether a field has a value; `label:...` where the layout has no such field."""
    own = {spec.key for spec in document.layout.fields} if document.layout else set()
    values: dict[str, bool] = {}
    for item in document.fields:
        key = item.spec.key if item.spec and item.spec.key in own else _build_label_key(item)
        values[key] = values.get(key, False) or _has_value(item)
    return values


def read_headers(document: Document) -> dict[str, list[str]]:
    """Return the header cells of tables by key; those that the profile allows as its first."""
    headers: dict[str, list[str]] = {}
    for table in document.tables:
        if table.spec is not None and not table.html:
            headers.setdefault(table.key, _list_header(table, table.spec))
    return headers


def list_headers(spec: TableSpec) -> list[str]:
    """Return the header cells that a table must have, normalised."""
    return [normalise_label(column.headers[0]) for column in spec.columns]


def _has_value(item: Field) -> bool:
    return bool(item.value and item.value.raw.strip(" \t\r\n-–—,;."))


def _build_label_key(item: Field) -> str:
    return f"label:{normalise_label(item.label.raw)}"


def _list_header(table: Table, spec: TableSpec) -> list[str]:
    if matches_header(spec, table):
        return list_headers(spec)
    return [normalise_label(cell.raw) for cell in table.header]


def find_structure_errors(  # noqa: C901 - one branch for each flaw
    document: Document,
) -> tuple[StructureError, ...]:
    """Return what is wrong with the structure of an entity page, in no set order.

    A label that is nearly that of a missing field counts as that field,
    misspelt: one error, not two.
    """
    kind, layout = document.kind, document.layout
    if kind is None or layout is None:
        return ()
    raw = list(judge_page(document))
    if not raw:
        return ()
    if document.heading is None and not document.source.text.strip():
        return (StructureError(StructureFlaw.HEADING, document.top, "kind", _format_heading(kind)),)
    missing = [detail for flaw, detail in raw if flaw is StructureFlaw.MISSING_FIELD]
    found: list[StructureError] = []
    labels = {_build_label_key(item): item.label for item in reversed(document.fields)}
    absent = [spec.key for spec in layout.fields if document.field(spec.key) is None]
    strange = [n for n, item in enumerate(document.fields) if item.spec is None]
    for flaw, detail in raw:
        if flaw is StructureFlaw.UNKNOWN_FIELD:
            label = labels[detail]
            meant = _find_meant(label.raw, layout, absent) or _find_replaced(
                document, layout, label, missing, strange
            )
            if meant is not None and meant.key in missing:
                missing.remove(meant.key)
            expected = meant.labels[0] if meant else ""
            found.append(StructureError(flaw, label, label.raw, expected))
    for flaw, detail in raw:
        if flaw is StructureFlaw.MISSING_FIELD and detail in missing:
            spec = layout.field(detail)
            expected = spec.labels[0] if spec else detail
            found.append(StructureError(flaw, document.top, detail, expected))
        elif flaw is StructureFlaw.EMPTY_FIELD:
            item = document.field(detail)
            if item is not None:
                found.append(StructureError(flaw, item.label, detail, item.label.raw))
        elif flaw is StructureFlaw.MARKER:
            where = document.markers[1] if len(document.markers) > 1 else document.top
            found.append(StructureError(flaw, where, detail))
        elif flaw is StructureFlaw.HEADING:
            found.append(StructureError(flaw, document.top, detail, _format_heading(kind)))
        elif flaw in (StructureFlaw.MISSING_TABLE, StructureFlaw.TABLE_HEADER):
            found.append(_make_table_error(flaw, detail, document, layout))
    return tuple(found)


def _make_table_error(
    flaw: StructureFlaw, key: str, document: Document, layout: Layout
) -> StructureError:
    spec = layout.table(key)
    columns = [column.headers[0] for column in spec.columns] if spec else [key]
    expected = f"| {' | '.join(columns)} |"
    table = document.table(key)
    if flaw is StructureFlaw.TABLE_HEADER and table is not None:
        if not table.header:
            line = table.text.raw.partition("\n")[0]
            return StructureError(flaw, table.text.part(0, len(line.rstrip())), key, expected)
        first, last = table.header[0], table.header[-1]
        return StructureError(flaw, first.part(0, last.end - first.start), key, expected)
    return StructureError(flaw, document.top, key, expected)


def _format_heading(kind: Kind) -> str:
    forms = [f"# {form.word} {form.template.shown}: <name>" for form in kind.forms]
    return " or ".join(f"`{form}`" for form in forms)


def _find_replaced(
    document: Document, layout: Layout, label: Text, missing: list[str], unknown: list[int]
) -> FieldSpec | None:
    """Return the one missing field where the one unknown label stands in its place.

    `unknown` are the numbers of the fields whose label is unknown.
    """
    if len(missing) != 1 or len(unknown) != 1 or document.fields[unknown[0]].label != label:
        return None
    before = document.fields[unknown[0] - 1].spec if unknown[0] else None
    keys = [spec.key for spec in layout.fields]
    wanted = keys.index(missing[0])
    expected = keys[wanted - 1] if wanted else None
    return layout.field(missing[0]) if (before.key if before else None) == expected else None


def _find_meant(label: str, layout: Layout, missing: list[str]) -> FieldSpec | None:
    from rapidfuzz import fuzz

    best: FieldSpec | None = None
    score = 74.0
    for spec in layout.fields:
        if spec.key not in missing:
            continue
        for name in spec.labels:
            ratio = fuzz.ratio(normalise_label(label), normalise_label(name))
            mine, theirs = set(normalise_label(label).split()), set(normalise_label(name).split())
            if mine <= theirs or theirs <= mine:
                ratio = max(ratio, 75.0)
            if ratio > score:
                best, score = spec, ratio
    return best


# Of ten pages of a kind, how many must share an error for it to be the template's: a label
# that several pages have is no slip, but any number of pages may have lost their marker.
_OF_TEMPLATES = {
    StructureFlaw.UNKNOWN_FIELD: 2,
    StructureFlaw.MISSING_FIELD: 5,
    StructureFlaw.MISSING_TABLE: 5,
    StructureFlaw.TABLE_HEADER: 5,
    StructureFlaw.HEADING: 9,
    StructureFlaw.MARKER: 9,
}
_MANY = 10


def drop_repetition(
    found: Mapping[Document, tuple[StructureError, ...]],
) -> dict[str, tuple[StructureError, ...]]:
    """Return the errors by path, those that most pages of a kind share on the first alone.

    A field that most pages of a kind lack was not lost from each of them: the
    template differs from the profile, and one finding says so.
    """
    sizes = Counter(document.kind.key for document in found if document.kind)
    counts: Counter[tuple[str, StructureFlaw, str]] = Counter()
    for document, errors in found.items():
        key = document.kind.key if document.kind else ""
        counts.update({(key, e.flaw, e.detail) for e in errors if e.flaw in _OF_TEMPLATES})
    shared = {
        item: count
        for item, count in counts.items()
        if count >= _MANY and count * 10 >= sizes[item[0]] * _OF_TEMPLATES[item[1]]
    }
    told: set[tuple[str, StructureFlaw, str]] = set()
    kept: dict[str, tuple[StructureError, ...]] = {}
    for document, errors in found.items():
        key = document.kind.key if document.kind else ""
        own = []
        for error in errors:
            item = (key, error.flaw, error.detail)
            if item not in shared:
                own.append(error)
            elif item not in told:
                told.add(item)
                own.append(replace(error, pages=shared[item]))
        kept[document.path] = tuple(own)
    return kept


def build_kind_schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema of a kind's pages: one of its layouts must fit."""
    schemas = [build_page_schema(kind, layout) for layout in kind.layouts]
    if len(schemas) == 1:
        return schemas[0]
    dialect = schemas[0]["$schema"]
    for schema in schemas:
        del schema["$schema"]
    return {"$schema": dialect, "title": f"A page of a {kind.title}", "anyOf": schemas}


def build_page_schema(kind: Kind, layout: Layout) -> dict[str, Any]:
    """Return the JSON Schema of a kind's pages in one of its layouts."""
    template: dict[str, Any] = json.loads(
        files("disarm_schemas").joinpath("page.schema.json").read_text("utf-8")
    )
    schema = template["properties"]
    heading = schema["heading"]["properties"]
    heading["line"] = {"const": 1}
    heading["form"] = {"const": True}
    heading["name"] = {"const": True}
    schema["heading"]["anyOf"] = [
        {
            "properties": {
                "word": {"const": form.word},
                "id": {"pattern": form.template.pattern},
            }
        }
        for form in kind.forms
    ]
    fields = schema["fields"]
    fields["properties"] = {
        spec.key: {"const": True} if spec.value is Need.REQUIRED else {"type": "boolean"}
        for spec in layout.fields
    }
    fields["required"] = [spec.key for spec in layout.fields if spec.label is Need.REQUIRED]
    fields["additionalProperties"] = False
    tables = schema["tables"]
    tables["properties"] = {spec.key: {"const": list_headers(spec)} for spec in layout.tables}
    tables["required"] = [spec.key for spec in layout.tables]
    tables["additionalProperties"] = True
    schema["markers"] = {"const": 1}
    return {
        "$schema": template["$schema"],
        "title": f"A page of a {kind.title}, layout {layout.name}",
        "type": "object",
        "required": template["required"],
        "additionalProperties": False,
        "properties": schema,
    }
