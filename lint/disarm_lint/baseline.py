"""The baseline: findings that are accepted for now, in a file that people review."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from disarm_lint.config.settings import SIZE_LIMIT, decode_settings, read_bytes
from disarm_lint.model.baseline import SCHEMA_VERSION, Baseline, BaselineEntry, ListedEntry
from disarm_lint.model.config import ConfigError
from disarm_lint.model.text import Span
from disarm_lint.sources.filesystem import DISK, FileSystem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from disarm_lint.config.settings import YamlFile
    from disarm_lint.model.config import File
    from disarm_lint.model.finding import Finding

# What YAML forbids or takes for the end of a line, and blanks that it treats apart.
_UNUSUAL = re.compile(
    "[^\n\r\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    "|\r(?!\n)"
)
_HEX = "[0-9A-Fa-f]"
_CODE = rf"x{_HEX}{{2}}|u{_HEX}{{4}}|U00(?:0{_HEX}|10){_HEX}{{4}}"
_QUOTED = rf'"(?P<quoted>(?:[^"\\]|\\(?:["\\nrt]|{_CODE}))*+)"'
_BARE = r"(?P<bare>[A-Za-z](?: *[^:# ])*+)"
_LINE = re.compile(
    rf"(?P<margin> *(?:- )?)(?P<key>[a-z_]+):(?: +(?:{_QUOTED}|{_BARE}))?(?: +#.*| *)"
)
_SKIPPED = re.compile(r" *(?:#.*)?")
_ESCAPE = re.compile(rf"\\(?:{_CODE}|[\"\\nrt])")
_UNSHORT = {"n": "\n", "r": "\r", "t": "\t"}
# YAML takes no other word that begins with a letter for anything but text.
_NO_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_FORM = (
    ("fingerprint", 0),
    ("rule", 0),
    ("name", 0),
    ("subject", 0),
    ("text", 0),
    ("place", 0),
    ("path", 2),
    ("section", 2),
    ("reason", 0),
)
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_RULE = re.compile(r"[A-Z]{1,2}[0-9]{3}")
_HEAD = f"schema_version: {SCHEMA_VERSION}"


def read_canonical(file: File, text: str) -> tuple[ListedEntry, ...] | None:
    """Return the entries of a baseline, None where it has another form.

    What is returned is what the YAML parser and the schema would make of it.
    """
    if _UNUSUAL.search(text):
        return None
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    rows = [(n, line) for n, line in enumerate(lines, 1) if not _SKIPPED.fullmatch(line)]
    if [line.rstrip() for _, line in rows[:2]] != [_HEAD, "entries:"]:
        return None
    entries: list[ListedEntry] = []
    margin: int | None = None
    position = 2
    while position < len(rows):
        values: dict[str, tuple[str | None, int, int]] = {}
        first = rows[position][0]
        for key, deeper in _FORM:
            match = _LINE.fullmatch(rows[position][1]) if position < len(rows) else None
            if match is None or match["key"] != key:
                if key == "section":
                    continue
                return None
            dash = match["margin"].endswith("- ")
            if dash is not (key == "fingerprint"):
                return None
            if margin is None:
                margin = len(match["margin"])
            if len(match["margin"]) != margin + deeper:
                return None
            value = _value(match)
            if (value is None) is not (key == "place") and (key, value) != ("reason", None):
                return None
            if match["bare"] and match["bare"].casefold() in _NO_TEXT:
                return None
            values[key] = (value, rows[position][0], match.start(match.lastgroup or 0))
            position += 1
        listed = _canonical_entry(file, values, first, lines)
        if listed is None:
            return None
        entries.append(listed)
    return tuple(entries) or None


def _value(match: re.Match[str]) -> str | None:
    """Return the text behind a key, None where there is none."""
    quoted: str | None = match["quoted"]
    if quoted is not None:
        return _ESCAPE.sub(_unescaped, quoted) if "\\" in quoted else quoted
    bare: str | None = match["bare"]
    return bare


def _unescaped(match: re.Match[str]) -> str:
    code = match[0][1:]
    return chr(int(code[1:], 16)) if len(code) > 1 else _UNSHORT.get(code, code)


def _canonical_entry(
    file: File, values: dict[str, tuple[str | None, int, int]], first: int, lines: list[str]
) -> ListedEntry | None:
    found = {key: value or "" for key, (value, _, _) in values.items()}
    if not _FINGERPRINT.fullmatch(found["fingerprint"]) or not _RULE.fullmatch(found["rule"]):
        return None
    if not found["path"]:
        return None
    _, number, start = values["fingerprint"]
    # The span of a text in quotes holds the quotes.
    quotes = lines[number - 1][start - 1] == '"'
    column = start if quotes else start + 1
    width = len(found["fingerprint"]) + (2 if quotes else 0)
    span = Span(number, column, number, column + width)
    entry = BaselineEntry(
        fingerprint=found["fingerprint"],
        rule=found["rule"],
        name=found["name"],
        subject=found["subject"],
        text=found["text"],
        path=found["path"],
        section=found.get("section", ""),
        reason=found["reason"],
    )
    return ListedEntry(
        entry, file.location(span), first, max(line for _, line, _ in values.values())
    )


HEADER = """\
# Findings of disarm-lint that are accepted for now: `disarm-lint check` reports
# what is not listed here, so that only what is new stops a change.
#
# When something has been mended, `disarm-lint baseline update` takes its entry
# out. Fill in a `reason` where a finding is to stay, and comment as you like: a
# comment right above an entry goes with it, one above an empty line stays.
#
# A finding is known by its fingerprint, which holds no line number: text may
# move. The other words are for the reader.
"""

# What stands without quotes: words that YAML takes for nothing but text.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/().'-]*(?: [A-Za-z0-9_/(][A-Za-z0-9_/().'-]*)*")
_NO_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp", "Zs"})


def scalar(text: str) -> str:
    """Return a text as YAML on one line; invisible characters are shown by their number."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _NO_TEXT:
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """Return a text as YAML in double quotes, on one line."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if " " <= char <= "~" or unicodedata.category(char) not in _HIDDEN:
        return char
    number = ord(char)
    if number > 0xFFFF:
        return f"\\U{number:08X}"
    return f"\\u{number:04X}" if number > 0xFF else f"\\x{number:02X}"


def entry_lines(entry: BaselineEntry, indent: int = 2) -> list[str]:
    """Return the lines of an entry, its dash indented by so many blanks; no line ends."""
    lines = [
        # Never bare: digits alone, or with an `e` among them, would be a number.
        f"fingerprint: {quoted(entry.fingerprint)}",
        f"rule: {scalar(entry.rule)}",
        f"name: {scalar(entry.name)}",
        f"subject: {scalar(entry.subject)}",
        f"text: {scalar(entry.text)}",
        "place:",
        f"  path: {scalar(entry.path)}",
    ]
    if entry.section:
        lines.append(f"  section: {scalar(entry.section)}")
    lines.append(f"reason: {scalar(entry.reason)}" if entry.reason else "reason:")
    margin = " " * indent
    return [f"{margin}{'  ' if number else '- '}{line}" for number, line in enumerate(lines)]


def document(entries: Iterable[BaselineEntry]) -> str:
    """Return the text of a new baseline, its entries sorted."""
    lines = [HEADER.rstrip("\n"), f"schema_version: {SCHEMA_VERSION}"]
    ordered = sorted(entries, key=lambda entry: entry.sort_key)
    lines.append("entries:" if ordered else "entries: []")
    for number, entry in enumerate(ordered):
        lines += ["", *entry_lines(entry)] if number else entry_lines(entry)
    return "".join(f"{line}\n" for line in lines)


_ENTRIES = re.compile(r"entries:(?P<none> *\[ *\])?(?P<rest> *(?:#.*)?)")


@dataclass(slots=True)
class _Block:
    """Lines of an entry with the comments right above it, and the lines before those."""

    before: list[str]
    lines: list[str]
    entry: BaselineEntry


def changed_lines(
    baseline: Baseline, removed: Collection[str], added: Sequence[BaselineEntry]
) -> str | None:
    """Return the text of a baseline without some entries, and with others, sorted.

    None where entries do not stand on lines of their own.
    """
    # Not splitlines: that would also split at what YAML takes for no line end.
    lines = baseline.text.split("\n")
    end = "\r" if "\r\n" in baseline.text else ""
    lines = [line.removesuffix("\r") for line in lines]
    place = next((n for n, line in enumerate(lines) if _ENTRIES.fullmatch(line)), None)
    if place is None:
        return None
    head, position = lines[:place], place + 1
    blocks: list[_Block] = []
    for listed in baseline.entries:
        if listed.first is None or listed.last is None or listed.first <= position:
            return None
        lead = lines[position : listed.first - 1]
        own = next((n for n in range(len(lead), 0, -1) if not _is_comment(lead[n - 1])), 0)
        blocks.append(
            _Block(lead[:own], lead[own:] + lines[listed.first - 1 : listed.last], listed.entry)
        )
        position = listed.last
    tail = lines[position:]
    spaced = len(blocks) < 2 or any("" in block.before for block in blocks[1:])
    gap = [""] if spaced else []
    indent = _indent(blocks)
    blocks, tail = _without(blocks, removed, tail)
    for entry in added:
        _insert(blocks, entry, gap, indent)
    comment = (_ENTRIES.fullmatch(lines[place]) or {"rest": ""})["rest"].rstrip()
    word = "entries:" if blocks else "entries: []"
    inner = [line for block in blocks for line in (*block.before, *block.lines)]
    return f"{end}\n".join([*head, word + comment, *inner, *tail])


def _is_comment(line: str) -> bool:
    return line.lstrip(" ").startswith("#")


def _indent(blocks: Sequence[_Block]) -> int:
    """Return by how many blanks the dashes are indented."""
    for line in blocks[0].lines if blocks else ():
        if not _is_comment(line):
            return len(line) - len(line.lstrip(" "))
    return 2


def _without(
    blocks: Sequence[_Block], removed: Collection[str], tail: list[str]
) -> tuple[list[_Block], list[str]]:
    """Return the blocks that stay, and the lines behind them; the last of these ends the file."""
    kept: list[_Block] = []
    left: list[str] | None = None
    for block in blocks:
        if left is not None:
            block.before = _joined(left, block.before, at_start=not kept)
        if block.entry.fingerprint in removed:
            left = block.before
        else:
            kept.append(block)
            left = None
    if left is None:
        return kept, tail
    behind = _joined(left, tail[:-1], at_start=not kept)
    if len(tail) == 1 and behind and not behind[-1]:
        # No empty line at the end of the file.
        behind.pop()
    return kept, behind + tail[-1:]


def _joined(one: list[str], other: list[str], *, at_start: bool) -> list[str]:
    """Join lines between which an entry stood, without an empty line too many."""
    if other and not other[0] and (not one[-1] if one else at_start):
        other = other[1:]
    return one + other


def _insert(blocks: list[_Block], entry: BaselineEntry, gap: list[str], indent: int) -> None:
    """Put an entry before the first block that sorts behind it."""
    new = _Block(list(gap) if blocks else [], entry_lines(entry, indent), entry)
    number = next((n for n, b in enumerate(blocks) if b.entry.sort_key > entry.sort_key), None)
    if number is None:
        blocks.append(new)
        return
    follower = blocks[number]
    new.before, follower.before = follower.before, list(gap)
    blocks.insert(number, new)


# Bytes of a file in the form in which it was written, which is read quickly.
LONGEST = 64_000_000


def load_baseline(file: File, path: Path, look: FileSystem = DISK) -> Baseline:
    """Read and check a baseline file, as it stands where `look` looks.

    Raises ConfigError, with line and column, for what is no YAML, what
    baseline.schema.json does not allow, and a fingerprint that stands twice.
    """
    return parse_baseline(
        file, decode_settings(file, read_bytes(file, path, LONGEST, look), LONGEST)
    )


def parse_baseline(file: File, text: str) -> Baseline:
    """Check the text of a baseline file; see load_baseline."""
    entries = read_canonical(file, text)
    if entries is None:
        entries = _parsed(file, text)
    lines: dict[str, int] = {}
    for listed in entries:
        fingerprint, span = listed.entry.fingerprint, listed.location.span
        if fingerprint in lines:
            what = f"this fingerprint stands here a second time, first in line {lines[fingerprint]}"
            raise file.error(span, f"{what}; delete one of the two entries")
        lines[fingerprint] = span.line if span else 1
    return Baseline(file, text, entries)


def _parsed(file: File, text: str) -> tuple[ListedEntry, ...]:
    if len(text) > SIZE_LIMIT:
        # A parser would take minutes.
        what = f"the file is larger than {SIZE_LIMIT // 1_000_000} MB and not in the usual form"
        raise file.error(None, f"{what}; make it anew with `disarm-lint baseline create --force`")
    from disarm_lint.config.settings import read_yaml, validate

    lines = text.split("\n")
    conflict = next((n for n, line in enumerate(lines, 1) if line.startswith("<<<<<<< ")), None)
    if conflict is not None:
        what = "a merge left its conflict here; keep the entries of both sides, then run"
        raise file.error(Span(conflict, 1, conflict, 8), f"{what} `disarm-lint baseline update`")
    settings = read_yaml(file, text)
    if settings.data is None:
        raise file.error(None, "the file is empty; `disarm-lint baseline create --force` fills it")
    validate(file, settings, "baseline")
    return tuple(
        _listed(file, settings, number, data, lines)
        for number, data in enumerate(settings.data["entries"])
    )


def _listed(
    file: File, settings: YamlFile, number: int, data: dict[str, Any], lines: list[str]
) -> ListedEntry:
    entry = BaselineEntry(
        fingerprint=data["fingerprint"],
        rule=data["rule"],
        name=data.get("name", ""),
        subject=data.get("subject", ""),
        text=data.get("text", ""),
        path=data["place"]["path"],
        section=data["place"].get("section", ""),
        reason=data.get("reason") or "",
    )
    location = file.location(settings.span(["entries", number, "fingerprint"]))
    found = settings.item_lines("entries", number)
    if found is None:
        return ListedEntry(entry, location)
    first, last = found
    while last > first and (last > len(lines) or is_skipped(lines[last - 1])):
        last -= 1
    return ListedEntry(entry, location, first, last)


def is_skipped(line: str) -> bool:
    """Tell whether a line is blank or a comment."""
    return not line.strip() or line.lstrip().startswith("#")


def updated(
    baseline: Baseline, removed: Collection[str], added: Iterable[BaselineEntry] = ()
) -> str:
    """Return the text of a baseline without some entries, by fingerprint, and with others.

    New entries stand where the order of entries wants them. A comment right
    above an entry goes with it. Lines that belong to no such entry are not
    touched; only where entries do not stand on lines of their own is the YAML
    written anew. Raises ConfigError for a file that can be read, but not
    changed.
    """
    added = sorted(added, key=lambda entry: entry.sort_key)
    wanted = {e.entry for e in baseline.entries if e.entry.fingerprint not in removed} | set(added)
    text = changed_lines(baseline, removed, added)
    if text is not None and _holds(baseline, text, wanted):
        return text
    text = _round_trip(baseline, removed, added)
    if not _holds(baseline, text, wanted):
        what = "this baseline is written in a way in which it cannot be changed"
        raise baseline.file.error(None, f"{what}; change it by hand, or make it anew")
    return text


def _holds(baseline: Baseline, text: str, wanted: set[BaselineEntry]) -> bool:
    """Tell whether a text reads as a baseline with just these entries."""
    try:
        found = parse_baseline(baseline.file, text).entries
    except ConfigError:
        return False
    return len(found) == len(wanted) and {listed.entry for listed in found} == wanted


def _round_trip(
    baseline: Baseline, removed: Collection[str], added: Sequence[BaselineEntry]
) -> str:
    from io import StringIO

    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    # No line is broken.
    yaml.width = len(baseline.text) + 1000
    yaml.indent(mapping=2, sequence=4, offset=2)
    data = yaml.load(baseline.text)
    entries = data["entries"]
    for number in reversed(range(len(entries))):
        if entries[number]["fingerprint"] in removed:
            del entries[number]
    if added:
        entries.fa.set_block_style()
    for entry in added:
        place = {"path": entry.path}
        if entry.section:
            place["section"] = entry.section
        entries.append(
            {
                "fingerprint": entry.fingerprint,
                "rule": entry.rule,
                "name": entry.name,
                "subject": entry.subject,
                "text": entry.text,
                "place": place,
                "reason": entry.reason or None,
            }
        )
    stream = StringIO()
    yaml.dump(data, stream)
    text = stream.getvalue()
    return text.replace("\n", "\r\n") if "\r\n" in baseline.text else text


@dataclass(frozen=True, slots=True)
class Matched:
    """What a baseline makes of findings.

    `new` are the findings that it does not hold; `baselined` those that it
    does; `idle` its entries that no finding matches, in their order.
    """

    new: tuple[Finding, ...]
    baselined: tuple[Finding, ...]
    idle: tuple[ListedEntry, ...]


def match(findings: Sequence[Finding], entries: Sequence[ListedEntry]) -> Matched:
    """Hold findings against the entries of a baseline."""
    known = {listed.entry.fingerprint for listed in entries}
    found = {finding.fingerprint for finding in findings}
    return Matched(
        new=tuple(finding for finding in findings if finding.fingerprint not in known),
        baselined=tuple(finding for finding in findings if finding.fingerprint in known),
        idle=tuple(listed for listed in entries if listed.entry.fingerprint not in found),
    )


def judged(
    idle: Iterable[ListedEntry],
    *,
    known: frozenset[str],
    ran: frozenset[str],
    unread: frozenset[str],
) -> tuple[ListedEntry, ...]:
    """Return those of the idle entries that are known to be of no use.

    Nothing is known of an entry whose rule exists (is one of the codes
    `known`) and is not among those that `ran`, or whose file could not be read.
    """
    return tuple(
        listed
        for listed in idle
        if (listed.entry.rule not in known or listed.entry.rule in ran)
        and listed.entry.path not in unread
    )


def with_reasons(
    added: Iterable[BaselineEntry], removed: Iterable[BaselineEntry]
) -> list[BaselineEntry]:
    """Give new entries the reasons of entries that they take the place of.

    When a page is renamed or a row gets another id, its findings get other
    fingerprints. The reason goes along where it is plain which is which: one
    entry went and one came for the same words of the same subject.
    """

    def key(entry: BaselineEntry) -> tuple[str, str, str]:
        return (entry.rule, entry.subject, entry.text)

    added, removed = list(added), list(removed)
    reasons = {key(entry): entry.reason for entry in removed}
    gone, come = Counter(map(key, removed)), Counter(map(key, added))
    return [
        replace(entry, reason=reasons[key(entry)])
        if gone[key(entry)] == come[key(entry)] == 1
        else entry
        for entry in added
    ]
