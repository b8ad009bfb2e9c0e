"""Framework profiles: reading them, checking them, and detecting which one a corpus follows.

The schema (framework.schema.json) knows shapes alone. What one part of a profile must know
of another is checked here: a reference to a kind that does not exist would turn rules off
without a word.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from disarm_lint.config.settings import decode_settings, read_bytes, read_yaml, validate
from disarm_lint.model.config import File
from disarm_lint.model.ids import IdTemplate
from disarm_lint.model.profile import (
    ColumnSpec,
    FieldSpec,
    ForeignFramework,
    Form,
    Format,
    GridSpec,
    IndexSpec,
    Kind,
    Layout,
    Need,
    Profile,
    Separator,
    SheetColumn,
    SheetSpec,
    Symmetry,
    TableSpec,
    WorkbookSpec,
)
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
from disarm_lint.sources.filesystem import DISK, FileSystem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path


SettingPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ProfileMistake:
    """What is wrong in a profile; `path` leads to the value from the top of the file."""

    path: SettingPath
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
            above: SettingPath = ("kinds", number, "layouts", place)
            for part in ("fields", "tables"):
                yield from _find_repeated(layout.get(part, ()), (*above, part))
    for number, workbook in enumerate(data.get("workbooks", ())):
        for place, sheet in enumerate(workbook["sheets"]):
            columns: SettingPath = ("workbooks", number, "sheets", place, "columns")
            yield from _find_repeated(sheet["columns"], columns)


def _find_repeated(
    items: Sequence[Mapping[str, Any]], above: SettingPath
) -> Iterator[ProfileMistake]:
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
                path: SettingPath = ("indexes", number, "columns", place, "field")
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
                path: SettingPath = ("kinds", number, "layouts", place, "templates")
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
    path: SettingPath, value: Any, parts: Mapping[str, frozenset[str]]
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
    path: SettingPath, name: str, parts: Mapping[str, frozenset[str]]
) -> Iterator[ProfileMistake]:
    if name not in parts:
        hint = suggest_word(name, parts.keys())
        yield ProfileMistake(path, f"the profile has no kind “{shorten(name)}”{hint}")


def _judge_part(
    path: SettingPath, name: str, kind: str, parts: Mapping[str, frozenset[str]]
) -> Iterator[ProfileMistake]:
    if kind in parts and name not in parts[kind]:
        hint = suggest_word(name, parts[kind])
        yield ProfileMistake(
            path, f"pages of the kind “{kind}” have no field or table “{shorten(name)}”{hint}"
        )


def _walk(data: Any, path: SettingPath) -> Iterator[tuple[SettingPath, Any]]:
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


BUILTIN = ("disarm-1", "disarm-2")


def _read_strings(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _read_template(data: Mapping[str, str]) -> IdTemplate:
    return IdTemplate.parse(data["id"], data.get("sub"))


def _read_symmetry(data: Mapping[str, Any] | None) -> Symmetry | None:
    return Symmetry(data["kind"], tuple(data["keys"])) if data else None


def _read_field(data: Mapping[str, Any]) -> FieldSpec:
    return FieldSpec(
        key=data["key"],
        labels=_read_strings(data["label"]),
        label=Need(data.get("presence", "required")),
        value=Need(data.get("value", "optional")),
        format=Format(data.get("format", "plain")),
        refers_to=data.get("refers_to"),
        listed_in=data.get("listed_in"),
        parent=data.get("parent", False),
        symmetrical_with=_read_symmetry(data.get("symmetrical_with")),
    )


def _read_column(data: Mapping[str, Any]) -> ColumnSpec:
    return ColumnSpec(
        headers=_read_strings(data["header"]),
        format=Format(data.get("format", "plain")),
        refers_to=data.get("refers_to"),
        field=data.get("field"),
        evidence=data.get("evidence"),
    )


def _read_table(data: Mapping[str, Any]) -> TableSpec:
    return TableSpec(
        key=data["key"],
        columns=tuple(_read_column(column) for column in data["columns"]),
        symmetrical_with=_read_symmetry(data.get("symmetrical_with")),
        lists_members=data.get("lists_members", False),
    )


def _read_layout(data: Mapping[str, Any]) -> Layout:
    return Layout(
        name=data["name"],
        bulleted=data.get("bulleted", True),
        fields=tuple(_read_field(item) for item in data.get("fields", ())),
        tables=tuple(_read_table(item) for item in data.get("tables", ())),
        templates=_read_strings(data.get("templates", ())),
    )


def _read_kind(data: Mapping[str, Any]) -> Kind:
    return Kind(
        key=data["key"],
        title=data.get("title", data["key"]),
        forms=tuple(Form(form["word"], _read_template(form)) for form in data["forms"]),
        folder=data.get("folder"),
        layouts=tuple(_read_layout(layout) for layout in data.get("layouts", ())),
    )


def _read_index(data: Mapping[str, Any]) -> IndexSpec:
    columns = tuple(_read_column(column) for column in data.get("columns", ()))
    grid = data.get("grid")
    return IndexSpec(
        key=data["key"],
        file=data["file"],
        lists=data.get("lists"),
        columns=columns,
        titles=_read_strings(data.get("title", ())),
        links=data.get("links"),
        grid=GridSpec(grid["heads"], grid["cells"], grid.get("by")) if grid else None,
    )


def _read_sheet_column(data: Mapping[str, Any], kind: Kind | None) -> SheetColumn:
    # Where the page's field is judged by a rule of its own, so is the cell.
    shown = next((f for la in kind.layouts if (f := la.field(data["key"]))), None) if kind else None
    spec = FieldSpec(
        key=data["key"],
        labels=_read_strings(data["header"]),
        label=Need(data.get("presence", "required")),
        value=Need(data.get("value", "optional")),
        format=Format(data.get("format", "plain")),
        refers_to=data.get("refers_to"),
        listed_in=shown.listed_in if shown else None,
    )
    return SheetColumn(
        spec,
        listed_in=data.get("listed_in"),
        subject=data.get("subject", False),
        separator=Separator(data["list"]) if "list" in data else None,
        matches=data.get("matches"),
        evidence=data.get("evidence"),
    )


def _read_sheet(data: Mapping[str, Any], kinds: Mapping[str, Kind]) -> SheetSpec:
    kind = kinds.get(data.get("defines", ""))
    columns = tuple(_read_sheet_column(column, kind) for column in data["columns"])
    need = Need(data.get("presence", "required"))
    return SheetSpec(data["sheet"], columns, data.get("defines"), need, data.get("sorted", False))


def _read_workbook(data: Mapping[str, Any], kinds: Mapping[str, Kind]) -> WorkbookSpec:
    return WorkbookSpec(data["file"], tuple(_read_sheet(sheet, kinds) for sheet in data["sheets"]))


def _read_foreign(data: Mapping[str, Any]) -> ForeignFramework:
    return ForeignFramework(
        name=data["name"],
        url=data.get("url", ""),
        mentions=tuple(data.get("mentions", ())),
        ids=tuple(_read_template(item) for item in data.get("ids", ())),
        mentioned_ids=tuple(_read_template(item) for item in data.get("mentioned_ids", ())),
    )


def build_profile(data: Mapping[str, Any]) -> Profile:
    """Build a profile from data without mistakes: see `load_profile`."""
    kinds = tuple(_read_kind(kind) for kind in data["kinds"])
    by_key = {kind.key: kind for kind in kinds}
    return Profile(
        name=data["name"],
        title=data.get("title", data["name"]),
        pages=data.get("pages", "generated_pages"),
        files=data.get("files"),
        edit_marker=data.get("edit_marker", ""),
        kinds=kinds,
        indexes=tuple(_read_index(index) for index in data.get("indexes", ())),
        foreign=tuple(_read_foreign(item) for item in data.get("foreign", ())),
        master_data=data.get("master_data", ""),
        workbooks=tuple(_read_workbook(item, by_key) for item in data.get("workbooks", ())),
    )


@lru_cache(maxsize=8)
def load_builtin_profile(name: str) -> Profile:
    """Return one of the profiles that come with the linter (see BUILTIN)."""
    folder = resources.files("disarm_schemas").joinpath("profiles")
    source = folder.joinpath(f"{name}.yaml").read_bytes()
    return build_profile(_read_compiled(folder, name, source) or read_builtin(source))


def read_builtin(source: bytes) -> dict[str, Any]:
    """Return the data of a profile that comes with the linter, from its YAML."""
    from ruamel.yaml import YAML

    data: dict[str, Any] = YAML(typ="safe").load(source.decode("utf-8"))
    return data


def _read_compiled(folder: Traversable, name: str, source: bytes) -> dict[str, Any] | None:
    """Return the data of a profile as hatch_build.py compiled it; None if that is not current.

    YAML takes some 80 ms to read, which every run would wait for. The checksum
    is that of the YAML: who edits it in a checkout sees the effect at once.
    """
    try:
        compiled = json.loads(folder.joinpath(f"{name}.json").read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(compiled, dict) or compiled.get("checksum") != zlib.crc32(source):
        return None
    data: dict[str, Any] = compiled["profile"]
    return data


_HEADING = re.compile(rb"\s*#[ \t]+(\w+)[ \t]+(\w[\w.]*)[ \t]*:")


def detect_profile(files: Mapping[str, bytes]) -> Profile:
    """Return the built-in profile whose heading words most files begin with.

    The first of BUILTIN where none fits, or several fit alike.
    """
    heads = []
    for data in files.values():
        match = _HEADING.match(data.removeprefix(b"\xef\xbb\xbf"))
        if match:
            heads.append((match[1].decode("ascii", "replace"), match[2].decode("ascii", "replace")))
    if not any(word in _DISTINCTIVE for word, _ in heads):
        return load_builtin_profile(BUILTIN[0])
    best, score = load_builtin_profile(BUILTIN[0]), -1
    for name in BUILTIN:
        profile = load_builtin_profile(name)
        kinds = [kind for kind in profile.kinds if kind.folder]
        hits = sum(any(kind.has_form(word, id_) for kind in kinds) for word, id_ in heads)
        if hits > score:
            best, score = profile, hits
    return best


# Reading a profile costs more than reading many pages: only a corpus with one
# of these words in a heading is held against all of them.
_DISTINCTIVE = frozenset({"Observation", "Assessment", "Category", "Group"})


def load_profile(
    path: Path, shown: Callable[[Path], str] = str, files: FileSystem = DISK
) -> Profile:
    """Read and check a profile in YAML.

    Raises ConfigError, with line and column, for anything that
    framework.schema.json does not allow, and for what its parts say wrongly of
    each other (see profile_check.py).
    """
    file = File(shown(path), path.name)
    settings = read_yaml(file, decode_settings(file, read_bytes(file, path, files=files)))
    validate(file, settings, "framework")
    for mistake in find_mistakes(settings.data):
        raise file.error(settings.span(list(mistake.path)), mistake.message)
    return build_profile(settings.data)
