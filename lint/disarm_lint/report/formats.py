"""The output formats by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from disarm_lint.model.words import Severity
from disarm_lint.report.terminal import Charset, Style

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from disarm_lint.report.report import Report
    from disarm_lint.ruleset import LoadedRule

FORMATS = (
    "text",
    "concise",
    "grouped",
    "json",
    "json-lines",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "rdjson",
    "csv",
    "markdown",
)
# For people: in the character set of the terminal, coloured, with --statistics and --max-findings.
FOR_PEOPLE = frozenset({"text", "concise", "grouped"})
# Their writers see to it that nothing in them is a command to a CI server.
_SAFE_IN_LOGS = frozenset({"json", "json-lines", "sarif", "github", "gitlab", "junit", "rdjson"})


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """What the command line says about output; each format takes what it needs of it.

    `limit` is how many findings to show (None: all); `rules` tell what findings
    are about; `ci_log` says that a CI server may read the output for commands.
    `columns` is the width of the terminal, None where there is none.
    """

    style: Style = field(default_factory=Style)
    charset: Charset = field(default_factory=Charset)
    statistics: bool = False
    limit: int | None = None
    fail_on: Severity = Severity.ERROR
    rules: Sequence[LoadedRule] = ()
    ci_log: bool = False
    columns: int | None = None


def render(name: str, report: Report, stream: TextIO, settings: RenderSettings) -> None:
    """Write a report to a stream in the format of a name; raise ValueError if there is none."""
    if settings.ci_log and name not in _SAFE_IN_LOGS:
        import io

        from disarm_lint.report.terminal import neutralise_commands

        buffer = io.StringIO(newline="")
        _render(name, report, buffer, settings)
        stream.write(neutralise_commands(buffer.getvalue()))
    else:
        _render(name, report, stream, settings)


def describe_left_out(name: str, report: Report) -> str:
    """Return a sentence about findings that a format has no room for, or nothing."""
    if name == "sarif":
        from disarm_lint.report.sarif import count_results_left_out

        return count_results_left_out(report)
    return ""


def _render(name: str, report: Report, stream: TextIO, settings: RenderSettings) -> None:
    if name in FOR_PEOPLE:
        _render_for_people(name, report, stream, settings)
    elif name in ("json", "json-lines"):
        from disarm_lint.report.data import render_json, render_json_lines

        (render_json if name == "json" else render_json_lines)(report, stream)
    elif name == "sarif":
        from disarm_lint.report.sarif import render_sarif

        render_sarif(report, stream, rules=settings.rules)
    elif name == "github":
        from disarm_lint.report.ci import render_github

        render_github(report, stream)
    elif name == "gitlab":
        from disarm_lint.report.ci import render_gitlab

        render_gitlab(report, stream)
    elif name == "junit":
        from disarm_lint.report.ci import render_junit

        render_junit(report, stream, fail_on=settings.fail_on)
    elif name == "rdjson":
        from disarm_lint.report.sarif import render_rdjson

        render_rdjson(report, stream)
    elif name == "csv":
        from disarm_lint.report.data import render_csv

        render_csv(report, stream)
    elif name == "markdown":
        from disarm_lint.report.markdown import render_markdown

        render_markdown(report, stream)
    else:
        raise ValueError(f"there is no format “{name}”")


def _render_for_people(name: str, report: Report, stream: TextIO, settings: RenderSettings) -> None:
    write: Callable[..., None]
    shape = {} if settings.columns is None else {"columns": settings.columns}
    if name == "text":
        from disarm_lint.report.text import render_text

        write = render_text
    elif name == "concise":
        from disarm_lint.report.text import render_concise

        write, shape = render_concise, {}
    else:
        from disarm_lint.report.text import render_grouped

        write = render_grouped
    write(
        report,
        stream,
        style=settings.style,
        charset=settings.charset,
        statistics=settings.statistics,
        limit=settings.limit,
        **shape,
    )
