"""Changing a baseline and leaving everything else in it as people wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.baseline.lines import changed_lines
from disarm_lint.baseline.read import parse_baseline
from disarm_lint.config.model import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from disarm_lint.baseline.model import Baseline, Entry


def updated(baseline: Baseline, removed: Collection[str], added: Iterable[Entry] = ()) -> str:
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


def _holds(baseline: Baseline, text: str, wanted: set[Entry]) -> bool:
    """Tell whether a text reads as a baseline with just these entries."""
    try:
        found = parse_baseline(baseline.file, text).entries
    except ConfigError:
        return False
    return len(found) == len(wanted) and {listed.entry for listed in found} == wanted


def _round_trip(baseline: Baseline, removed: Collection[str], added: Sequence[Entry]) -> str:
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
