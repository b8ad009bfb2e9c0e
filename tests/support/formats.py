"""Findings that no format should trip over, and the readers of CI servers."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator

import disarm_rules
from disarm_lint.model.finding import Edit, Finding, Fix, Repair, Severity
from disarm_lint.model.text import Location, PageSource
from disarm_lint.report.formats import RenderSettings, render
from disarm_lint.report.report import (
    CorpusInfo,
    Report,
    ShownFinding,
    ShownPlace,
    Tool,
    build_report,
)
from disarm_lint.ruleset import load_rules
from support.published import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

NASTY = (
    'say "it\'s" 100% a:b,c ::error file=x::y | <script>alert(1)</script> ]]> & &amp; '
    "\x1b[31mred\x1b[0m 😀𝔘 @user #12 `tick` ``two`` \\| ##[error]z ##vso[task] {0} {x} "
    "[l](http://e.x) ![i](j) www.e.x $`x`$ \u202e\u200b\u2028 a\x00b\ufffe *s* __u__"
)
LINES = f"{NASTY}\n::set-output name=x::{NASTY}\r\n  ::add-mask::a\r=1+1\t-2"
PATH = "generated_pages/a \"b\" 'c'/%41 d:e,f::g|<script>`@u` \x1b[31m😀\n::error::{0}].md"
TEXT = f"# Page 😀\n\nbefore 𝔘 wrong {NASTY.replace(chr(0x2028), '')} wrong behind\nmore\n"

RULES = load_rules(disarm_rules)
SCHEMAS = ROOT / "tests" / "schemas"


def schema(name: str) -> Draft202012Validator:
    """Return a schema of the tests."""
    data = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(data)
    return Draft202012Validator(data)


def finding(  # noqa: PLR0913 - what a finding may say, by keyword
    start: int = 0,
    end: int = 4,
    *,
    text: str = TEXT,
    path: str = PATH,
    message: str = LINES,
    suggestion: str | None = None,
    severity: Severity = Severity.ERROR,
    rule: str = "N401",
    name: str = "name-mismatch",
    subject: str = "T0001",
    cause: str = "c" * 16,
    fingerprint: str = "f" * 16,
    related: tuple[ShownPlace, ...] = (),
    bom: str | None = None,
    whole: bool = False,
) -> ShownFinding:
    source = PageSource(path, text, bom=bom)
    return ShownFinding(
        Finding(
            rule=rule,
            name=name,
            severity=severity,
            location=Location(path, None if whole else source.span(start, end)),
            message=message,
            subject=subject,
            suggestion=suggestion,
            cause=cause,
            fingerprint=fingerprint,
            fix=_fix(Location(path, None if whole else source.span(start, end)), suggestion),
        ),
        path,
        related,
        source,
    )


def _fix(location: Location, suggestion: str | None) -> Fix | None:
    return None if suggestion is None else Fix(Repair.SAFE, (Edit(location, suggestion),))


def nasty() -> tuple[ShownFinding, ...]:
    """Return findings of each severity: two on one line, one over two lines, one on a file."""
    first = TEXT.index("wrong")
    last = TEXT.rindex("wrong")
    other = ShownPlace(PATH, PageSource(PATH, TEXT).span(2, 8), LINES)
    return (
        finding(
            first, first + 5, suggestion=LINES, related=(other, ShownPlace("b.md", None, NASTY))
        ),
        finding(last, last + 5, suggestion=""),
        finding(last, last + 14, severity=Severity.WARNING, rule="S106", name="broken-row"),
        finding(
            whole=True,
            severity=Severity.INFO,
            rule="S111",
            name="not-a-page",
            path="plain.md",
            cause="d" * 16,
        ),
    )


def report(items: Iterable[ShownFinding]) -> Report:
    return build_report(
        Tool("disarm-lint", "1.2.3"),
        [CorpusInfo(".", "disarm-1")],
        items,
        files=786,
        entities=871,
        citations=3000,
        suppressed=0,
    )


def written(name: str, *items: ShownFinding, settings: RenderSettings | None = None) -> str:
    """Return what a format writes of findings, to a file unless `settings` says otherwise."""
    stream = io.StringIO(newline="")
    render(name, report(items), stream, settings or RenderSettings(rules=RULES))
    return stream.getvalue()


@dataclass
class Command:
    """A workflow command as GitHub's runner understands it."""

    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


_COMMANDS = {
    *("error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "set-output"),
    *("set-env", "add-path", "save-state", "stop-commands", "echo", "add-matcher"),
}


def _unescaped(text: str, *signs: str) -> str:
    for sign in signs:
        text = text.replace(f"%{ord(sign):02X}", sign)
    return text


def command_of(line: str) -> Command | None:
    """Return the command in a line of a log, as the runner parses it; None where there is none."""
    return _second(line) or _first(line)


def _second(line: str) -> Command | None:
    """Parse `::name key=value,key=value::data`, at the beginning of a line."""
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, rest = line[2:end].partition(" ")
    if name.lower() not in _COMMANDS:
        return None
    pairs = (part.split("=", 1) for part in rest.strip().split(",") if "=" in part)
    properties = {key: _unescaped(value, "\r", "\n", ":", ",", "%") for key, value in pairs}
    return Command(name, _unescaped(line[end + 2 :], "\r", "\n", "%"), properties)


def _first(line: str) -> Command | None:
    """Parse `##[name key=value;key=value]data`, anywhere in a line."""
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, _ = line[start + 3 : end].partition(" ")
    if name.lower() not in _COMMANDS:
        return None
    return Command(name, line[end + 1 :])
