"""What a framework profile gets wrong that its schema cannot say.

The schema (framework.schema.json) knows shapes alone. Here stands what one part
of a profile must know of another: a reference to a kind that does not exist
would turn rules off without a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from disarm_lint.model.words import shorten, suggest_word
from disarm_lint.parse.page_template import (
    FIELD_FORMS,
    MARKER,
    SPACE,
    TABLE_ORDERS,
    WORD,
    TemplateError,
    list_placeholders,
    parse_template,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ProfileMistake:
    """What is wrong in a profile; `path` leads to the value from the top of the file."""

    path: Path
    message: str


def find_mistakes(data: Mapping[str, Any]) -> Iterator[ProfileMistake]:
    """Yield the mistakes of a profile that is valid by framework.schema.json, from the top."""
    yield from _find_repeated_kinds(data)
    yield from _find_repeated_keys(data)
    parts = {kind["key"]: _list_parts(kind) for kind in data["kinds"]}
    yield from _judge_indexes(data, parts)
    yield from _judge_templates(data)
    for here, value in _walk(data, ()):
        yield from _judge_reference(here, value, parts)


def _find_repeated_kinds(data: Mapping[str, Any]) -> Iterator[ProfileMistake]:
    seen: set[str] = set()
    ids: dict[tuple[str, str], str] = {}
    for number, kind in enumerate(data["kinds"]):
        key = kind["key"]
        if key in seen:
            yield ProfileMistake(
                ("kinds", number, "key"), f"the kind “{key}” is defined here a second time"
            )
        seen.add(key)
        for place, form in enumerate(kind["forms"]):
            owner = ids.setdefault((form["word"], form["id"]), key)
            if owner != key:
                yield ProfileMistake(
                    ("kinds", number, "forms", place, "id"),
                    f"pages headed “{form['word']} {form['id']}” are of the kind “{owner}” already",
                )


def _find_repeated_keys(data: Mapping[str, Any]) -> Iterator[ProfileMistake]:
    """Yield the keys that two fields or tables of one layout, or two columns of a sheet, share."""
    for number, kind in enumerate(data["kinds"]):
        for place, layout in enumerate(kind.get("layouts", ())):
            above: Path = ("kinds", number, "layouts", place)
            for part in ("fields", "tables"):
                yield from _find_repeated(layout.get(part, ()), (*above, part))
    for number, workbook in enumerate(data.get("workbooks", ())):
        for place, sheet in enumerate(workbook["sheets"]):
            columns: Path = ("workbooks", number, "sheets", place, "columns")
            yield from _find_repeated(sheet["columns"], columns)


def _find_repeated(items: Sequence[Mapping[str, Any]], above: Path) -> Iterator[ProfileMistake]:
    seen: set[str] = set()
    for number, item in enumerate(items):
        key = item["key"]
        if key in seen:
            yield ProfileMistake(
                (*above, number, "key"), f"the key “{key}” is used here a second time"
            )
        seen.add(key)


def _judge_indexes(
    data: Mapping[str, Any], parts: Mapping[str, frozenset[str]]
) -> Iterator[ProfileMistake]:
    """Yield the columns of indexes that repeat a field which neither page nor sheet has."""
    known = dict(parts)
    for workbook in data.get("workbooks", ()):
        for sheet in workbook["sheets"]:
            kind = sheet.get("defines", "")
            columns = {column["key"] for column in sheet["columns"]}
            known[kind] = known.get(kind, frozenset()) | columns
    for number, index in enumerate(data.get("indexes", ())):
        for place, column in enumerate(index.get("columns", ())):
            if "field" in column and "lists" in index:
                path: Path = ("indexes", number, "columns", place, "field")
                yield from _judge_part(path, column["field"], index["lists"], known)


def _judge_templates(data: Mapping[str, Any]) -> Iterator[ProfileMistake]:
    """Yield the templates with places for what no page and no sheet has."""
    sheets = [sheet for workbook in data.get("workbooks", ()) for sheet in workbook["sheets"]]
    for number, kind in enumerate(data["kinds"]):
        columns = {
            column["key"]
            for sheet in sheets
            if sheet.get("defines") == kind["key"]
            for column in sheet["columns"]
        }
        for place, layout in enumerate(kind.get("layouts", ())):
            tables = {table["key"] for table in layout.get("tables", ())}
            known = columns | {field["key"] for field in layout.get("fields", ())}
            templates = layout.get("templates", ())
            single = isinstance(templates, str)
            for which, text in enumerate([templates] if single else templates):
                path: Path = ("kinds", number, "layouts", place, "templates")
                told = _judge_template(text, known, tables, marker=bool(data.get("edit_marker")))
                yield from (
                    ProfileMistake(path if single else (*path, which), each) for each in told
                )


def _judge_template(text: str, keys: set[str], tables: set[str], *, marker: bool) -> Iterator[str]:
    """Yield what is wrong with a template of pages that have these fields, columns and tables."""
    try:
        places = list_placeholders(parse_template(text))
    except TemplateError as error:
        yield str(error)
        return
    if text.endswith(f"{{{MARKER}}}") is not marker:
        yield "the template must end with {marker}" if marker else "there is no edit_marker"
    known = keys | tables | {SPACE, WORD, MARKER}
    for place in places:
        if place.key not in known:
            hint = suggest_word(place.key, known)
            yield f"there is no field, table or column “{shorten(place.key)}”{hint}"
        allowed = TABLE_ORDERS if place.key in tables else FIELD_FORMS
        if place.how and place.how not in allowed and not (
            place.key in tables and place.how.startswith("by ")
        ):  # fmt: skip
            yield (
                f"“{shorten(place.how)}” is no way to write “{place.key}”; "
                f"there are {', '.join(sorted(allowed))}"
            )


def _list_parts(kind: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys of the fields and tables that pages of a kind may have."""
    return frozenset(
        item["key"]
        for layout in kind.get("layouts", ())
        for part in ("fields", "tables")
        for item in layout.get(part, ())
    )


_KINDS = frozenset({"refers_to", "lists", "defines", "evidence", "heads", "cells", "by"})


def _judge_reference(
    path: Path, value: Any, parts: Mapping[str, frozenset[str]]
) -> Iterator[ProfileMistake]:
    key = path[-1]
    if key in _KINDS and isinstance(value, str):
        yield from _judge_kind(path, value, parts)
    elif key == "symmetrical_with":
        yield from _judge_kind((*path, "kind"), value["kind"], parts)
        for number, name in enumerate(value["keys"]):
            yield from _judge_part((*path, "keys", number), name, value["kind"], parts)
    elif isinstance(value, dict) and "listed_in" in value and "refers_to" in value:
        name, kind = value["listed_in"], value["refers_to"]
        yield from _judge_part((*path, "listed_in"), name, kind, parts)


def _judge_kind(
    path: Path, name: str, parts: Mapping[str, frozenset[str]]
) -> Iterator[ProfileMistake]:
    if name not in parts:
        hint = suggest_word(name, parts.keys())
        yield ProfileMistake(path, f"the profile has no kind “{shorten(name)}”{hint}")


def _judge_part(
    path: Path, name: str, kind: str, parts: Mapping[str, frozenset[str]]
) -> Iterator[ProfileMistake]:
    if kind in parts and name not in parts[kind]:
        hint = suggest_word(name, parts[kind])
        yield ProfileMistake(
            path, f"pages of the kind “{kind}” have no field or table “{shorten(name)}”{hint}"
        )


def _walk(data: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Yield each value below a mapping key, with its path."""
    if isinstance(data, list):
        for number, item in enumerate(data):
            if isinstance(item, dict):
                yield (*path, number), item
            yield from _walk(item, (*path, number))
    elif isinstance(data, dict):
        for key, value in data.items():
            yield (*path, key), value
            yield from _walk(value, (*path, key))
