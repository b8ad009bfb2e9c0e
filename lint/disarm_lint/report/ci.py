"""Formats of CI servers: GitHub, GitLab, JUnit."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from disarm_lint.model.finding import Severity
from disarm_lint.model.words import format_count
from disarm_lint.report.data import write_json
from disarm_lint.report.report import assign_keys, format_place, sort_by_severity
from disarm_lint.report.roots import group_by_root
from disarm_lint.report.terminal import Charset, neutralise_brackets
from disarm_lint.report.text import find_help

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from disarm_lint.report.report import FindingKey, Report, ShownFinding
    from disarm_lint.report.roots import RootCause

# GitHub shows no more annotations of a level for each step.
SHOWN = 10

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})
_TEXT = Charset()


def render_github(report: Report, stream: TextIO) -> None:
    """Write an annotation for each root cause to a stream, the gravest first.

    GitHub shows the first ten of each level and drops the rest without a word;
    where there are more, a notice of its own says how many. The step's log
    shows all messages, but no places, so each message begins with its place.
    Where there are few findings, each has its own annotation.
    """
    roots = group_by_root(report.findings)
    numbers = Counter(item.finding.severity for item in report.findings)
    if all(number < SHOWN for number in numbers.values()):
        for item in sort_by_severity(report.findings):
            stream.write(_format_command(item))
        return
    for root in roots:
        stream.write(_format_command(root.first, root))
    if hidden := count_hidden_annotations(roots):
        stream.write(_format_notice(hidden))


def count_hidden_annotations(roots: Sequence[RootCause]) -> str:
    """Return a sentence about the root causes of which GitHub shows no annotation, or nothing."""
    numbers = Counter(root.severity for root in roots)
    if all(number <= SHOWN for number in numbers.values()):
        return ""
    hidden = sum(max(0, number - SHOWN) for number in numbers.values())
    return (
        f"GitHub shows {SHOWN} annotations of each level for a step; {hidden:,} of {len(roots):,} "
        "root causes are only in the log of this step"
    )


def _format_notice(sentence: str) -> str:
    return f"::notice title=disarm-lint::{sentence.translate(_DATA)}\n"


def _format_command(item: ShownFinding, root: RootCause | None = None) -> str:
    """Return the annotation of a finding, or of a root cause at the first of its findings."""
    finding, span = item.finding, item.span
    properties = {"title": f"{finding.rule} {finding.name}", "file": _format_exactly(item.path)}
    if span is not None:
        properties["line"] = str(span.line)
        properties["endLine"] = str(span.end_line)
        if span.line == span.end_line:
            # GitHub refuses columns where the lines differ.
            properties["col"] = str(span.column)
            properties["endColumn"] = str(span.end_column)
    where = item.place
    lines = [f"{where}: {finding.rule} {finding.message}"]
    if help_text := find_help(finding):
        lines.append(help_text)
    if root is not None and len(root.findings) > 1:
        more = format_count(len(root.findings) - 1, "more place")
        lines = [f"{where}: {finding.rule} {root.title}, and {more}", root.action]
    written = ",".join(f"{key}={value.translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{_LEVELS[finding.severity]} {written}::{_escape_data(lines)}\n"


def _format_exactly(path: str) -> str:
    """Return a path as it is, for GitHub to find the file, but for what would move a terminal.

    What would be a command to Azure Pipelines, which reads the same log elsewhere, is not kept.
    """
    path = neutralise_brackets(path)
    if path.isprintable():
        return path
    shown = ((char, char if char in "\r\n" else _TEXT.show_line(char)) for char in path)
    return "".join(text if text.startswith("<U+") else char for char, text in shown)


def _escape_data(lines: list[str]) -> str:
    """Return lines as the data of a command; what would move a terminal is shown by its number."""
    parts = [_TEXT.show_line(part) for line in lines for part in line.splitlines() or [""]]
    return neutralise_brackets("\n".join(parts)).translate(_DATA)


_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render_gitlab(report: Report, stream: TextIO) -> None:
    """Write a report as a GitLab Code Quality report to a stream in UTF-8."""
    found = zip(report.findings, assign_keys(report.findings), strict=True)
    write_json([_encode_issue(item, key) for item, key in found], stream, unicode_only=True)


def _encode_issue(item: ShownFinding, key: FindingKey) -> dict[str, Any]:
    finding, span = item.finding, item.span
    return {
        "description": finding.message if item.cell is None else f"{item.place}: {finding.message}",
        "check_name": f"{finding.rule} {finding.name}",
        "fingerprint": key.hexadecimal,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": item.path.removeprefix("./"),
            "lines": {
                "begin": span.line if span else 1,
                "end": span.end_line if span else 1,
            },
        },
    }


# What XML 1.0 cannot hold, not even by its number.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What it can hold and a terminal or a CI log should not see; `::` begins a command in a log.
_ESCAPED = re.compile(
    "[&<>\"'\t\n\r\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
    r"|(?<=##)\[|(?<=##(?i:vso))\[|(?<=##(?i:teamcity))\[|:(?=:)"
)
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def render_junit(report: Report, stream: TextIO, *, fail_on: Severity = Severity.ERROR) -> None:
    """Write a report as JUnit XML to a stream in UTF-8.

    A file is a test suite, a finding a test case: a failure from the severity
    `fail_on` on, skipped below it, so that a server's verdict is that of the
    exit status. Without findings there is one case, which passes.
    """
    suites: dict[str, list[ShownFinding]] = {}
    for item in report.findings:
        suites.setdefault(item.path, []).append(item)
    total = len(report.findings)
    failed = sum(item.finding.severity.rank <= fail_on.rank for item in report.findings)
    write = stream.write
    write('<?xml version="1.0" encoding="UTF-8"?>\n')
    write(
        f'<testsuites name="disarm-lint" tests="{total or 1}" failures="{failed}" errors="0" '
        'time="0">\n'
    )
    for path, found in suites.items():
        _write_suite(path, found, stream, fail_on)
    if not suites:
        write(
            '  <testsuite name="disarm-lint" tests="1" failures="0" errors="0" skipped="0" '
            'time="0">\n'
            '    <testcase name="nothing to report" classname="disarm-lint" time="0"/>\n'
            "  </testsuite>\n"
        )
    write("</testsuites>\n")


def _write_suite(path: str, found: list[ShownFinding], stream: TextIO, fail_on: Severity) -> None:
    failed = sum(item.finding.severity.rank <= fail_on.rank for item in found)
    name = _escape(path)
    stream.write(
        f'  <testsuite name="{name}" tests="{len(found)}" failures="{failed}" errors="0" '
        f'skipped="{len(found) - failed}" time="0" file="{name}">\n'
    )
    seen: Counter[str] = Counter()
    for item in found:
        finding = item.finding
        # No line number: servers follow a case by its name.
        case = f"{finding.rule} {finding.name}: {finding.subject}"
        seen[case] += 1
        if seen[case] > 1:
            case = f"{case} ({seen[case]})"
        line = f' line="{item.span.line}"' if item.span else ""
        tag = "failure" if finding.severity.rank <= fail_on.rank else "skipped"
        title = _escape(case)
        stream.write(
            f'    <testcase name="{title}" classname="{name}" time="0" file="{name}"{line}>\n'
            f'      <{tag} type="{finding.severity}" message="{_escape(finding.message)}">'
            f"{_escape(_format_body(item))}</{tag}>\n"
            "    </testcase>\n"
        )
    stream.write("  </testsuite>\n")


def _format_body(item: ShownFinding) -> str:
    finding = item.finding
    where = item.place
    lines = [f"{where}: {finding.severity} {finding.rule} {finding.message}"]
    if help_text := find_help(finding):
        lines.append(help_text)
    for other in item.related:
        where = format_place(other.path, other.span, other.cell)
        lines.append(f"{other.message}: {where}")
    return "\n".join(lines)


def _escape(text: str) -> str:
    """Return a text for an attribute or an element; `<U+001B>` stands for what XML cannot hold."""
    legal = _ILLEGAL.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)
    return _ESCAPED.sub(lambda match: _NAMED.get(match[0], f"&#{ord(match[0])};"), legal)
