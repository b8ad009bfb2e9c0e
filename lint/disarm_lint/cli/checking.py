"""Linting corpora and reporting, as `disarm-lint check` does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from disarm_lint.cli.baseline import apply_baseline, load_baselines, tell_of_baselines
from disarm_lint.cli.outcomes import SETTINGS, is_read, list_read_files
from disarm_lint.cli.outputs import write
from disarm_lint.cli.past import blame_findings
from disarm_lint.cli.revisions import drop_older, open_view, remember_findings
from disarm_lint.cli.session import (
    Linted,
    Session,
    drop_searched,
    merge_findings,
    report_findings,
    start_session,
)
from disarm_lint.cli.streams import UNTOUCHED, Progress, say
from disarm_lint.cli.writing import open_corpora
from disarm_lint.config.profile import BUILTIN
from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Severity
from disarm_lint.model.words import join_words
from disarm_lint.report.formats import FOR_PEOPLE
from disarm_lint.report.report import CorpusInfo, Older
from disarm_lint.report.text import format_older
from disarm_lint.sources.filesystem import DISK

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from pathlib import Path

    from disarm_lint.cli.outcomes import StagedState
    from disarm_lint.cli.outputs import Output
    from disarm_lint.cli.replay import Recording
    from disarm_lint.cli.revisions import RevisionView
    from disarm_lint.cli.targets import Opened
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.report.report import Report


# The families of rules that compare names, pages, workbooks and published files.
_COMPARING = frozenset("NCMA")
# Rules that were asked for and did not run are named up to so many.
_MOST_IDLE = 5


def check(
    args: Namespace,
    outputs: Sequence[Output],
    current: Path,
    cache: Path | None,
    recording: Recording | None = None,
    *,
    stage: StagedState | None = None,
) -> int:
    """Lint, write the report, and return the exit status.

    `cache` is the folder for what other runs can use, if there is one. A `recording` notes
    what is asked of the disk and what is written, a `stage` which files are read.
    """
    keep = recording.keep if recording is not None else None
    with Progress() as progress:
        session = start_session(
            config=args.config,
            select=args.select,
            ignore=args.ignore,
            include_orphans=args.include_orphans,
            allow_empty=args.allow_empty,
            allow_private=args.allow_private,
            cache_dir=cache,
            no_cache=cache is None,
            witness=recording.witness if recording is not None else None,
            progress=progress,
        )
        place = current / args.paths[0] if args.paths else current
        with open_view(
            place, at=args.at, changed_since=args.changed_since, staged=args.staged
        ) as view:
            session = session.at(session.disk if view.files is DISK else view.files)
            opened = _open(session, args)
            if _is_untouched(view, opened, stage):
                say(UNTOUCHED)
                files = [output for output in outputs if output.format not in FOR_PEOPLE]
                write(_report([], Older(0, view.all_files)), files, args, session.rules)
                return 0
            if args.fix:
                _fix(session, opened, unsafe=args.unsafe_fixes, allow_dirty=args.allow_dirty)
            baselines = load_baselines(opened, args, session)

            def lint(session: Session, item: Opened) -> Linted:
                baseline = baselines.get(item.target.root)
                found = session.lint(item)
                remember_findings(session, item, view.repository, found)
                return apply_baseline(found, item, baseline, session)

            linted = [lint(session, item) for item in opened]
            linted, older = drop_older(view, opened, linted, session)
            if args.blame:
                linted = [
                    _blame(session, item, one) for item, one in zip(opened, linted, strict=True)
                ]
    tell_of_baselines(linted, opened, baselines, strict=args.strict_baseline)
    report = _report(linted, older)
    if not report.summary.files and any(item.excluded for item in linted):
        say("disarm-lint: nothing to check: the configuration excludes what was named")
    _tell_of_gaps(linted, args)
    write(report, outputs, args, session.rules, keep)
    told = any(output.format in ("text", "grouped") for output in outputs)
    if not told and (sentence := format_older(report)):
        say(f"disarm-lint: {sentence}")
    if args.strict_baseline and any(item.stale for item in linted) and not _is_lenient(args):
        return 1
    return _choose_status(report, args)


def _open(session: Session, args: Namespace) -> list[Opened]:
    if session.files is not session.disk:
        return session.open(args.paths)
    return open_corpora(session, args.paths, writes=args.fix)


def _is_untouched(view: RevisionView, opened: Sequence[Opened], stage: StagedState | None) -> bool:
    """Tell whether no file that a lint reads differs from the state before."""
    if view.changed is None or view.repository is None:
        return False
    read = list_read_files(opened)
    profiles = [item.loaded.config.profile for item in opened]
    if stage is not None and all(p in (None, *BUILTIN) or p.endswith(SETTINGS) for p in profiles):
        stage.remember(read)
    return not is_read(read, view.repository.top, view.changed)


def _fix(session: Session, opened: Sequence[Opened], *, unsafe: bool, allow_dirty: bool) -> None:
    from disarm_lint.cli.fix import apply_fixes, fix_corpus
    from disarm_lint.fixes import FixChoice

    for item in opened:
        fixed = fix_corpus(session, item, FixChoice(unsafe=unsafe))
        say(f"disarm-lint: {apply_fixes(session, item, fixed, allow_dirty=allow_dirty)}")


def _blame(session: Session, opened: Opened, linted: Linted) -> Linted:
    if not linted.findings:
        return linted
    history = session.read_history(opened)
    return replace(linted, findings=blame_findings(linted.findings, history))


def _describe_misfit(linted: Linted, corpus: Corpus) -> str:
    """Return a sentence if most pages of a corpus are of another framework, else nothing."""
    pages = [d for d in corpus.checked_documents if d.type in (PageType.ENTITY, PageType.OTHER)]
    strange = sum(d.type is PageType.OTHER for d in pages)
    if not linted.known or strange * 2 <= len(pages):
        return ""
    return (
        f"{strange} of {len(pages)} files do not fit the profile {linted.profile}: only their "
        "text was checked, not their structure. Another framework needs a profile of its own "
        "(docs/profiles.md)"
    )


def _tell_of_gaps(linted: Sequence[Linted], args: Namespace) -> None:
    """Say which pages were checked in part only, and which rules had nothing to compare with."""
    for item in linted:
        if item.corpus is not None and (sentence := _describe_misfit(item, item.corpus)):
            say(f"disarm-lint: {sentence}")
    if not args.select or any(item.known for item in linted):
        return
    idle = sorted(code for item in linted for code in item.ran if code[0] in _COMPARING)
    idle = list(dict.fromkeys(idle))
    if not idle:
        return
    if len(idle) > _MOST_IDLE:
        idle = [*idle[:_MOST_IDLE], f"{len(idle) - _MOST_IDLE} more rules"]
    need = "needs a corpus around it" if len(idle) == 1 else "need a corpus around what you named"
    say(f"disarm-lint: {join_words(idle)} {need} and did not run")


def _report(linted: Sequence[Linted], older: Older | None) -> Report:
    linted = drop_searched(linted)
    corpora = [CorpusInfo(item.root, item.profile, item.master_data) for item in linted]
    return report_findings(linted, corpora, merge_findings(linted), older)


def _choose_status(report: Report, args: Namespace) -> int:
    if _is_lenient(args):
        return 0
    limit = Severity(args.fail_on).rank
    return int(any(item.finding.severity.rank <= limit for item in report.findings))


def _is_lenient(args: Namespace) -> bool:
    """Tell whether the exit status is 0 whatever the findings are."""
    return bool(args.exit_zero or args.fail_on == "never")
