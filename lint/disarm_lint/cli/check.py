"""`disarm-lint check`: lint corpora and report."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from disarm_lint.cli.arguments import build_check_parser
from disarm_lint.cli.outputs import plan_outputs
from disarm_lint.cli.replay import choose_cache, find_outcomes
from disarm_lint.cli.streams import UNTOUCHED, Failure, read_current_folder, say
from disarm_lint.report.formats import FOR_PEOPLE

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence


def run_check(arguments: Sequence[str]) -> int:
    """Lint, write the report, and return the exit status."""
    args = build_check_parser().read(arguments)
    current = read_current_folder()
    outputs = plan_outputs(args)
    _check_fixing(args)
    folder = choose_cache(args, current)
    outcomes = find_outcomes(args, arguments, current, folder)
    if outcomes is not None and (status := outcomes.replay(outputs)) is not None:
        return status
    stage = None
    if args.staged:
        from disarm_lint.cli.outcomes import look_at_stage

        stage = look_at_stage(args, arguments, current, folder)
        # What programs read is written even where there is nothing to say.
        plain = all(output.format in FOR_PEOPLE for output in outputs)
        if stage is not None and plain and stage.is_untouched():
            say(UNTOUCHED)
            return 0
    # What lints is imported only where something is to be linted.
    from disarm_lint.cli.checking import check

    lint = partial(check, args, outputs, current, folder, stage=stage)
    return lint() if outcomes is None else outcomes.record(lint)


def _check_fixing(args: Namespace) -> None:
    """Raise Failure if nothing can be fixed: in a commit, or in what is staged."""
    if args.unsafe_fixes and not args.fix:
        raise Failure("--unsafe-fixes is an option of --fix")
    if args.allow_dirty and not args.fix:
        raise Failure("--allow-dirty is an option of --fix")
    if args.fix and (args.at is not None or args.staged):
        raise Failure("--fix edits files on the disk; it cannot be combined with --at or --staged")
