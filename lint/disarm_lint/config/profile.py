"""Framework profiles: reading them, checking them, and detecting which one a corpus follows."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from disarm_lint.config.settings import (
    decode_settings,
    read_bytes,
    read_yaml,
    shorten_value,
    suggest_word,
    validate,
)
from disarm_lint.model.config import File
from disarm_lint.model.ids import IdTemplate
from disarm_lint.model.profile import (
    ColumnSpec,
    FieldSpec,
    ForeignFramework,
    Form,
    Format,
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
from disarm_lint.sources.filesystem import DISK, FileSystem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from disarm_lint.config.settings import SettingsFile

BUILTIN = ("disarm-1", "disarm-2")


def _strings(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _template(data: Mapping[str, str]) -> IdTemplate:
    return IdTemplate.parse(data["id"], data.get("sub"))


def _symmetry(data: Mapping[str, Any] | None) -> Symmetry | None:
    return Symmetry(data["kind"], tuple(data["keys"])) if data else None


def _field(data: Mapping[str, Any]) -> FieldSpec:
    return FieldSpec(
        key=data["key"],
        labels=_strings(data["label"]),
        label=Need(data.get("presence", "required")),
        value=Need(data.get("value", "optional")),
        format=Format(data.get("format", "plain")),
        refers_to=data.get("refers_to"),
        listed_in=data.get("listed_in"),
        parent=data.get("parent", False),
        symmetrical_with=_symmetry(data.get("symmetrical_with")),
    )


def _column(data: Mapping[str, Any]) -> ColumnSpec:
    return ColumnSpec(
        headers=_strings(data["header"]),
        format=Format(data.get("format", "plain")),
        refers_to=data.get("refers_to"),
        field=data.get("field"),
        evidence=data.get("evidence"),
    )


def _table(data: Mapping[str, Any]) -> TableSpec:
    return TableSpec(
        key=data["key"],
        columns=tuple(_column(column) for column in data["columns"]),
        symmetrical_with=_symmetry(data.get("symmetrical_with")),
        lists_members=data.get("lists_members", False),
    )


def _layout(data: Mapping[str, Any]) -> Layout:
    return Layout(
        name=data["name"],
        bulleted=data.get("bulleted", True),
        fields=tuple(_field(item) for item in data.get("fields", ())),
        tables=tuple(_table(item) for item in data.get("tables", ())),
    )


def _kind(data: Mapping[str, Any]) -> Kind:
    return Kind(
        key=data["key"],
        title=data.get("title", data["key"]),
        forms=tuple(Form(form["word"], _template(form)) for form in data["forms"]),
        folder=data.get("folder"),
        layouts=tuple(_layout(layout) for layout in data.get("layouts", ())),
    )


def _index(data: Mapping[str, Any]) -> IndexSpec:
    columns = tuple(_column(column) for column in data.get("columns", ()))
    return IndexSpec(data["key"], data["file"], data.get("lists"), columns)


def _sheet_column(data: Mapping[str, Any], kind: Kind | None) -> SheetColumn:
    # Where the page's field is judged by a rule of its own, so is the cell.
    shown = next((f for la in kind.layouts if (f := la.field(data["key"]))), None) if kind else None
    spec = FieldSpec(
        key=data["key"],
        labels=_strings(data["header"]),
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


def _sheet(data: Mapping[str, Any], kinds: Mapping[str, Kind]) -> SheetSpec:
    kind = kinds.get(data.get("defines", ""))
    columns = tuple(_sheet_column(column, kind) for column in data["columns"])
    need = Need(data.get("presence", "required"))
    return SheetSpec(data["sheet"], columns, data.get("defines"), need)


def _workbook(data: Mapping[str, Any], kinds: Mapping[str, Kind]) -> WorkbookSpec:
    return WorkbookSpec(data["file"], tuple(_sheet(sheet, kinds) for sheet in data["sheets"]))


def _foreign(data: Mapping[str, Any]) -> ForeignFramework:
    return ForeignFramework(
        name=data["name"],
        url=data.get("url", ""),
        mentions=tuple(data.get("mentions", ())),
        ids=tuple(_template(item) for item in data.get("ids", ())),
        mentioned_ids=tuple(_template(item) for item in data.get("mentioned_ids", ())),
    )


def build_profile(data: Mapping[str, Any]) -> Profile:
    """Build a profile from data that is valid by framework.schema.json.

    Raises ValueError for what the schema cannot say: a reference to a kind
    that the profile does not have.
    """
    kinds = tuple(_kind(kind) for kind in data["kinds"])
    by_key = {kind.key: kind for kind in kinds}
    profile = Profile(
        name=data["name"],
        title=data.get("title", data["name"]),
        pages=data.get("pages", "generated_pages"),
        files=data.get("files"),
        edit_marker=data.get("edit_marker", ""),
        kinds=kinds,
        indexes=tuple(_index(index) for index in data.get("indexes", ())),
        foreign=tuple(_foreign(item) for item in data.get("foreign", ())),
        master_data=data.get("master_data", ""),
        workbooks=tuple(_workbook(item, by_key) for item in data.get("workbooks", ())),
    )
    _check_references(profile)
    return profile


def _check_references(profile: Profile) -> None:
    known = {kind.key for kind in profile.kinds}
    for kind in profile.kinds:
        for layout in kind.layouts:
            refers = [spec.refers_to for spec in layout.fields]
            refers += [col.refers_to for table in layout.tables for col in table.columns]
            both = [spec.symmetrical_with for spec in layout.fields]
            both += [table.symmetrical_with for table in layout.tables]
            refers += [symmetry.kind for symmetry in both if symmetry]
            for target in refers:
                if target is not None and target not in known:
                    raise ValueError(f"kind {kind.key!r} refers to {target!r}, which is no kind")
    for index in profile.indexes:
        if index.lists is not None and index.lists not in known:
            raise ValueError(f"index {index.key!r} lists {index.lists!r}, which is no kind")
    for sheet in (sheet for workbook in profile.workbooks for sheet in workbook.sheets):
        for target in (sheet.defines, *(column.field.refers_to for column in sheet.columns)):
            if target is not None and target not in known:
                raise ValueError(f"sheet {sheet.name!r} refers to {target!r}, which is no kind")


@lru_cache(maxsize=8)
def load_builtin_profile(name: str) -> Profile:
    """Return one of the profiles that come with the linter (see BUILTIN)."""
    from ruamel.yaml import YAML

    text = files("disarm_schemas").joinpath("profiles", f"{name}.yaml").read_text("utf-8")
    # In C where that is there: this is read at every run.
    return build_profile(YAML(typ="safe").load(text))


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
        forms = [form for kind in profile.kinds if kind.folder for form in kind.forms]
        hits = sum(
            any(form.word == word and form.template.matches(id_) for form in forms)
            for word, id_ in heads
        )
        if hits > score:
            best, score = profile, hits
    return best


# Reading a profile costs more than reading many pages: only a corpus with one
# of these words in a heading is held against all of them.
_DISTINCTIVE = frozenset({"Observation", "Assessment", "Category", "Group"})


def load_profile(
    path: Path, shown: Callable[[Path], str] = str, look: FileSystem = DISK
) -> Profile:
    """Read and check a profile in YAML.

    Raises ConfigError, with line and column, for anything that
    framework.schema.json does not allow, and for a reference to a kind that
    the profile does not have.
    """
    file = File(shown(path), path.name)
    settings = read_yaml(file, decode_settings(file, read_bytes(file, path, look=look)))
    validate(file, settings, "framework")
    _check_kinds(file, settings)
    try:
        return build_profile(settings.data)
    except ValueError as error:
        raise file.error(None, str(error)) from None


def _check_kinds(file: File, settings: SettingsFile) -> None:
    """Raise ConfigError where a kind stands twice, or is referred to and does not exist."""
    keys: set[str] = set()
    for number, kind in enumerate(settings.data["kinds"]):
        if kind["key"] in keys:
            where = settings.span(["kinds", number, "key"])
            raise file.error(where, f"the kind “{kind['key']}” stands here a second time")
        keys.add(kind["key"])
    for path, target in _references(settings.data, ()):
        if target not in keys:
            hint = suggest_word(target, keys)
            where = settings.span(path)
            raise file.error(where, f"the profile has no kind “{shorten_value(target)}”{hint}")


def _references(
    data: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the places that name a kind."""
    if isinstance(data, list):
        for number, item in enumerate(data):
            yield from _references(item, (*path, number))
    elif isinstance(data, dict):
        for key, value in data.items():
            here = (*path, key)
            if key in ("refers_to", "lists") and isinstance(value, str):
                yield here, value
            elif key == "symmetrical_with" and isinstance(value, dict):
                yield (*here, "kind"), value["kind"]
            else:
                yield from _references(value, here)
