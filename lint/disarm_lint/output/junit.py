"""JUnit XML, as CI servers read test results."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Severity
from disarm_lint.output.report import place
from disarm_lint.output.text import help_for

if TYPE_CHECKING:
    from typing import TextIO

    from disarm_lint.output.report import Report, Shown

# What XML 1.0 cannot hold, not even by its number.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What it can hold and a terminal or a CI log should not see; `::` begins a command in a log.
_ESCAPED = re.compile(
    "[&<>\"'\t\n\r\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
    r"|(?<=##)\[|(?<=##vso)\[|(?<=##teamcity)\[|:(?=:)"
)
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def render_junit(report: Report, stream: TextIO, *, fail_on: Severity = Severity.ERROR) -> None:
    """Write a report as JUnit XML to a stream in UTF-8.

    A file is a test suite, a finding a test case: a failure from the severity
    `fail_on` on, skipped below it, so that a server's verdict is that of the
    exit status. Without findings there is one case, which passes.
    """
    suites: dict[str, list[Shown]] = {}
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
        _suite(path, found, stream, fail_on)
    if not suites:
        write(
            '  <testsuite name="disarm-lint" tests="1" failures="0" errors="0" skipped="0" '
            'time="0">\n'
            '    <testcase name="nothing to report" classname="disarm-lint" time="0"/>\n'
            "  </testsuite>\n"
        )
    write("</testsuites>\n")


def _suite(path: str, found: list[Shown], stream: TextIO, fail_on: Severity) -> None:
    failed = sum(item.finding.severity.rank <= fail_on.rank for item in found)
    name = _xml(path)
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
        tag = "failure" if finding.severity.rank <= fail_on.rank else "skipped"
        stream.write(
            f'    <testcase name="{_xml(case)}" classname="{name}" time="0">\n'
            f'      <{tag} type="{finding.severity}" message="{_xml(finding.message)}">'
            f"{_xml(_body(item))}</{tag}>\n"
            "    </testcase>\n"
        )
    stream.write("  </testsuite>\n")


def _body(item: Shown) -> str:
    finding = item.finding
    where = item.place
    lines = [f"{where}: {finding.severity} {finding.rule} {finding.message}"]
    if finding.suggestion is not None:
        lines.append(help_for(finding.suggestion))
    for other in item.related:
        where = place(other.path, other.span, other.cell)
        lines.append(f"{other.message}: {where}")
    return "\n".join(lines)


def _xml(text: str) -> str:
    """Return a text for an attribute or an element; `<U+001B>` stands for what XML cannot hold."""
    legal = _ILLEGAL.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)
    return _ESCAPED.sub(lambda match: _NAMED.get(match[0], f"&#{ord(match[0])};"), legal)
