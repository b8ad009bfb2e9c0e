"""Recording in the configuration that ids are retired; all else in the file stays as it is."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SECTION = "retired"
# A comment, behind what is no string in quotes.
_COMMENT = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^"'#\s]|(?<=\S)#|\s(?!\s*#))*""")


class UneditableConfig(Exception):  # noqa: N818 - a fact about a file, which a message reports
    """A configuration file in which nothing can be recorded; the message says why, as a clause."""


def record_retired(text: str, ids: Mapping[str, str], rewrite: Callable[[str], str]) -> str:
    """Return a configuration in YAML that says of old ids which new ones took their place.

    Whatever else it says of the old ids, as accepted names or as successors, it says of
    the new ones: `rewrite` returns a text with the new ids. Where a new id is retired
    there in favour of the old one, the rename takes one back, and that entry goes. All
    other lines and all comments stay. Raises UneditableConfig.
    """
    before = _load(text) or {}
    back = [new for old, new in ids.items() if (before.get(_SECTION) or {}).get(new) == old]
    for entry in back:
        text = _remove_entry(text, entry)
    text = _rewrite_values(text, rewrite)
    added = {old: new for old, new in ids.items() if new not in back}
    if added:
        text = _add_entries(text, added)
    wanted = _rewrite(_drop_retired(before, back), rewrite)
    if added:
        wanted.setdefault(_SECTION, {}).update(added)
    after = _load(text)
    if after is None or _drop_retired(after, ()) != wanted:
        raise UneditableConfig("nothing can be added safely to the form in which it is written")
    return text


def _load(text: str) -> dict[str, Any] | None:
    """Return settings, empty ones for a file without any; None for a text that is no YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return None
    return found if isinstance(found, dict) else {}


def _drop_retired(data: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Return settings without some retired ids, and without a section that is empty then."""
    section = {key: value for key, value in (data.get(_SECTION) or {}).items() if key not in keys}
    rest = {key: value for key, value in data.items() if key != _SECTION}
    return {**rest, _SECTION: section} if section else rest


def _rewrite(value: Any, rewrite: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return rewrite(value)
    if isinstance(value, dict):
        return {_rewrite(k, rewrite): _rewrite(v, rewrite) for k, v in value.items()}
    if isinstance(value, list):
        return [_rewrite(item, rewrite) for item in value]
    return value


def _rewrite_values(text: str, rewrite: Callable[[str], str]) -> str:
    """Return YAML with new ids in its values and keys, its comments as they are."""
    lines = []
    for line in text.splitlines(keepends=True):
        match = _COMMENT.match(line)
        end = match.end() if match else len(line)
        lines.append(rewrite(line[:end]) + line[end:])
    return "".join(lines)


def _read_section(text: str) -> Any:
    """Return the retired ids with their places; None if they do not stand on lines."""
    from ruamel.yaml import YAML

    data = YAML().load(text)
    section = data.get(_SECTION)
    return None if not section or section.fa.flow_style() or data.fa.flow_style() else section


def _remove_entry(text: str, key: str) -> str:
    section = _read_section(text)
    lines = text.splitlines(keepends=True)
    number = section.lc.key(key)[0] if section is not None else -1
    if section is None or not lines[number].lstrip(" \"'").startswith(key):
        return _dump(text, lambda found: found.pop(key))
    del lines[number]
    if len(section) == 1:
        head = next(n for n in range(number - 1, -1, -1) if lines[n].startswith(_SECTION))
        del lines[head]
    return "".join(lines)


def _add_entries(text: str, ids: Mapping[str, str]) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += end
    found = _load(text) or {}
    section = _read_section(text) if found else None
    if section is not None:
        number, column = section.lc.key(list(section)[-1])
        return "".join([*lines[: number + 1], *_format(ids, column, end), *lines[number + 1 :]])
    appended = "".join([*lines, f"{_SECTION}:{end}", *_format(ids, 2, end)])
    # Nothing can be appended to settings in braces.
    if _SECTION not in found and _load(appended) is not None:
        return appended
    return _dump(text, lambda found: found.update(ids))


def _format(ids: Mapping[str, str], indent: int, end: str) -> list[str]:
    return [f"{' ' * indent}{old}: {new}{end}" for old, new in ids.items()]


def _dump(text: str, change: Callable[[Any], object]) -> str:
    """Return YAML with another section of ids, in which none stands on a line, from ruamel.yaml."""
    from ruamel.yaml import YAML
    from ruamel.yaml.util import load_yaml_guess_indent

    _, indent, offset = load_yaml_guess_indent(text)
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 10_000
    if indent is not None:
        yaml.indent(mapping=indent, sequence=indent, offset=offset or 0)
    data = yaml.load(text)
    if data.get(_SECTION) is None:
        data[_SECTION] = {}
    change(data[_SECTION])
    if not data[_SECTION]:
        del data[_SECTION]
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()
