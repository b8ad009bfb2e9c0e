"""The baseline file: findings that are accepted for now, one per line for people to review."""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from dataclasses import replace
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING, Any

from disarm_lint.config.settings import SIZE_LIMIT, decode_settings, read_bytes
from disarm_lint.model.baseline import (
    SCHEMA_VERSION,
    Baseline,
    BaselineEntry,
    ListedEntry,
    Matched,
)
from disarm_lint.model.text import Span
from disarm_lint.sources.filesystem import DISK, FileSystem
from disarm_lint.sources.scope import PAGE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from disarm_lint.config.settings import YamlFile
    from disarm_lint.model.config import File

# The most bytes of a file in the form that the linter writes, which is read quickly.
LONGEST = 64_000_000

HEADER = """\
# Findings of disarm-lint that are accepted for now, one in each line:
# `disarm-lint check` reports what is not listed here, so that only what is new
# stops a change.
#
# When something has been fixed, `disarm-lint baseline update` takes its line
# out. Fill in the `reason` where a finding is to stay, and comment as you like:
# a comment right above a line goes with it, one above an empty line stays.
#
# A finding is known by its fingerprint, which holds no line number: text may
# move. The other words are for the reader.
"""
_VERSION = f"schema_version: {SCHEMA_VERSION}"
_EXAMPLE = '- {"path": "…", "rule": "…", …}'

# --- writing ---


def format_entry(entry: BaselineEntry) -> str:
    """Return an entry as a line, without its end: a dash of YAML, and JSON.

    Invisible characters are escaped.
    """
    data = {
        "path": entry.path,
        "rule": entry.rule,
        "name": entry.name,
        "subject": entry.subject,
        "text": entry.text,
        "section": entry.section,
        "fingerprint": entry.fingerprint,
        "reason": entry.reason,
    }
    if not entry.section:
        del data["section"]
    text = json.dumps(data, ensure_ascii=False)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
    return f"- {text}"


def format_baseline(entries: Iterable[BaselineEntry]) -> str:
    """Return the text of a new baseline, its entries sorted."""
    head = (*HEADER.splitlines(), _VERSION)
    lines = [format_entry(entry) for entry in sorted(entries, key=lambda entry: entry.sort_key)]
    return _build_text(head, lines, ("",), "\n")


def rewrite_baseline(
    baseline: Baseline, removed: Collection[str], added: Iterable[BaselineEntry] = ()
) -> str:
    """Return the text of a baseline with entries removed, by fingerprint, and others added.

    The text is sorted and has one entry per line, whatever the form of the old one. A
    comment directly above an entry is removed with it; all other comments stay.
    """
    new = [ListedEntry(entry, baseline.file.location(Span(1, 1, 1, 1))) for entry in added]
    kept, tail = _drop_entries(baseline, removed)
    lines: list[str] = []
    for listed in sorted((*kept, *new), key=lambda listed: listed.entry.sort_key):
        lines += [*listed.before, *listed.notes, format_entry(listed.entry)]
    return _build_text(baseline.head, lines, tail, "\r\n" if "\r\n" in baseline.text else "\n")


def _build_text(head: Iterable[str], lines: Sequence[str], tail: Sequence[str], end: str) -> str:
    filled = any(line.startswith("-") for line in lines)
    return end.join([*head, "entries:" if filled else "entries: []", *lines, *tail])


def _drop_entries(
    baseline: Baseline, removed: Collection[str]
) -> tuple[list[ListedEntry], tuple[str, ...]]:
    """Return the entries that stay and the lines after them.

    Lines above a removed entry that are not removed with it move to the next entry.
    """
    kept: list[ListedEntry] = []
    left: tuple[str, ...] = ()
    for listed in baseline.entries:
        before = _join_lines(left, listed.before)
        left = before if listed.entry.fingerprint in removed else ()
        if listed.entry.fingerprint not in removed:
            kept.append(replace(listed, before=before))
    return kept, _join_lines(left, baseline.tail)


def _join_lines(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Join the lines above and below a removed entry, without a superfluous empty line."""
    return one[:-1] + other if one and other and one[-1] == other[0] == "" else one + other


# --- renamed files ---

# The most pairs of findings and paths that are compared.
_MOST = 200_000


def follow_files(matched: Matched, paths: Collection[str]) -> tuple[Matched, dict[str, str]]:
    """Match findings with a baseline whose entries follow renamed files.

    `paths` are the existing files. The second part maps the fingerprints of entries to those
    of the findings that they match: the file of such a finding had the path of the entry,
    which no longer exists.
    """
    from disarm_lint.engine import list_fingerprints_at

    gone: dict[str, set[str]] = {}
    for listed in matched.idle:
        entry = listed.entry
        if entry.path not in paths and f".{entry.path.rpartition('.')[2]}" in PAGE_SUFFIXES:
            gone.setdefault(entry.path, set()).add(entry.fingerprint)
    if not gone or len(gone) * len(matched.new) > _MOST:
        return matched, {}
    moved: dict[str, str] = {}
    for finding in matched.new:
        for path, left in gone.items():
            if hit := left & list_fingerprints_at(finding, path):
                moved[min(hit)] = finding.fingerprint
                left.difference_update(hit)
                break
    found = set(moved.values())
    return Matched(
        new=tuple(f for f in matched.new if f.fingerprint not in found),
        baselined=(*matched.baselined, *(f for f in matched.new if f.fingerprint in found)),
        idle=tuple(listed for listed in matched.idle if listed.entry.fingerprint not in moved),
    ), moved


# --- reading ---


def load_baseline(file: File, path: Path, files: FileSystem = DISK) -> Baseline:
    """Read and check a baseline file in the file system `files`.

    Raises ConfigError, with line and column, if it is not YAML, if baseline.schema.json does
    not allow it, and if two entries have one fingerprint.
    """
    return parse_baseline(
        file, decode_settings(file, read_bytes(file, path, LONGEST, files), LONGEST)
    )


def parse_baseline(file: File, text: str) -> Baseline:
    """Check the text of a baseline file; see load_baseline."""
    baseline = read_lines(file, text)
    if isinstance(baseline, Span):
        if len(text) > SIZE_LIMIT:
            # The parser would take minutes.
            what = f"larger than {SIZE_LIMIT // 1_000_000} MB, and this is not of the usual form"
            raise file.error(baseline, f"the file is {what}; write it as {_EXAMPLE} in one line")
        baseline = _read_yaml(file, text)
    return replace(baseline, entries=_drop_repeated(file, baseline.entries))


def _drop_repeated(file: File, entries: Iterable[ListedEntry]) -> tuple[ListedEntry, ...]:
    """Return entries without equal repetitions, which a merge in git can cause.

    Raises ConfigError if two entries with one fingerprint differ.
    """
    found: dict[str, ListedEntry] = {}
    for listed in entries:
        fingerprint, span = listed.entry.fingerprint, listed.location.span
        first = found.setdefault(fingerprint, listed)
        if first is listed:
            continue
        if first.entry != listed.entry:
            line = first.location.span.line if first.location.span else 1
            what = f"this fingerprint appears a second time, first in line {line}"
            raise file.error(span, f"{what}; delete one of the two entries")
        notes = dict.fromkeys((*first.notes, *filter(None, listed.before), *listed.notes))
        found[fingerprint] = replace(first, notes=tuple(notes))
    return tuple(found.values())


_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_RULE = re.compile(r"[A-Z]{1,2}[0-9]{3}")
_EMPTY = dict.fromkeys(BaselineEntry.__dataclass_fields__, "")
_PLACE = re.compile(r'"fingerprint" *: *(".{16}")')
_SCHEMA = re.compile(r'\$schema: "[^"\\]+"')
_COMMENT = re.compile(r" *(?:#.*)?")
_TRAILING = re.compile(r" *(?: (?P<comment>#.*))?")
# What JSON and YAML read differently, what YAML rejects, and what ends a line in YAML only.
_UNUSUAL = re.compile(
    "[^\t\n\r\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    "|\r(?!\n)"
)


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("a key appears twice")
    return data


_DECODER = json.JSONDecoder(object_pairs_hook=_refuse_repeated_keys)


def read_lines(file: File, text: str) -> Baseline | Span:
    """Return a baseline in the form that the linter writes, else the first place that differs.

    The result is the same as that of the YAML parser and the schema.
    """
    if unusual := _UNUSUAL.search(text):
        number = text.count("\n", 0, unusual.start()) + 1
        return Span(number, 1, number, 2)
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    entries: list[ListedEntry] = []
    head: int | None = None
    keys: list[str] = []
    start = 0
    for number, line in enumerate(lines):
        if _COMMENT.fullmatch(line):
            continue
        if head is None and line in ("entries:", "entries: []") and _VERSION in keys:
            head, start = number, number + 1
        elif head is None and (line == _VERSION or _SCHEMA.fullmatch(line)) and len(keys) < 2:
            keys.append(line)
        else:
            empty = head is None or lines[head] != "entries:"
            listed = None if empty else _read_line(file, number + 1, line)
            if listed is None:
                return Span(number + 1, 1, number + 1, 2)
            before, notes = _part_lines(lines[start:number])
            entries.append(replace(listed, before=before, notes=notes + listed.notes))
            start = number + 1
    if head is None or keys.count(_VERSION) > 1 or (lines[head] == "entries:" and not entries):
        return Span(len(lines), 1, len(lines), 1)
    return Baseline(file, text, tuple(entries), tuple(lines[:head]), tuple(lines[start:]))


def _read_line(file: File, number: int, line: str) -> ListedEntry | None:
    """Return the entry of a line; None if the linter would not write it like that."""
    if not line.startswith("- {"):
        return None
    try:
        data, end = _DECODER.raw_decode(line, 2)
    except (ValueError, RecursionError):
        return None
    rest, place = _TRAILING.fullmatch(line, end), _PLACE.search(line)
    if rest is None or place is None or not data.keys() <= _EMPTY.keys():
        return None
    if not all(isinstance(value, str) for value in data.values()) or not data.get("path"):
        return None
    if not _FINGERPRINT.fullmatch(data["fingerprint"]) or not _RULE.fullmatch(data.get("rule", "")):
        return None
    span = Span(number, place.start(1) + 1, number, place.end(1) + 1)
    notes = (rest["comment"],) if rest["comment"] else ()
    return ListedEntry(BaselineEntry(**{**_EMPTY, **data}), file.location(span), notes=notes)


def _part_lines(lines: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split the lines above an entry into those that stay and those that are removed with it."""
    own = len(list(takewhile(str.strip, reversed(lines))))
    cut = len(lines) - own
    return tuple(lines[:cut]), tuple(lines[cut:])


# --- reading other forms, written by people or by earlier versions ---


def _read_yaml(file: File, text: str) -> Baseline:
    from disarm_lint.config.settings import MOST_OF_BASELINE, read_yaml, validate

    lines = text.split("\n")
    conflict = next((n for n, line in enumerate(lines, 1) if line.startswith("<<<<<<< ")), None)
    if conflict is not None:
        what = "a merge conflict was left here; keep the entries of both sides, then run"
        raise file.error(Span(conflict, 1, conflict, 8), f"{what} `disarm-lint baseline update`")
    settings = read_yaml(file, text, MOST_OF_BASELINE)
    if settings.data is None:
        raise file.error(None, "the file is empty; `disarm-lint baseline create --force` fills it")
    validate(file, settings, "baseline")
    entries = settings.data["entries"]
    head, above, tail = _read_comments(settings, text)
    listed = tuple(
        ListedEntry(
            _read_entry(entries[number]),
            file.location(settings.span(["entries", number, "fingerprint"])),
            *above[number],
        )
        for number in range(len(entries))
    )
    if "$schema" in settings.data:
        head = (*head, f"$schema: {json.dumps(settings.data['$schema'])}")
    return Baseline(file, text, listed, (*head, _VERSION), tail)


def _read_entry(data: dict[str, Any]) -> BaselineEntry:
    """Return the entry of valid data, in either form."""
    data = {**data, **data.get("place", {})}
    return BaselineEntry(**{field: _join_surrogates(data.get(field) or "") for field in _EMPTY})


def _join_surrogates(text: str) -> str:
    """Return a text with its surrogate pairs joined; JSON writes them, YAML has none."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


_Lines = tuple[str, ...]


def _read_comments(
    settings: YamlFile, text: str
) -> tuple[_Lines, list[tuple[_Lines, _Lines]], _Lines]:
    """Return the comments of YAML: above all entries, of each entry, and below all.

    A comment within an entry is removed with it, like one directly above.
    """
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def find_line(offset: int) -> int:
        return bisect_right(starts, offset) - 1

    scalars = settings.scalars(text)
    found = {find_line(start): comment for start, comment in settings.comments(text)}
    kept = [
        (number, found.get(number, ""))
        for number, line in enumerate(text.split("\n"))
        if number in found or not line.strip()
    ]

    def list_between(first: int, last: int) -> _Lines:
        part = kept[bisect_left(kept, (first,)) : bisect_left(kept, (last,))]
        return tuple(line for _, line in part)

    key, items = next(pair for pair in settings.root.value if pair[0].value == "entries")
    begins = [item.start_mark.index for item in items.value]
    here = find_line(key.start_mark.index) + 1
    head, above = list_between(0, here), []
    for begin, end in zip(begins, [*begins[1:], items.end_mark.index], strict=False):
        # The last text that begins in the entry; a value that was omitted has no place.
        last = scalars[bisect_left(scalars, (end,)) - 1][1]
        first, behind = max(here, find_line(begin)), find_line(last - 1) + 1
        before, notes = _part_lines(_strip_lines(list_between(here, first)))
        above.append((before, (*notes, *filter(None, list_between(first, behind)))))
        here = max(here, behind)
    return head, above, (*_strip_lines(list_between(here, len(starts)), at_end=True), "")


def _strip_lines(lines: _Lines, *, at_end: bool = False) -> _Lines:
    """Return lines without empty ones at the start, or at the end."""
    if at_end:
        return _strip_lines(lines[::-1])[::-1]
    return tuple(dropwhile(lambda line: not line, lines))
