"""`disarm-lint check`: lint corpora and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint import __version__
from disarm_lint.cli.arguments import build_check_parser
from disarm_lint.cli.baseline import apply_baseline, load_baselines, tell_of_baselines
from disarm_lint.cli.outputs import plan_outputs, write
from disarm_lint.cli.past import blame_findings, read_corpus_history
from disarm_lint.cli.revisions import drop_older, open_view
from disarm_lint.cli.rules import load_built_in_rules
from disarm_lint.cli.session import (
    Linted,
    lint_target,
    merge_findings,
    open_targets,
    parse_given_selectors,
)
from disarm_lint.cli.streams import Progress, read_current_folder, say
from disarm_lint.model.finding import Severity
from disarm_lint.report.report import CorpusInfo, Tool, build_report
from disarm_lint.report.text import format_older

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from disarm_lint.cli.session import Opened
    from disarm_lint.report.report import Older, Report


def run(arguments: Sequence[str]) -> int:
    """Lint, write the report, and return the exit status."""
    args = build_check_parser().read(arguments)
    current = read_current_folder()
    outputs = plan_outputs(args)
    rules = load_built_in_rules()
    select = parse_given_selectors(args.select, "--select", rules)
    ignore = parse_given_selectors(args.ignore, "--ignore", rules)
    with open_view(args, current) as view, Progress() as progress:
        opened = open_targets(
            args.paths, current, args.config, rules, allow_empty=args.allow_empty, look=view.files
        )

        baselines = load_baselines(opened, args, current)

        def lint(item: Opened) -> Linted:
            result = lint_target(
                item,
                rules,
                current,
                select=select,
                ignore=ignore,
                include_orphans=args.include_orphans,
                allow_empty=args.allow_empty,
                progress=progress,
            )
            baseline = baselines.get(item.target.root)
            return apply_baseline(result, item, baseline, rules, current)

        def with_age(item: Opened, result: Linted) -> Linted:
            if not result.findings:
                return result
            history = read_corpus_history(
                item,
                rules,
                current,
                config=args.config is not None,
                select=select,
                ignore=ignore,
                include_orphans=args.include_orphans,
                progress=progress,
            )
            return blame_findings(result, history)

        linted, older = drop_older(
            view,
            opened,
            [lint(item) for item in opened],
            rules,
            current,
            config=args.config is not None,
            lint=lint,
        )
        if args.blame:
            linted = [with_age(item, result) for item, result in zip(opened, linted, strict=True)]
    tell_of_baselines(linted, opened, baselines, strict=args.strict_baseline)
    report = _report(linted, older)
    if not report.summary.files and any(item.excluded for item in linted):
        say("disarm-lint: nothing to check: the configuration excludes what was named")
    write(report, outputs, args, rules)
    told = any(output.format in ("text", "grouped") for output in outputs)
    if not told and (sentence := format_older(report)):
        say(f"disarm-lint: {sentence}")
    if args.strict_baseline and any(item.stale for item in linted) and not _lenient(args):
        return 1
    return _status(report, args)


def _report(linted: Sequence[Linted], older: Older | None) -> Report:
    # A folder that was only looked through for corpora is none itself.
    linted = [item for item in linted if item.files or item.findings] or linted
    return build_report(
        Tool("disarm-lint", __version__),
        [CorpusInfo(item.root, item.profile, item.master_data) for item in linted],
        merge_findings(linted),
        files=sum(item.files for item in linted),
        entities=sum(item.entities for item in linted),
        citations=sum(item.citations for item in linted),
        suppressed=sum(item.suppressed for item in linted),
        baselined=sum(item.baselined for item in linted),
        partial=any(item.partial for item in linted),
        older=older,
    )


def _status(report: Report, args: Namespace) -> int:
    if _lenient(args):
        return 0
    limit = Severity(args.fail_on).rank
    return int(any(item.finding.severity.rank <= limit for item in report.findings))


def _lenient(args: Namespace) -> bool:
    """Tell whether the exit status is 0 whatever was found."""
    return bool(args.exit_zero or args.fail_on == "never")
