"""The outputs of a run: which format is written to which file."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.cli.streams import (
    Failure,
    append_file,
    detect_charset,
    is_terminal,
    may_be_ci_log,
    read_current_folder,
    read_width,
    say,
    wants_colour,
    write_file,
    write_out,
)
from disarm_lint.model.words import Severity, suggest_word
from disarm_lint.report.formats import (
    FOR_PEOPLE,
    FORMATS,
    RenderSettings,
    describe_left_out,
    render,
)
from disarm_lint.report.terminal import Charset, Style
from disarm_lint.sources.filesystem import find_boundary

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from disarm_lint.report.report import Report
    from disarm_lint.ruleset import LoadedRule

# The file to which the steps of a GitHub job add their summaries.
SUMMARY = "GITHUB_STEP_SUMMARY"
_STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Output:
    """A format and the file that it goes to; None is stdout."""

    format: str
    file: Path | None = None


def plan_outputs(args: Namespace) -> tuple[Output, ...]:
    """Return the outputs that the command line asks for.

    --output-format (default: text) goes to --output-file or stdout, and each --output to its
    own file. The default text is not written if an --output goes to stdout. Raises Failure
    for an invalid --output, and for two outputs to one place.
    """
    if args.output_file == "":
        raise Failure("--output-file names no file (is the variable in it set?)")
    more = [_parse_output(text) for text in args.output or ()]
    first = Output(args.output_format or "text", _parse_file(args.output_file or _STDOUT))
    asked = args.output_format is not None or args.output_file is not None
    if not asked and any(output.file is None for output in more):
        outputs = tuple(more)
    else:
        outputs = (first, *more)
    _check_places(outputs)
    return outputs


def write(
    shown: Report,
    outputs: Sequence[Output],
    args: Namespace,
    rules: Sequence[LoadedRule],
    keep: Callable[[int, str], None] | None = None,
) -> None:
    """Write a report in each format to its place; raise Failure if one cannot be written.

    Paths in the report start at the current folder. `keep` is called with the number and the
    text of each output.
    """
    settings = RenderSettings(
        statistics=args.statistics,
        limit=args.max_findings,
        fail_on=Severity.ERROR if args.fail_on == "never" else Severity(args.fail_on),
        rules=rules,
    )
    for number, output in enumerate(outputs):
        report = _move_to_top(shown, output.format)
        _write(report, output, settings, args.color, partial(keep, number) if keep else None)
        if sentence := describe_left_out(output.format, report):
            say(f"disarm-lint: {sentence}")


# Formats that a server reads, which knows paths from the top of its checkout alone. reviewdog,
# which reads rdjson, runs in the same folder and puts its way from the top before each path.
_FROM_TOP = {
    "github": "GITHUB_WORKSPACE",
    "sarif": "GITHUB_WORKSPACE",
    "gitlab": "CI_PROJECT_DIR",
    "junit": "CI_PROJECT_DIR",
}


def _move_to_top(report: Report, name: str) -> Report:
    """Return a report with paths from the top of the checkout, if the format needs them.

    The top is the folder that the server names, else that of the repository. A path that
    leads out of it stays as it is.
    """
    variable = _FROM_TOP.get(name)
    if variable is None or not report.findings:
        return report
    current = os.path.realpath(read_current_folder())
    given = os.environ.get(variable)
    named = os.path.realpath(given) if given else ""
    holds = named and f"{current}{os.sep}".startswith(f"{named.rstrip(os.sep)}{os.sep}")
    top = named if holds else find_boundary(Path(current))
    if top == current:
        return report

    @cache
    def path(shown: str) -> str:
        # A link in the corpus is where it lies.
        whole = os.path.normpath(os.path.join(current, shown))  # noqa: PTH118 - follows no link
        return os.path.relpath(whole, top).replace(os.sep, "/")

    from disarm_lint.report.report import move_paths

    return move_paths(report, path)


def _parse_output(text: str) -> Output:
    name, colon, file = text.partition(":")
    if name not in FORMATS:
        hint = suggest_word(name, FORMATS) or f"; the formats are {', '.join(FORMATS)}"
        raise Failure(f"--output: there is no format “{name}”{hint}")
    if not colon or not file:
        empty = f"“{text}” names no file (is the variable in it set?)" if colon else f"“{text}”"
        raise Failure(f"--output: {empty}; write FORMAT:FILE, as in {name}:report.txt")
    return Output(name, _parse_file(file))


def _parse_file(name: str) -> Path | None:
    return None if name == _STDOUT else Path(name)


def _check_places(outputs: Sequence[Output]) -> None:
    seen: set[str] = set()
    for output in outputs:
        place = _STDOUT if output.file is None else os.path.realpath(output.file)
        if place in seen:
            where = "stdout" if output.file is None else f"“{output.file}”"
            raise Failure(f"two outputs cannot go to {where}; name another file for one of them")
        if output.file is None or not _is_summary(output.file):
            seen.add(place)


def _is_summary(file: Path) -> bool:
    named = os.environ.get(SUMMARY)
    return bool(named) and os.path.realpath(file) == os.path.realpath(named or "")


def _write(
    report: Report,
    output: Output,
    settings: RenderSettings,
    color: str,
    keep: Callable[[str], None] | None,
) -> None:
    stream = sys.stdout if output.file is None else None
    if output.format in FOR_PEOPLE:
        style = Style(wants_colour(color, stream, os.environ))
        settings = replace(settings, charset=_choose_charset(output), style=style)
        settings = replace(
            settings, columns=read_width(stream), limit=_choose_limit(settings, stream)
        )
    # A file may be a device, such as /dev/stdout.
    shown = output.file is None or (output.file.exists() and not output.file.is_file())
    settings = replace(settings, ci_log=shown and may_be_ci_log(stream))

    def write_to(out: TextIO) -> None:
        if keep is None:
            render(output.format, report, out, settings)
            return
        buffer = io.StringIO(newline="")
        render(output.format, report, buffer, settings)
        keep(buffer.getvalue())
        out.write(buffer.getvalue())

    _write_to_place(output, write_to)


# What a terminal shows of a big corpus that nobody has linted before.
_SHOWN = 200


def _choose_limit(settings: RenderSettings, stream: TextIO | None) -> int | None:
    """Return how many findings to show: in a terminal not thousands, unless they are asked for."""
    if settings.limit is not None or stream is None or not is_terminal(stream):
        return settings.limit
    return _SHOWN


def write_text(output: Output, text: str) -> None:
    """Write the text of an earlier run to an output; raise Failure if that cannot be done."""

    def write_to(out: TextIO) -> None:
        out.write(text)

    _write_to_place(output, write_to)


def _choose_charset(output: Output) -> Charset:
    """Return the character set of the place of an output."""
    if output.format not in FOR_PEOPLE or output.file is not None:
        return Charset()
    return detect_charset(sys.stdout, os.environ)


def _write_to_place(output: Output, write_to: Callable[[TextIO], None]) -> None:
    if output.file is None:
        write_out(write_to, _choose_charset(output).encoding, syntax="own")
    elif _is_summary(output.file):
        append_file(output.file, write_to)
    else:
        write_file(output.file, write_to)
