"""`disarm-lint check`: lint corpora and report."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint import __version__
from disarm_lint.cli.arguments import check_parser
from disarm_lint.cli.errors import Failure
from disarm_lint.cli.lint import Linted, lint_target, open_targets
from disarm_lint.cli.merge import merged
from disarm_lint.cli.progress import Progress
from disarm_lint.cli.rules import all_rules
from disarm_lint.cli.streams import charset_of, say, wants_colour, write_file, write_out
from disarm_lint.cli.targets import current_folder
from disarm_lint.model.finding import Severity
from disarm_lint.output.report import CorpusInfo, Tool, build_report
from disarm_lint.output.visible import Charset
from disarm_lint.selection import UnknownSelectorError, check_selectors

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from disarm_lint.output.report import Report
    from disarm_lint.rule import LoadedRule


def run(arguments: Sequence[str]) -> int:
    """Lint, write the report, and return the exit status."""
    args = check_parser().read(arguments)
    rules = all_rules()
    select = _selectors(args.select, "--select", rules)
    ignore = _selectors(args.ignore, "--ignore", rules)
    current = current_folder()
    opened = open_targets(args.paths, current, args.config, rules, allow_empty=args.allow_empty)
    with Progress() as progress:
        linted = [
            lint_target(
                item,
                rules,
                current,
                select=select,
                ignore=ignore,
                include_orphans=args.include_orphans,
                allow_empty=args.allow_empty,
                progress=progress,
            )
            for item in opened
        ]
    report = _report(linted)
    if not report.summary.files and any(item.excluded for item in linted):
        say("disarm-lint: nothing to check: the configuration excludes what was named")
    _write(report, args)
    return _status(report, args)


def _selectors(
    lists: list[list[str]] | None, option: str, rules: Sequence[LoadedRule]
) -> tuple[str, ...] | None:
    """Return the selectors of an option; None where it was not given."""
    if lists is None:
        return None
    words = tuple(word for part in lists for word in part if word)
    if not words:
        raise Failure(f"{option} needs a rule: a code, a name, the beginning of codes, or ALL")
    try:
        check_selectors(words, rules)
    except UnknownSelectorError as error:
        raise Failure(f"{option}: {error}") from None
    return words


def _report(linted: Sequence[Linted]) -> Report:
    # A folder that was only looked through for corpora is none itself.
    linted = [item for item in linted if item.files or item.findings] or linted
    return build_report(
        Tool("disarm-lint", __version__),
        [CorpusInfo(item.root, item.profile) for item in linted],
        merged(linted),
        files=sum(item.files for item in linted),
        entities=sum(item.entities for item in linted),
        citations=sum(item.citations for item in linted),
        suppressed=sum(item.suppressed for item in linted),
        partial=any(item.partial for item in linted),
    )


def _write(report: Report, args: Namespace) -> None:
    to_file = args.output_file not in (None, "-")
    stream = None if to_file else sys.stdout
    charset = Charset() if to_file else charset_of(stream, os.environ)
    if args.output_format == "json":
        charset = Charset()
    render = _renderer(report, args, stream, charset)
    if to_file:
        write_file(Path(args.output_file), render)
    else:
        write_out(render, charset.encoding)


def _renderer(
    report: Report, args: Namespace, stream: TextIO | None, charset: Charset
) -> Callable[[TextIO], None]:
    if args.output_format == "json":
        from disarm_lint.output.machine import render_json

        return lambda out: render_json(report, out)
    from disarm_lint.output.style import Style

    style = Style(wants_colour(args.color, stream, os.environ))
    if args.output_format == "concise":
        from disarm_lint.output.concise import render_concise

        return lambda out: render_concise(
            report, out, style=style, charset=charset, statistics=args.statistics
        )
    from disarm_lint.output.text import render_text

    return lambda out: render_text(
        report, out, style=style, charset=charset, statistics=args.statistics
    )


def _status(report: Report, args: Namespace) -> int:
    if args.exit_zero or args.fail_on == "never":
        return 0
    limit = Severity(args.fail_on).rank
    return int(any(item.finding.severity.rank <= limit for item in report.findings))
