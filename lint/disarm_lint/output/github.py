"""Workflow commands of GitHub Actions: annotations on the changed files."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Severity
from disarm_lint.output.limit import by_severity
from disarm_lint.output.text import help_for, noun
from disarm_lint.output.visible import Charset

if TYPE_CHECKING:
    from typing import TextIO

    from disarm_lint.output.report import Report, Shown

# GitHub shows no more annotations of a level for each step.
SHOWN = 10

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})
_TEXT = Charset()


def render_github(report: Report, stream: TextIO) -> None:
    """Write an annotation for each finding to a stream, errors first.

    GitHub shows the first ten of each level and drops the rest without a word;
    where there are more, a notice of its own says how many. The step's log
    shows all messages, but no places, so each message begins with its place.
    """
    hidden = annotations_hidden(report)
    for item in by_severity(report.findings):
        if hidden and item.finding.severity is Severity.INFO:
            stream.write(_notice(hidden))
            hidden = ""
        stream.write(_command(item))
    if hidden:
        stream.write(_notice(hidden))


def annotations_hidden(report: Report) -> str:
    """Return a sentence about the findings of which GitHub shows no annotation, or nothing."""
    numbers = Counter(item.finding.severity for item in report.findings)
    if all(number <= SHOWN for number in numbers.values()):
        return ""
    # The notice that says so takes the place of one.
    room = {Severity.INFO: SHOWN - 1}
    parts = [
        f"{numbers[severity] - room.get(severity, SHOWN):,} of {numbers[severity]:,} "
        f"{noun(severity, numbers[severity])}"
        for severity in Severity
        if numbers[severity] > room.get(severity, SHOWN)
    ]
    return (
        f"GitHub shows {SHOWN} annotations of each level for a step; {_listed(parts)} "
        "stand in the log of this step only"
    )


def _listed(parts: list[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def _notice(sentence: str) -> str:
    return f"::notice title=disarm-lint::{sentence.translate(_DATA)}\n"


def _command(item: Shown) -> str:
    finding, span = item.finding, item.span
    properties = {"title": f"{finding.rule} {finding.name}", "file": _exact(item.path)}
    if span is not None:
        properties["line"] = str(span.line)
        properties["endLine"] = str(span.end_line)
        if span.line == span.end_line:
            # GitHub refuses columns where the lines differ.
            properties["col"] = str(span.column)
            properties["endColumn"] = str(span.end_column)
    where = item.place
    lines = [f"{where}: {finding.rule} {finding.message}"]
    if finding.suggestion is not None:
        lines.append(help_for(finding.suggestion))
    written = ",".join(f"{key}={value.translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{_LEVELS[finding.severity]} {written}::{_data(lines)}\n"


def _exact(path: str) -> str:
    """Return a path as it is, for GitHub to find the file, but for what would move a terminal."""
    if path.isprintable():
        return path
    shown = ((char, char if char in "\r\n" else _TEXT.line(char)) for char in path)
    return "".join(text if text.startswith("<U+") else char for char, text in shown)


def _data(lines: list[str]) -> str:
    """Return lines as the data of a command; what would move a terminal is shown by its number."""
    parts = [_TEXT.line(part) for line in lines for part in line.splitlines() or [""]]
    return "\n".join(parts).translate(_DATA)
