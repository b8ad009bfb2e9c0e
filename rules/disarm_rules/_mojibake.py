"""Repair of text that was decoded with the wrong encoding.

ftfy judges a text as a whole, because a single line of damage often looks
innocent. Where damaged and sound text stand side by side, no single encoding
explains the whole; then each run of non-ASCII letters is judged for itself,
and an encoding that explains one run of a page is believed for its others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RUN = re.compile(r"[^\x00-\x7f]+")
_LINE_END = re.compile(r"[\r\n]")
_SUSPECT = re.compile(r"[^\x00-\x7f]{2}|[ÂÃ\ufffd]")
_UTF8 = re.compile("[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_WRONG_ENCODINGS = (
    "cp1252",
    "mac_roman",
    "cp437",
    "cp850",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1257",
    "iso8859_2",
)
# What damage in a text in Latin letters fixes to. A lone letter of another
# script is most likely none: `é”…` of `“résumé”…` would be a Chinese one.
_EXPECTED = re.compile(
    "[\u00a0-\u017f\u0192\u01a0\u01a1\u01af\u01b0\u0218-\u021b\u02bc\u1e00-\u1eff\u200b-\u205e"
    "\u20a0-\u20bf\u2100-\u2bff\ufb01\ufb02\ufe0f\ufeff\U0001f000-\U0001faff]"
)
_UNEXPECTED = re.compile("[\u0180-\u036f]")
_TYPOGRAPHY = "“”‘’«»–—…"
# A page in any language has fewer; only noise made on purpose has more.
_MOST_RUNS = 4000

_LABELS = {
    "cp1252": "Windows-1252",
    "mac_roman": "Mac Roman",
    "cp437": "DOS code page 437",
    "cp850": "DOS code page 850",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1257": "Windows-1257",
    "iso8859_2": "ISO 8859-2",
}

Piece = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Damage:
    """A damaged stretch of one line: `start` to `end` (exclusive) of the text.

    `repaired` is what stood there before; None if a part of it is lost.
    `sample` is the first damaged run and what it stood for.
    """

    start: int
    end: int
    repaired: str | None
    sample: tuple[str, str]


def find_damage(text: str) -> Iterator[Damage]:
    """Yield the damage of a text, at most one stretch for each line."""
    if text.isascii() or not _may_be_damaged(text):
        return
    lines = _LINE_END.split(text)
    found = _find_damaged_lines(text, lines) if _may_be_mojibake(text) else [[] for _ in lines]
    start = 0
    for line, pieces in zip(lines, found, strict=True):
        lost = pieces or [(m.start(), m.end(), m[0]) for m in re.finditer("\ufffd+", line)]
        if lost:
            yield _join(line, start, lost)
        start += len(line) + 1


def find_wrong_decoding(text: str, found: Sequence[Damage]) -> str | None:
    """Return what a whole text was decoded as instead of UTF-8, as people call it, or None.

    `found` is all of its damage. One line of it is no evidence of the whole.
    """
    if len(found) < 2 or any(damage.repaired is None for damage in found):
        return None
    parts, position = [], 0
    for damage in found:
        parts += [text[position : damage.start], damage.repaired or ""]
        position = damage.end
    repaired = "".join([*parts, text[position:]])
    for name, table in zip(_WRONG_ENCODINGS, _build_tables(), strict=True):
        letters = {ord(char) for char in set(text) if not char.isascii()}
        if letters <= table.keys():
            raw = text.translate(table).encode("latin-1")
            if raw == repaired.encode("utf-8"):
                return _LABELS[name]
    return None


def _join(line: str, offset: int, pieces: list[Piece]) -> Damage:
    parts, position = [], pieces[0][0]
    for start, end, right in pieces:
        parts += [line[position:start], right]
        position = end
    repaired = "".join(parts)
    first, last, right = pieces[0]
    return Damage(
        offset + first,
        offset + position,
        None if "\ufffd" in repaired else repaired,
        (line[first:last], right),
    )


def _may_be_damaged(text: str) -> bool:
    return _SUSPECT.search(text) is not None


def _may_be_mojibake(text: str) -> bool:
    """Tell cheaply whether some part of a text might be bytes of UTF-8 that were decoded as something else."""
    if "Ã " in text or "Â " in text:
        return True
    return any(_looks_like_utf8(run[:64]) for run in set(_RUN.findall(text)))


@lru_cache(maxsize=1)
def _build_tables() -> tuple[dict[int, int], ...]:
    """Return, for each encoding, the bytes of the letters beyond ASCII."""
    tables = []
    for name in _WRONG_ENCODINGS:
        table = {}
        for byte in range(0x80, 0x100):
            try:
                table[ord(bytes([byte]).decode(name))] = byte
            except UnicodeDecodeError:
                table[byte] = byte
        tables.append(table)
    return tuple(tables)


@lru_cache(maxsize=4096)
def _looks_like_utf8(run: str) -> bool:
    if len(run) < 2 or not run.strip(_TYPOGRAPHY):
        return False
    return any(_UTF8.search(run.translate(table)) for table in _build_tables())


def _find_damaged_lines(text: str, lines: list[str]) -> list[list[Piece]]:
    """Return for each line its damaged runs: where they stand in it, and their repair."""
    encodings: set[str] = set()
    found = _compare(lines, _repair(text, encodings))
    if encodings and any(_is_expected(repaired) for pieces in found for _, _, repaired in pieces):
        return found
    # No encoding explains the whole.
    runs = dict.fromkeys(
        run for line in lines for run in _RUN.findall(line) if _looks_like_utf8(run[:64])
    )
    table = _repair_runs(list(runs)[:_MOST_RUNS])
    return [_find_pieces(line, table) for line in lines]


def _find_pieces(line: str, table: dict[str, str]) -> list[Piece]:
    if "Ã " in line or "Â " in line:
        # The blank may be a part of the damage: `Ã ` for `à`.
        pieces = _compare_line(line, _repair(line, set()))
        if pieces and all(_is_expected(repaired) for _, _, repaired in pieces):
            return pieces
    return [(m.start(), m.end(), table[m[0]]) for m in _RUN.finditer(line) if m[0] in table]


def _compare(lines: list[str], repaired: str) -> list[list[Piece]]:
    others = _LINE_END.split(repaired)
    if len(others) != len(lines):
        return []
    return [_compare_line(line, other) for line, other in zip(lines, others, strict=True)]


def _repair(text: str, encodings: set[str]) -> str:
    """Return a text as ftfy repairs it.

    The encodings that explain all of its damage are noted; there are none
    where ftfy found damage only here and there.
    """
    from ftfy import TextFixerConfig, fix_encoding_and_explain

    config = TextFixerConfig(fix_c1_controls=False)
    fixed, steps = fix_encoding_and_explain(text, config)
    if all(step.action != "apply" for step in steps or ()):
        encodings.update(step.parameter for step in steps or () if step.action == "encode")
    return fixed


def _compare_line(line: str, repaired: str) -> list[Piece]:
    """Return the stretches in which a line and its repair differ, with the repair."""
    if line == repaired:
        return []
    if _RUN.sub("\0", line) == _RUN.sub("\0", repaired):
        pairs = zip(_RUN.finditer(line), _RUN.finditer(repaired), strict=True)
        return [(a.start(), a.end(), b[0]) for a, b in pairs if a[0] != b[0]]
    start = 0
    shorter = min(len(line), len(repaired))
    while start < shorter and line[start] == repaired[start]:
        start += 1
    while start and not line[start - 1].isascii():
        start -= 1
    tail = 0
    while tail < shorter - start and line[-1 - tail] == repaired[-1 - tail]:
        tail += 1
    while tail and not line[len(line) - tail].isascii():
        tail -= 1
    return [(start, len(line) - tail, repaired[start : len(repaired) - tail])]


def _is_expected(repaired: str) -> bool:
    """Tell whether a repair reads as text, rather than as a rare letter out of nowhere."""
    odd = [char for char in repaired if not char.isascii() and not _EXPECTED.match(char)]
    rare = any(_UNEXPECTED.match(char) for char in odd)
    return not rare and len(odd) != 1 and all(char.isprintable() for char in odd)


def _repair_runs(runs: list[str]) -> dict[str, str]:
    """Repair runs one by one: those that look damaged, then those of the same encodings."""
    found: dict[str, str] = {}
    encodings: set[str] = set()
    for run in runs:
        for part in dict.fromkeys((run, run.strip(_TYPOGRAPHY))):
            used: set[str] = set()
            fixed = _repair(part, used)
            if fixed != part and _is_expected(fixed):
                found[run] = run.replace(part, fixed, 1)
                encodings |= used
                break
    for encoding in sorted(encodings):
        for run in runs:
            if run not in found:
                try:
                    fixed = run.encode(encoding).decode("utf-8")
                except UnicodeError:
                    continue
                if _is_expected(fixed):
                    found[run] = fixed
    return found
