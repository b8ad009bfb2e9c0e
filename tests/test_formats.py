"""The formats for programs, against their schemas and through real parsers."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from disarm_lint.model.finding import Severity
from disarm_lint.model.text import PageSource, Span
from disarm_lint.report.data import COLUMNS, encode_report
from disarm_lint.report.formats import FORMATS, RenderSettings
from disarm_lint.report.report import ShownFinding, ShownPlace
from disarm_lint.report.sarif import (
    RELATED,
    RESULTS,
    ByteColumns,
    count_results_left_out,
    format_uri,
)
from disarm_lint.report.terminal import Charset
from support.formats import (
    LINES,
    NASTY,
    PATH,
    RULES,
    SCHEMAS,
    TEXT,
    command_of,
    finding,
    nasty,
    report,
    schema,
    written,
)

FIRST = TEXT.index("wrong")

SARIF = schema("sarif-2.1.0.json")


def sarif(*items: ShownFinding) -> dict[str, Any]:
    log = json.loads(written("sarif", *items))
    SARIF.validate(log)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


# json-lines


def test_json_lines_are_the_findings_of_the_json_report() -> None:
    items = nasty()
    lines = written("json-lines", *items).split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == encode_report(report(items))["findings"]
    assert written("json-lines") == ""


# sarif


def test_sarif_says_what_the_findings_say() -> None:
    items = report(nasty()).findings
    run = sarif(*items)
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"] == [{"executionSuccessful": True}]
    assert run["tool"]["driver"]["name"] == "disarm-lint"
    assert run["tool"]["driver"]["version"] == "1.2.3"
    by_place = {str(item["locations"]) + item["ruleId"]: item for item in run["results"]}
    assert len(by_place) == len(items)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    levels = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
    ranked = sorted(items, key=lambda item: item.finding.severity.rank)
    for item, result in zip(ranked, run["results"], strict=True):
        found = item.finding
        assert result["ruleId"] == rules[result["ruleIndex"]] == found.rule
        assert result["level"] == levels[found.severity]
        text = result["message"]["text"]
        assert text.replace("{{0}}", "{0}").replace("\\](", "](") == found.message
        place = result["locations"][0]["physicalLocation"]
        assert _path(run, place["artifactLocation"]) == item.path
        # GitHub wants a line; a column would be false.
        assert place["region"] == (_region(item.span) if item.span else {"startLine": 1})
        assert result["properties"]["fingerprint"] == found.fingerprint
        assert result["properties"]["suggestion"] == found.suggestion
        for other, shown in zip(item.related, result.get("relatedLocations", ()), strict=True):
            assert _path(run, shown["physicalLocation"]["artifactLocation"]) == other.path
            region = shown["physicalLocation"].get("region")
            assert region == (_region(other.span) if other.span else None)


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _path(run: dict[str, Any], artifact: dict[str, str]) -> str:
    """Return the path of a relative URI, resolved as a reader would resolve it."""
    assert artifact["uriBaseId"] in run["originalUriBaseIds"]
    reference = artifact["uri"]
    parts = urlsplit(reference)
    assert reference.isascii()
    assert not parts.scheme
    assert not parts.query
    assert not parts.fragment
    resolved = urljoin("file:///base/", reference)
    assert resolved.startswith("file:///base/")
    return unquote_to_bytes(resolved.removeprefix("file:///base/")).decode("utf-8")


def test_sarif_explains_each_rule_once() -> None:
    items = [
        finding(rule=loaded.rule.code, name=loaded.rule.name, fingerprint=f"{n:016}")
        for n, loaded in enumerate(RULES)
        for _ in range(2)
    ]
    rules = sarif(*items)["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [loaded.rule.code for loaded in RULES]
    levels = {"error": "error", "warning": "warning", "info": "note"}
    for rule, loaded in zip(rules, RULES, strict=True):
        assert rule["defaultConfiguration"]["level"] == levels[loaded.rule.severity]
        assert rule["shortDescription"]["text"] == loaded.summary
        assert 20 < len(rule["fullDescription"]["text"]) <= 1024
        assert "\n" not in rule["fullDescription"]["text"]
        assert rule["help"]["markdown"] == rule["help"]["text"]
        assert "## Bad" in rule["help"]["markdown"]
        assert "⟦" not in rule["help"]["markdown"]
        assert "helpUri" not in rule


def test_sarif_knows_a_rule_without_a_manual() -> None:
    (rule,) = sarif(finding(rule="Z999", name="of-tomorrow"))["tool"]["driver"]["rules"]
    assert rule == {"id": "Z999", "name": "of-tomorrow"}


def test_sarif_keeps_findings_on_one_line_apart_and_follows_them() -> None:
    def hashes(*items: ShownFinding) -> list[str]:
        results = sarif(*items)["results"]
        return [item["partialFingerprints"]["primaryLocationLineHash"] for item in results]

    twice = [finding(FIRST, FIRST + 5), finding(FIRST + 6, FIRST + 8)]
    other = finding(FIRST, FIRST + 5, path="other.md")
    found = hashes(*twice, other)
    assert len(set(found)) == 3
    moved = f"\n\n\n{TEXT}"
    later = [
        finding(FIRST + 3, FIRST + 8, text=moved),
        finding(FIRST + 9, FIRST + 11, text=moved),
        finding(0, 2, fingerprint="e" * 16),
    ]
    assert set(found[:2]) < set(hashes(*later, other))


def test_sarif_offers_the_suggestion_as_a_fix() -> None:
    (result,) = sarif(finding(FIRST, FIRST + 5, suggestion=LINES))["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"]["text"] == LINES
    assert replacement["deletedRegion"] == result["locations"][0]["physicalLocation"]["region"]
    assert "fixes" not in sarif(finding())["results"][0]


def test_sarif_stays_within_the_limits_of_github_and_says_so() -> None:
    def some(number: int, severity: Severity) -> list[ShownFinding]:
        return [
            finding(severity=severity, message="m", fingerprint=f"{severity}{n}", text="text\n")
            for n in range(number)
        ]

    infos, errors = some(RESULTS, Severity.INFO), some(3, Severity.ERROR)
    assert count_results_left_out(report(infos)) == ""
    assert len(json.loads(written("sarif", *infos))["runs"][0]["results"]) == RESULTS
    sentence = count_results_left_out(report([*infos, *errors]))
    assert sentence.startswith("3 of 5,003 findings are not in the SARIF output")
    log = json.loads(written("sarif", *infos, *errors))
    SARIF.validate({**log, "runs": [{**log["runs"][0], "results": []}]})
    (run,) = log["runs"]
    assert [item["level"] for item in run["results"]] == ["error"] * 3 + ["note"] * (RESULTS - 3)
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == sentence
    assert run["properties"]["findings"] == RESULTS + 3


def test_sarif_limits_related_places() -> None:
    places = tuple(ShownPlace("b.md", Span(n, 1, n, 2), "see") for n in range(1, RELATED + 3))
    (result,) = sarif(finding(related=places))["results"]
    assert len(result["relatedLocations"]) == RELATED


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a b/ü.md", "a%20b/%C3%BC.md"),
        ("../c.md", "../c.md"),
        ("a:b.md", "a%3Ab.md"),
        ("50%.md", "50%25.md"),
        ("a?b#c.md", "a%3Fb%23c.md"),
        ("bytes\udcff.md", "bytes%FF.md"),
        ("lone\ud800.md", "lone%ED%A0%80.md"),
        ("D:/corpus/a b.md", "file:///D:/corpus/a%20b.md"),
        ("/corpus/a b.md", "file:///corpus/a%20b.md"),
    ],
)
def test_uris(path: str, expected: str) -> None:
    assert format_uri(path) == expected


# gitlab


def test_gitlab() -> None:
    items = report(nasty()).findings
    issues = json.loads(written("gitlab", *items))
    schema("gitlab-code-quality.schema.json").validate(issues)
    severities = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
    for item, issue in zip(items, issues, strict=True):
        assert issue["description"] == item.finding.message
        assert issue["check_name"] == f"{item.finding.rule} {item.finding.name}"
        assert issue["severity"] == severities[item.finding.severity]
        assert issue["location"]["path"] == item.path
        assert issue["location"]["lines"]["begin"] == (item.span.line if item.span else 1)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_gitlab_fingerprints_stay_when_text_moves() -> None:
    def fingerprints(*items: ShownFinding) -> list[str]:
        return [issue["fingerprint"] for issue in json.loads(written("gitlab", *items))]

    same = [finding(n, n + 1) for n in range(3)]
    moved = [finding(n + 2, n + 3, text=f"\n\n{TEXT}") for n in range(3)]
    assert fingerprints(*same) == fingerprints(*moved)
    assert len(set(fingerprints(*same))) == 3


# rdjson


def test_rdjson() -> None:
    items = report(nasty()).findings
    data = json.loads(written("rdjson", *items))
    schema("rdjson.schema.json").validate(data)
    assert data["source"] == {"name": "disarm-lint"}
    for item, diagnostic in zip(items, data["diagnostics"], strict=True):
        assert diagnostic["message"] == item.finding.message
        assert diagnostic["severity"] == item.finding.severity.upper()
        assert diagnostic["code"] == {"value": item.finding.rule}
        assert diagnostic["location"]["path"] == item.path
        assert ("range" in diagnostic["location"]) == (item.span is not None)
        if item.finding.suggestion is None:
            assert "suggestions" not in diagnostic


@pytest.mark.parametrize("bom", [None, "UTF-8"])
def test_rdjson_suggestions_apply_to_the_bytes(bom: str | None) -> None:
    text = "é😀 wrong 𝔘 wrong\nnaïve wrong\n"
    for start in (3, 11, 23):
        assert text[start : start + 5] == "wrong"
        item = finding(start, start + 5, text=text, suggestion="ríght", bom=bom)
        (diagnostic,) = json.loads(written("rdjson", item))["diagnostics"]
        (suggestion,) = diagnostic["suggestions"]
        where = suggestion["range"]
        assert where == diagnostic["location"]["range"]
        lines = (b"\xef\xbb\xbf" if bom else b"") + text.encode("utf-8")
        rows = lines.split(b"\n")
        row = rows[where["start"]["line"] - 1]
        assert where["start"]["line"] == where["end"]["line"]
        rows[where["start"]["line"] - 1] = (
            row[: where["start"]["column"] - 1]
            + suggestion["text"].encode("utf-8")
            + row[where["end"]["column"] - 1 :]
        )
        mended = b"\n".join(rows).decode("utf-8-sig" if bom else "utf-8")
        assert mended == f"{text[:start]}ríght{text[start + 5 :]}"


def test_rdjson_without_the_text_of_a_file_names_lines_only() -> None:
    item = finding(FIRST, FIRST + 5, suggestion="x")
    bare = ShownFinding(item.finding, item.path)
    (diagnostic,) = json.loads(written("rdjson", bare))["diagnostics"]
    assert diagnostic["location"]["range"] == {"start": {"line": 3}, "end": {"line": 3}}
    assert "suggestions" not in diagnostic


@given(st.text(alphabet="aé😀", min_size=1, max_size=40), st.integers(0, 400), st.integers(0, 99))
def test_byte_columns(piece: str, times: int, at: int) -> None:
    line = piece * times
    at = min(len(line), at * len(line) // 99 if at else 0)
    columns = ByteColumns()
    source = PageSource("p", f"first\n{line}")
    for _ in range(2):
        assert columns.find_column(source, 2, at + 1) == len(line[:at].encode("utf-8")) + 1


# csv


def test_csv() -> None:
    items = report(nasty()).findings
    raw = written("csv", *items)
    # Excel takes a text without the mark for another encoding.
    assert raw.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(raw.removeprefix("\ufeff"), newline="")))
    assert tuple(rows[0]) == COLUMNS
    for item, row in zip(items, rows, strict=True):
        assert row["rule"] == item.finding.rule
        assert row["severity"] == item.finding.severity
        assert row["message"] == _shown(item.finding.message)
        assert row["path"] == _shown(item.path)
        assert row["suggestion"] == _shown(item.finding.suggestion or "")
        assert row["line"] == (str(item.span.line) if item.span else "")
        assert row["fingerprint"] == item.finding.fingerprint
        assert row["cell_sheet"] == ""
        assert row["fix_applicability"] == ("" if item.finding.fix is None else "safe")
    assert _shown(LINES) in rows[0]["related"]
    assert raw.startswith("\ufeff" + ",".join(COLUMNS) + "\r\n")
    assert raw.endswith("\r\n")


def _shown(text: str) -> str:
    """Return a text whose controls are shown by number, but for tabs and line ends."""
    return "".join(char if char in "\t\r\n" else Charset().show_line(char) for char in text)


def test_csv_has_a_column_for_every_key_of_a_finding() -> None:
    (data,) = encode_report(report([finding()]))["findings"]
    flat = {name.partition("_")[0] if name.startswith(NESTED) else name for name in COLUMNS}
    assert flat == set(data)


NESTED = ("cell_", "source_", "fix_")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_csv_defuses_formulas(start: str) -> None:
    text = f"{start}HYPERLINK(“x”)"
    item = finding(message=text, path=f"{text}.md", suggestion=text, subject=text)
    (row,) = csv.DictReader(io.StringIO(written("csv", item).removeprefix("\ufeff"), newline=""))
    for column in ("message", "path", "suggestion", "subject"):
        assert row[column].startswith(f"'{start}")


# junit


JUNIT = xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd"))


def junit(*items: ShownFinding, fail_on: Severity = Severity.ERROR) -> ET.Element:
    text = written("junit", *items, settings=RenderSettings(fail_on=fail_on))
    JUNIT.validate(text)
    return ET.fromstring(text)


def _legal(text: str) -> str:
    for char in "\x00\x1b\ufffe":
        text = text.replace(char, f"<U+{ord(char):04X}>")
    return text


def test_junit() -> None:
    items = report(nasty()).findings
    root = junit(*items)
    cases = list(root.iter("testcase"))
    for item, case in zip(items, cases, strict=True):
        assert case.get("classname") == _legal(item.path)
        (told,) = case
        assert told.tag == ("failure" if item.finding.severity is Severity.ERROR else "skipped")
        assert told.get("type") == item.finding.severity
        assert told.get("message") == _legal(item.finding.message)
        assert _legal(item.finding.message) in (told.text or "")
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert len(set(names)) == len(names)
    assert [suite.get("name") for suite in root] == [_legal(PATH), "plain.md"]
    for element in [root, *root]:
        assert element.get("tests") == str(len(list(element.iter("testcase"))))
        assert element.get("failures") == str(len(list(element.iter("failure"))))
    for suite in root:
        assert suite.get("skipped") == str(len(list(suite.iter("skipped"))))


def test_junit_fails_as_the_exit_status_does() -> None:
    for fail_on, failures in ((Severity.ERROR, 2), (Severity.WARNING, 3), (Severity.INFO, 4)):
        assert len(list(junit(*nasty(), fail_on=fail_on).iter("failure"))) == failures


def test_junit_without_findings_has_a_case_that_passes() -> None:
    root = junit()
    (case,) = root.iter("testcase")
    assert len(case) == 0
    assert (root.get("tests"), root.get("failures")) == ("1", "0")


@given(st.text(max_size=60))
def test_junit_holds_any_text(text: str) -> None:
    (told,) = junit(finding(message=text)).iter("failure")
    legal = "".join(
        char
        if char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd"
        or char >= "\U00010000"
        else f"<U+{ord(char):04X}>"
        for char in text
    )  # fmt: skip
    assert told.get("message") == legal


# all


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_in_a_format_is_a_command_to_a_terminal_or_a_ci_log(name: str) -> None:
    raw = written(name, *nasty(), settings=RenderSettings(rules=RULES, ci_log=True))
    assert "\x1b" not in raw
    assert "\x00" not in raw
    commands = [command_of(line) for line in raw.splitlines()]
    assert name == "github" or not any(commands)
    # Whatever the format is called: Azure Pipelines reads what is written for GitHub.
    assert not re.search(r"##(vso|teamcity)?\[", raw, re.IGNORECASE)
    # A carriage return would begin a section of a GitLab job.
    assert name in ("csv", "junit") or "\r" not in raw


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_the_same_between_runs_and_never_empty_of_sense(name: str) -> None:
    assert written(name, *nasty()) == written(name, *reversed(nasty()))
    written(name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_path_that_is_not_utf8_can_be_written(name: str) -> None:
    raw = written(name, finding(path="bytes\udcff.md", message=f"{NASTY}\ud800"))
    data = raw.encode("utf-8", errors="backslashreplace").decode("utf-8")
    if name in ("sarif", "gitlab", "rdjson"):
        json.loads(data)
        assert "\\ud" not in data
        assert "\\udcff" not in data


def test_sarif_has_the_addresses_that_the_package_declares(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declared = {"homepage": "https://example.org/tool", "documentation": "https://example.org/d/"}
    monkeypatch.setattr("disarm_lint.report.sarif.read_addresses", lambda: declared)
    known = RULES[0].rule
    driver = sarif(finding(rule=known.code, name=known.name))["tool"]["driver"]
    assert driver["informationUri"] == "https://example.org/tool"
    (rule,) = driver["rules"]
    assert rule["helpUri"] == f"https://example.org/d/rules/{known.code}-{known.name}.md"
