"""Reading of a baseline file; nothing in it is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from disarm_lint.baseline.canonical import read_canonical
from disarm_lint.baseline.model import Baseline, Entry, Listed
from disarm_lint.config.place import SIZE_LIMIT, decoded, read_bytes
from disarm_lint.model.text import Span
from disarm_lint.reading.look import DISK, Look

if TYPE_CHECKING:
    from pathlib import Path

    from disarm_lint.config.place import File
    from disarm_lint.config.yamlfile import YamlSettings

# Bytes of a file in the form in which it was written, which is read quickly.
LONGEST = 64_000_000


def load_baseline(file: File, path: Path, look: Look = DISK) -> Baseline:
    """Read and check a baseline file, as it stands where `look` looks.

    Raises ConfigError, with line and column, for what is no YAML, what
    baseline.schema.json does not allow, and a fingerprint that stands twice.
    """
    return parse_baseline(file, decoded(file, read_bytes(file, path, LONGEST, look), LONGEST))


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


def _parsed(file: File, text: str) -> tuple[Listed, ...]:
    if len(text) > SIZE_LIMIT:
        # A parser would take minutes.
        what = f"the file is larger than {SIZE_LIMIT // 1_000_000} MB and not in the usual form"
        raise file.error(None, f"{what}; make it anew with `disarm-lint baseline create --force`")
    from disarm_lint.config.validate import validate
    from disarm_lint.config.yamlfile import read_yaml

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
    file: File, settings: YamlSettings, number: int, data: dict[str, Any], lines: list[str]
) -> Listed:
    entry = Entry(
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
        return Listed(entry, location)
    first, last = found
    while last > first and (last > len(lines) or is_skipped(lines[last - 1])):
        last -= 1
    return Listed(entry, location, first, last)


def is_skipped(line: str) -> bool:
    """Tell whether a line is blank or a comment."""
    return not line.strip() or line.lstrip().startswith("#")
