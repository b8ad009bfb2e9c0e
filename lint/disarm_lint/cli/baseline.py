"""`disarm-lint baseline`, and `check` with a baseline."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.cli.arguments import build_baseline_parser
from disarm_lint.cli.session import start_session
from disarm_lint.cli.streams import (
    Failure,
    FileChanged,
    Progress,
    format_path,
    print_text,
    say,
    write_file,
)
from disarm_lint.cli.targets import choose_corpus, list_corpora
from disarm_lint.config.settings import decode_settings, read_bytes
from disarm_lint.model.baseline import BASELINE_NAME, judge_idle, keep_reasons, make_entry, match
from disarm_lint.model.config import ConfigError, File
from disarm_lint.model.words import format_count
from disarm_lint.report.report import ShownFinding
from disarm_lint.sources.filesystem import is_missing

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TextIO

    from disarm_lint.cli.session import Linted, Session
    from disarm_lint.cli.targets import Opened
    from disarm_lint.model.baseline import Baseline, BaselineEntry, ListedEntry, Matched
    from disarm_lint.model.finding import Finding


def locate_baseline(opened: Opened, option: str | None, current: Path) -> Path:
    """Return the path of a corpus's baseline, which may not exist; raise Failure if empty."""
    if option == "":
        raise Failure("--baseline names no file (is the variable in it set?)")
    if option is not None:
        return current / option
    config, named = opened.target.config, opened.loaded.config.baseline
    if config is not None and named is not None:
        return config.parent / named.text
    return opened.target.root / BASELINE_NAME


def build_baseline_file(path: Path, root: Path, current: Path) -> File:
    """Return a baseline file with its path for messages and for findings."""
    return File(format_path(path, current), Path(os.path.relpath(path, root)).as_posix())


def load_baselines(
    opened: Sequence[Opened], args: Namespace, session: Session
) -> dict[Path, Baseline]:
    """Return the baselines of those corpora that have one, by root.

    Raises Failure and ConfigError for a baseline that is named but does not exist, that
    cannot be read, or that would belong to several corpora.
    """
    if args.no_baseline:
        if args.baseline is not None or args.strict_baseline:
            other = "--baseline" if args.baseline is not None else "--strict-baseline"
            raise Failure(f"{other} cannot be combined with --no-baseline")
        return {}
    current = session.current
    corpora = list_corpora(opened)
    found: dict[Path, Baseline] = {}
    owners: dict[Path, Opened] = {}
    for item in opened:
        path = locate_baseline(item, args.baseline, current)
        named = item.loaded.config.baseline if args.baseline is None else None
        files = item.files if args.baseline is None else session.disk
        if (args.baseline is not None or named is not None) and item not in corpora:
            continue
        if files.is_missing(path):
            if args.baseline is not None:
                raise Failure(
                    f"there is no baseline “{args.baseline}”; "
                    f"`disarm-lint baseline create --baseline FILE` creates one"
                )
            if named is not None:
                raise ConfigError(_describe_missing(item, named.text, current))
            continue
        if path in owners:
            where = format_path(path, current)
            raise Failure(
                f"the baseline “{where}” cannot serve two corpora, "
                f"“{format_path(owners[path].target.root, current)}” and "
                f"“{format_path(item.target.root, current)}”: check them one by one, "
                f"or give each its own {BASELINE_NAME}"
            )
        owners[path] = item
        from disarm_lint.baseline import load_baseline

        found[item.target.root] = load_baseline(
            build_baseline_file(path, item.target.root, current), path, files
        )
    return found


def _describe_missing(item: Opened, name: str, current: Path) -> str:
    named, config = item.loaded.config.baseline, item.target.config
    span = named.location.span if named else None
    place = f":{span.line}:{span.column}" if span else ""
    where = format_path(config, current) if config else ""
    return (
        f"{where}{place}: there is no baseline “{name}”{item.files.where}; "
        "`disarm-lint baseline create` creates it"
    )


def apply_baseline(
    linted: Linted,
    opened: Opened,
    baseline: Baseline | None,
    session: Session,
) -> Linted:
    """Remove the findings that a baseline lists.

    If the whole corpus was linted with the rules of its configuration, entries that match
    nothing become findings.
    """
    if baseline is None:
        return linted
    from disarm_lint.engine import review_baseline
    from disarm_lint.project import apply_config

    matched, _ = _match(linted, baseline)
    new = {finding.fingerprint for finding in matched.new}
    kept = [shown for shown in linted.findings if shown.finding.fingerprint in new]
    stale = (
        judge_idle(
            matched.idle,
            known=frozenset(loaded.rule.code for loaded in session.rules),
            ran=linted.ran,
            unread=linted.unread,
        )
        if linted.complete
        else ()
    )
    reviewers = [loaded for loaded in session.rules if loaded.rule.code in linted.ran]
    remarks = review_baseline(stale, reviewers, opened.loaded.options)
    for finding in apply_config(remarks, opened.loaded.config):
        path = session.show_path(opened.target.root / finding.location.path)
        kept.append(ShownFinding(finding=finding, path=path))
    return replace(
        linted,
        findings=tuple(kept),
        baselined=len(matched.baselined),
        stale=len(stale),
    )


def _match(linted: Linted, baseline: Baseline) -> tuple[Matched, dict[str, str]]:
    """Compare findings with a baseline; `follow_files` explains the second part."""
    from disarm_lint.baseline import follow_files

    matched = match([shown.finding for shown in linted.findings], baseline.entries)
    if linted.corpus is None or not matched.idle or not matched.new:
        return matched, {}
    paths = {document.path for document in linted.corpus.all_documents} | linted.unread
    return follow_files(matched, paths)


def tell_of_baselines(
    linted: Sequence[Linted],
    opened: Sequence[Opened],
    baselines: Mapping[Path, Baseline],
    *,
    strict: bool,
) -> None:
    """Say on stderr how many entries no longer match a finding, or that this is unknown."""
    for item, result in zip(opened, linted, strict=True):
        baseline = baselines.get(item.target.root)
        if baseline is None:
            continue
        if result.stale:
            number = format_count(result.stale, "entry")
            verb, them = ("matches", "it") if result.stale == 1 else ("match", "them")
            say(
                f"disarm-lint: {number} of {baseline.file.shown} no longer {verb} a finding; "
                f"`disarm-lint baseline update` removes {them}"
            )
        elif strict and not result.complete:
            say(
                f"disarm-lint: whether every entry of {baseline.file.shown} is still needed is "
                "only known when the whole corpus is checked with the rules of its configuration"
            )


@dataclass(frozen=True)
class _Work:
    """What all three commands work on: the baseline file and the corpus."""

    args: Namespace
    session: Session
    opened: Opened
    path: Path
    file: File

    def lint(self) -> Linted:
        with Progress() as progress:
            return replace(self.session, progress=progress).lint(self.opened)

    def load(self) -> Baseline:
        from disarm_lint.baseline import parse_baseline

        if is_missing(self.path):
            raise Failure(
                f"there is no baseline “{self.file.shown}”; "
                "`disarm-lint baseline create` creates it"
            )
        return parse_baseline(self.file, self.read())

    def read(self) -> str:
        from disarm_lint.baseline import LONGEST

        return decode_settings(self.file, read_bytes(self.file, self.path, LONGEST), LONGEST)

    def write(self, text: str, instead_of: Baseline | None) -> None:
        """Write the file; raise FileChanged if it has changed since it was read.

        `instead_of` is None if there was no file, or if it is replaced in any case.
        """
        from disarm_lint.baseline import LONGEST

        if len(text.encode("utf-8", "surrogatepass")) > LONGEST:
            raise Failure(
                f"a baseline of these findings would be larger than {LONGEST // 1_000_000} MB; "
                "turn off the rules with most findings (`ignore` in the configuration)"
            )

        def render(stream: TextIO) -> None:
            stream.write(text)

        def is_current() -> bool:
            if instead_of is None:
                return self.args.force or is_missing(self.path)
            return not is_missing(self.path) and self.read() == instead_of.text

        write_file(self.path, render, is_current=is_current)

    def judge(self, matched: Matched, linted: Linted) -> tuple[ListedEntry, ...]:
        """Return the idle entries that are certainly no longer needed."""
        codes = frozenset(loaded.rule.code for loaded in self.session.rules)
        return judge_idle(matched.idle, known=codes, ran=linted.ran, unread=linted.unread)


def run_baseline(arguments: Sequence[str]) -> int:
    """Create, update or show a baseline and return the exit status."""
    args = build_baseline_parser().read(arguments)
    for option, command in (("force", "create"), ("add", "update")):
        if getattr(args, option) and args.what != command:
            raise Failure(f"--{option} is an option of `baseline {command}` only")
    work = _start_work(args)
    {"create": _create, "update": _update, "show": _show}[args.what](work)
    return 0


def _start_work(args: Namespace) -> _Work:
    session = start_session(config=args.config, include_orphans=args.include_orphans)
    current = session.current
    opened = session.open([args.path] if args.path is not None else [])
    only = choose_corpus(opened, current, "a baseline")
    if not (only.whole if only.pages is not None else "" in only.target.folders):
        raise Failure(
            "a baseline is that of a whole corpus, not of a part; "
            f"name “{format_path(only.target.root, current)}”"
        )
    path = locate_baseline(only, args.baseline, current)
    return _Work(args, session, only, path, build_baseline_file(path, only.target.root, current))


def _create(work: _Work) -> None:
    shown = work.file.shown
    exists = Failure(
        f"“{shown}” exists; `disarm-lint baseline update` removes what has been fixed, "
        "and with --add adds what is new; --force replaces the file and its reasons"
    )
    if not is_missing(work.path) and not work.args.force:
        raise exists
    from disarm_lint.baseline import format_baseline

    findings = [shown.finding for shown in work.lint().findings]
    entries = _make_entries(findings)
    try:
        work.write(format_baseline(entries), None)
    except FileChanged:
        raise exists from None
    as_entries = f" in {format_count(len(entries), 'entry')}"
    print_text(
        f"{shown}: {format_count(len(findings), 'finding is', 'findings are')} listed"
        f"{as_entries if len(entries) != len(findings) else ''}; "
        "`disarm-lint check` reports what is not among them. Put the file under version control."
    )


def _make_entries(findings: Iterable[Finding]) -> list[BaselineEntry]:
    """Return an entry for each fingerprint."""
    # Renderings of one cell share a fingerprint; the entry names the cell, if there is one.
    ordered = sorted(findings, key=lambda finding: finding.location.cell is not None)
    return list({finding.fingerprint: make_entry(finding) for finding in ordered}.values())


# How often the file is read again if it has changed meanwhile.
_ATTEMPTS = 10


def _update(work: _Work) -> None:
    baseline = work.load()
    linted = work.lint()
    for _ in range(_ATTEMPTS):
        try:
            lines = _write_update(work, baseline, linted)
        except FileChanged:
            # Entries that somebody else added stay: findings are compared with the present file.
            baseline = work.load()
        else:
            print_text("\n".join(lines))
            return
    raise Failure(f"“{work.file.shown}” is being changed by another program; run this again")


def _write_update(work: _Work, baseline: Baseline, linted: Linted) -> list[str]:
    """Write the updated baseline, and return the lines of a message on it."""
    from disarm_lint.baseline import rewrite_baseline

    matched, followed = _match(linted, baseline)
    moved = _move_entries(baseline, linted, followed)
    gone = [listed.entry for listed in work.judge(matched, linted)]
    new = _make_entries(matched.new)
    added = keep_reasons(new, gone) if work.args.add else []
    removed = {entry.fingerprint for entry in gone} | followed.keys()
    text = rewrite_baseline(baseline, removed, [*moved, *added])
    if text != baseline.text:
        work.write(text, baseline)
    left = len(baseline.entries) - len(gone) + len(added)
    changes = [
        f"{format_count(len(entries), 'entry')} {what}"
        for entries, what in (
            (moved, "moved to renamed files"),
            (gone, "removed"),
            (added, "added"),
        )
        if entries
    ]
    unchanged = "nothing to change" if text == baseline.text else "rewritten, one entry per line"
    done = ", ".join(changes) or unchanged
    lines = [f"{work.file.shown}: {done}; {format_count(left, 'entry is', 'entries are')} left."]
    if unknown := len(matched.idle) - len(gone):
        lines.append(
            f"{format_count(unknown, 'entry was', 'entries were')} kept unseen: the rule is off, "
            "or the file cannot be read."
        )
    if new and not added:
        lines.append(
            f"{format_count(len(new), 'finding is', 'findings are')} not listed; --add adds "
            f"{'it' if len(new) == 1 else 'them'}."
        )
    return lines


def _move_entries(
    baseline: Baseline, linted: Linted, followed: Mapping[str, str]
) -> list[BaselineEntry]:
    """Return the entries of renamed files under their new paths, with their reasons."""
    reasons = {listed.entry.fingerprint: listed.entry.reason for listed in baseline.entries}
    before = {new: old for old, new in followed.items()}
    found = (s.finding for s in linted.findings if s.finding.fingerprint in before)
    return [
        replace(entry, reason=reasons[before[entry.fingerprint]]) for entry in _make_entries(found)
    ]


def _show(work: _Work) -> None:
    baseline = work.load()
    linted = work.lint()
    matched, _ = _match(linted, baseline)
    idle = {listed.entry.fingerprint for listed in matched.idle}
    gone = {listed.entry.fingerprint for listed in work.judge(matched, linted)}
    entries = sorted((e.entry for e in baseline.entries), key=lambda e: (e.rule, e.sort_key))
    names = {loaded.rule.code: loaded.rule.name for loaded in work.session.rules}
    by_rule: dict[str, list[BaselineEntry]] = {}
    for entry in entries:
        by_rule.setdefault(entry.rule, []).append(entry)
    lines = [f"{work.file.shown}: {_count_entries(entries, idle)}"]
    for rule, group in by_rule.items():
        lines += ["", f"{rule} {names.get(rule, group[0].name)}: {_count_entries(group, idle)}"]
        lines += [_format_line(entry, idle, gone) for entry in group]
    print_text("\n".join(lines))


def _count_entries(entries: Sequence[BaselineEntry], idle: set[str]) -> str:
    number = sum(entry.fingerprint not in idle for entry in entries)
    return f"{format_count(len(entries), 'entry')}, {number:,} still found"


def _format_line(entry: BaselineEntry, idle: set[str], gone: set[str]) -> str:
    words = f"  {entry.place}: {entry.subject}"
    if entry.text:
        words += f" “{entry.text}”"
    if entry.fingerprint in gone:
        words += " (no longer found)"
    elif entry.fingerprint in idle:
        words += " (not looked for: the rule is off, or the file cannot be read)"
    if entry.reason:
        words += f" because: {entry.reason}"
    return "  " + " ".join(words.split())
