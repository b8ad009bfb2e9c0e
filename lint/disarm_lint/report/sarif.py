"""Formats of code review: SARIF 2.1.0, within what GitHub code scanning accepts, and rdjson."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from disarm_lint.manual import format_manual as manual_shown
from disarm_lint.model.finding import Repair, Severity
from disarm_lint.report.data import write_json
from disarm_lint.report.report import assign_keys, sort_by_severity
from disarm_lint.report.text import format_for_cell, format_help

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

    from disarm_lint.model.text import PageSource, Span
    from disarm_lint.report.report import FindingKey, Report, ShownFinding, ShownPlace
    from disarm_lint.ruleset import LoadedRule


SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
# GitHub rejects a run of more than 25,000 results, and keeps 5,000 of it.
RESULTS = 5_000
# GitHub rejects a result with more locations.
RELATED = 1_000
# GitHub cuts descriptions here.
_DESCRIPTION = 1_024

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "recommendation",
}
_START = {"startLine": 1}
_PLACEHOLDER = re.compile(r"\{([0-9]+)\}")
_DRIVE = re.compile(r"[A-Za-z]:/")


def render_sarif(report: Report, stream: TextIO, *, rules: Sequence[LoadedRule] = ()) -> None:
    """Write a report as SARIF to a stream in UTF-8; `rules` tell what the findings are about."""
    write_json(build_sarif(report, rules), stream, unicode_only=True)


def count_results_left_out(report: Report) -> str:
    """Return a sentence about the findings that are more than GitHub keeps, or nothing."""
    total = len(report.findings)
    if total <= RESULTS:
        return ""
    return (
        f"{total - RESULTS:,} of {total:,} findings are not in the SARIF output: "
        f"GitHub keeps {RESULTS:,} of a run; errors come first"
    )


def build_sarif(report: Report, rules: Sequence[LoadedRule] = ()) -> dict[str, Any]:
    """Return a report as the plain data of a SARIF log with one run."""
    numbered = dict(zip(map(id, report.findings), assign_keys(report.findings), strict=True))
    kept = sort_by_severity(report.findings)[:RESULTS]
    codes = sorted({item.finding.rule for item in kept})
    positions = {code: number for number, code in enumerate(codes)}
    loaded = {item.rule.code: item for item in rules}
    names = {item.finding.rule: item.finding.name for item in kept}
    invocation: dict[str, Any] = {"executionSuccessful": True}
    if sentence := count_results_left_out(report):
        invocation["toolExecutionNotifications"] = [
            {"level": "warning", "message": {"text": _escape_text(sentence)}}
        ]
    summary, addresses = report.summary, read_addresses()
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": report.tool.name,
                        "version": report.tool.version,
                        **_list_addresses(addresses, "informationUri", "homepage", ""),
                        "rules": [
                            _encode_rule(code, names[code], loaded.get(code), addresses)
                            for code in codes
                        ],
                    }
                },
                "invocations": [invocation],
                "originalUriBaseIds": {ROOT: {"description": {"text": "The top of the checkout."}}},
                "columnKind": "unicodeCodePoints",
                "newlineSequences": ["\r\n", "\n", "\r"],
                "results": [
                    _encode_result(item, positions[item.finding.rule], numbered[id(item)])
                    for item in kept
                ],
                "properties": {
                    "findings": summary.findings,
                    "causes": summary.causes,
                    "suppressed": summary.suppressed,
                    "baselined": summary.baselined,
                },
            }
        ],
    }


def format_uri(path: str) -> str:
    """Return a path as shown as a URI reference, percent-encoded from its bytes on disk."""
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = path.encode("utf-8", "surrogatepass")
    if _DRIVE.match(path):
        return f"file:///{quote(data, safe='/:')}"
    return f"file://{quote(data)}" if path.startswith("/") else quote(data)


def _encode_artifact(path: str) -> dict[str, str]:
    reference = format_uri(path)
    if reference.startswith("file:"):
        return {"uri": reference}
    return {"uri": reference, "uriBaseId": ROOT}


def read_addresses() -> dict[str, str]:
    """Return the web addresses that the package declares, by their labels in lower case."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        declared = metadata("disarm-lint").get_all("Project-URL") or []
    except PackageNotFoundError:
        return {}
    pairs = (entry.partition(",") for entry in declared)
    return {label.strip().lower(): address.strip() for label, _, address in pairs}


def _list_addresses(
    addresses: Mapping[str, str], key: str, label: str, page: str
) -> dict[str, str]:
    """Return an address of SARIF under its key: none where the package declares none."""
    address = addresses.get(label)
    return {key: f"{address.rstrip('/')}{page}"} if address else {}


def _encode_rule(
    code: str, name: str, loaded: LoadedRule | None, addresses: Mapping[str, str]
) -> dict[str, Any]:
    if loaded is None:
        return {"id": code, "name": name}
    manual = manual_shown(loaded.manual)
    _, _, rest = manual.partition("\n\n")
    about = "" if rest.startswith("## ") else " ".join(rest.partition("\n\n")[0].split())
    return {
        "id": code,
        "name": name,
        "shortDescription": {"text": _escape_text(loaded.summary)[:_DESCRIPTION]},
        "fullDescription": {"text": _escape_text(about or loaded.summary)[:_DESCRIPTION]},
        "help": {"text": manual, "markdown": manual},
        **_list_addresses(addresses, "helpUri", "documentation", f"/rules/{code}-{name}.md"),
        "defaultConfiguration": {"level": _LEVELS[loaded.rule.severity]},
        "properties": {"problem.severity": _PROBLEMS[loaded.rule.severity]},
    }


def _encode_result(item: ShownFinding, position: int, key: FindingKey) -> dict[str, Any]:
    finding = item.finding
    place: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": _encode_artifact(item.path),
            # GitHub shows no result without a line.
            "region": _encode_region(item.span) if item.span else dict(_START),
        }
    }
    cell = finding.location.cell
    if cell is not None:
        place["logicalLocations"] = [{"fullyQualifiedName": cell.address}]
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": position,
        "level": _LEVELS[finding.severity],
        "message": {"text": _escape_text(format_for_cell(item))},
        "locations": [place],
        "partialFingerprints": {"primaryLocationLineHash": str(key)},
    }
    if item.related:
        result["relatedLocations"] = [
            _relate(number, other) for number, other in enumerate(item.related[:RELATED], start=1)
        ]
    safe = finding.fix is not None and finding.fix.repair is Repair.SAFE
    if safe and finding.suggestion is not None and item.span is not None:
        result["fixes"] = [_fix(item, item.span, finding.suggestion)]
    result["properties"] = {
        "subject": finding.subject,
        "confidence": str(finding.confidence),
        "suggestion": finding.suggestion,
        "cause": finding.cause,
        "fingerprint": finding.fingerprint,
    }
    return result


def _relate(number: int, other: ShownPlace) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": _encode_artifact(other.path)}
    if other.span is not None:
        place["region"] = _encode_region(other.span)
    return {
        "id": number,
        "physicalLocation": place,
        "message": {"text": _escape_text(other.message)},
    }


def _fix(item: ShownFinding, span: Span, suggestion: str) -> dict[str, Any]:
    replacement = {"deletedRegion": _encode_region(span), "insertedContent": {"text": suggestion}}
    return {
        "description": {"text": _escape_text(format_help(suggestion))},
        "artifactChanges": [
            {"artifactLocation": _encode_artifact(item.path), "replacements": [replacement]}
        ],
    }


def _encode_region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _escape_text(text: str) -> str:
    """Return a text for a `text` of SARIF, where `{0}` and `[words](place)` mean something."""
    return _PLACEHOLDER.sub(r"{{\1}}", text).replace("](", "\\](")


_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}
# Every so many code points of a long line, the bytes before them are counted once for all.
_STRIDE = 4096
_BOM = 3


def render_rdjson(report: Report, stream: TextIO) -> None:
    """Write a report as reviewdog's DiagnosticResult to a stream in UTF-8."""
    columns = ByteColumns()
    data = {
        "source": {"name": report.tool.name},
        "diagnostics": [_encode_diagnostic(item, columns) for item in report.findings],
    }
    write_json(data, stream, unicode_only=True)


class ByteColumns:
    """Turns columns in code points into columns in bytes of UTF-8, both 1-based."""

    def __init__(self) -> None:
        self._lines: dict[tuple[int, int], tuple[str, list[int]]] = {}

    def find_column(self, source: PageSource, line: int, column: int) -> int:
        """Return the column in bytes of a column in code points."""
        text, before = self._read_line(source, line)
        first = min((column - 1) // _STRIDE, len(before) - 1)
        part = text[first * _STRIDE : column - 1]
        # A byte order mark is no column of ours, but bytes of the file.
        mark = _BOM if line == 1 and source.bom == "UTF-8" else 0
        return before[first] + len(part.encode("utf-8", "surrogatepass")) + 1 + mark

    def _read_line(self, source: PageSource, line: int) -> tuple[str, list[int]]:
        key = (id(source), line)
        if key not in self._lines:
            text = source.line(line)
            before = [0]
            for start in range(0, len(text), _STRIDE):
                part = text[start : start + _STRIDE]
                before.append(before[-1] + len(part.encode("utf-8", "surrogatepass")))
            self._lines[key] = (text, before)
        return self._lines[key]


def _encode_diagnostic(item: ShownFinding, columns: ByteColumns) -> dict[str, Any]:
    finding, span = item.finding, item.span
    location: dict[str, Any] = {"path": item.path}
    diagnostic: dict[str, Any] = {
        "message": format_for_cell(item),
        "location": location,
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.rule},
    }
    if span is not None:
        location["range"] = _encode_range(item.source, span, columns)
        # Without the text there are no columns, and a suggestion would replace the whole line.
        safe = finding.fix is not None and finding.fix.repair is Repair.SAFE
        if safe and finding.suggestion is not None and item.source is not None:
            diagnostic["suggestions"] = [
                {"range": location["range"], "text": finding.suggestion},
            ]
    return diagnostic


def _encode_range(source: PageSource | None, span: Span, columns: ByteColumns) -> dict[str, Any]:
    if source is None:
        return {"start": {"line": span.line}, "end": {"line": span.end_line}}
    return {
        "start": {
            "line": span.line,
            "column": columns.find_column(source, span.line, span.column),
        },
        "end": {
            "line": span.end_line,
            "column": columns.find_column(source, span.end_line, span.end_column),
        },
    }
