"""`disarm-lint baseline`: create, update and show the list of accepted findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.baseline.match import Matched, judged, match, with_reasons
from disarm_lint.baseline.model import entry_of
from disarm_lint.cli.arguments import baseline_parser
from disarm_lint.cli.baselined import baseline_file, baseline_path
from disarm_lint.cli.errors import Failure
from disarm_lint.cli.lint import lint_target, open_targets
from disarm_lint.cli.progress import Progress
from disarm_lint.cli.rules import all_rules
from disarm_lint.cli.streams import print_text, write_file
from disarm_lint.cli.targets import current_folder, shown_path
from disarm_lint.output.text import counted
from disarm_lint.reading.look import is_missing

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import TextIO

    from disarm_lint.baseline.model import Baseline, Entry, Listed
    from disarm_lint.cli.lint import Linted, Opened
    from disarm_lint.config.place import File
    from disarm_lint.model.finding import Finding
    from disarm_lint.rule import LoadedRule


@dataclass(frozen=True)
class _Work:
    """What all three commands work on: the file, and a corpus to be linted."""

    args: Namespace
    opened: Opened
    rules: Sequence[LoadedRule]
    current: Path
    path: Path
    file: File

    def lint(self) -> Linted:
        with Progress() as progress:
            return lint_target(
                self.opened,
                self.rules,
                self.current,
                include_orphans=self.args.include_orphans,
                progress=progress,
            )

    def load(self) -> Baseline:
        from disarm_lint.baseline.read import load_baseline

        if is_missing(self.path):
            raise Failure(
                f"there is no baseline “{self.file.shown}”; `disarm-lint baseline create` makes it"
            )
        return load_baseline(self.file, self.path)

    def write(self, text: str) -> None:
        from disarm_lint.baseline.read import LONGEST

        if len(text.encode("utf-8", "surrogatepass")) > LONGEST:
            raise Failure(
                f"a baseline of these findings would be larger than {LONGEST // 1_000_000} MB; "
                "turn off the rules with most findings (`ignore` in the configuration)"
            )

        def render(stream: TextIO) -> None:
            stream.write(text)

        write_file(self.path, render)

    def judged(self, matched: Matched, linted: Linted) -> tuple[Listed, ...]:
        """Return the idle entries that are known to be of no use."""
        codes = frozenset(loaded.rule.code for loaded in self.rules)
        return judged(matched.idle, known=codes, ran=linted.ran, unread=linted.unread)


def run(arguments: Sequence[str]) -> int:
    """Create, update or show a baseline and return the exit status."""
    args = baseline_parser().read(arguments)
    for option, command in (("force", "create"), ("add", "update")):
        if getattr(args, option) and args.what != command:
            raise Failure(f"--{option} is an option of `baseline {command}` only")
    work = _work(args)
    {"create": _create, "update": _update, "show": _show}[args.what](work)
    return 0


def _work(args: Namespace) -> _Work:
    rules, current = all_rules(), current_folder()
    opened = open_targets([args.path] if args.path is not None else [], current, args.config, rules)
    # A folder that was only looked through for corpora is none itself.
    corpora = [item for item in opened if item.pages is not None] or opened
    if len(corpora) > 1:
        names = ", ".join(f"“{shown_path(item.target.root, current)}”" for item in corpora)
        raise Failure(f"a baseline is that of one corpus; name one of {names}")
    (only,) = corpora
    if not (only.whole if only.pages is not None else "" in only.target.folders):
        raise Failure(
            "a baseline is that of a whole corpus, not of a part; "
            f"name “{shown_path(only.target.root, current)}”"
        )
    path = baseline_path(only, args.baseline, current)
    return _Work(args, only, rules, current, path, baseline_file(path, only.target.root, current))


def _create(work: _Work) -> None:
    shown = work.file.shown
    if not is_missing(work.path) and not work.args.force:
        raise Failure(
            f"“{shown}” exists; `disarm-lint baseline update` takes out what has been mended, "
            "with --add it adds what is new; --force replaces the file and its reasons"
        )
    from disarm_lint.baseline.write import document

    entries = _entries(shown.finding for shown in work.lint().findings)
    work.write(document(entries))
    print_text(
        f"{shown}: {counted(len(entries), 'finding is', 'findings are')} listed; "
        "`disarm-lint check` reports what is not among them. Put the file under version control."
    )


def _entries(findings: Iterable[Finding]) -> list[Entry]:
    """Return an entry for each fingerprint."""
    # Renderings of one cell share a fingerprint; the entry tells the cell, where there is one.
    ordered = sorted(findings, key=lambda finding: finding.location.cell is not None)
    return list({finding.fingerprint: entry_of(finding) for finding in ordered}.values())


def _update(work: _Work) -> None:
    from disarm_lint.baseline.edit import updated

    baseline = work.load()
    linted = work.lint()
    matched = match([shown.finding for shown in linted.findings], baseline.entries)
    gone = [listed.entry for listed in work.judged(matched, linted)]
    new = _entries(matched.new)
    added = with_reasons(new, gone) if work.args.add else []
    if gone or added:
        work.write(updated(baseline, {entry.fingerprint for entry in gone}, added))
    left = len(baseline.entries) - len(gone) + len(added)
    changes = [
        f"{counted(len(entries), 'entry', 'entries')} {what}"
        for entries, what in ((gone, "taken out"), (added, "added"))
        if entries
    ]
    done = ", ".join(changes) or "nothing to change"
    print_text(f"{work.file.shown}: {done}; {counted(left, 'entry is', 'entries are')} left.")
    if unknown := len(matched.idle) - len(gone):
        print_text(
            f"{counted(unknown, 'entry was', 'entries were')} kept unseen: the rule is off, "
            "or the file cannot be read."
        )
    if new and not added:
        print_text(
            f"{counted(len(new), 'finding is', 'findings are')} not listed; --add adds "
            f"{'it' if len(new) == 1 else 'them'}."
        )


def _show(work: _Work) -> None:
    baseline = work.load()
    linted = work.lint()
    matched = match([shown.finding for shown in linted.findings], baseline.entries)
    idle = {listed.entry.fingerprint for listed in matched.idle}
    gone = {listed.entry.fingerprint for listed in work.judged(matched, linted)}
    entries = sorted((e.entry for e in baseline.entries), key=lambda e: (e.rule, e.sort_key))
    names = {loaded.rule.code: loaded.rule.name for loaded in work.rules}
    by_rule: dict[str, list[Entry]] = {}
    for entry in entries:
        by_rule.setdefault(entry.rule, []).append(entry)
    lines = [f"{work.file.shown}: {_still(entries, idle)}"]
    for rule, group in by_rule.items():
        lines += ["", f"{rule} {names.get(rule, group[0].name)}: {_still(group, idle)}"]
        lines += [_line(entry, idle, gone) for entry in group]
    print_text("\n".join(lines))


def _still(entries: Sequence[Entry], idle: set[str]) -> str:
    number = sum(entry.fingerprint not in idle for entry in entries)
    return f"{counted(len(entries), 'entry', 'entries')}, {number:,} still found"


def _line(entry: Entry, idle: set[str], gone: set[str]) -> str:
    words = f"  {entry.place}: {entry.subject}"
    if entry.text:
        words += f" “{entry.text}”"
    if entry.fingerprint in gone:
        words += " (not found any more)"
    elif entry.fingerprint in idle:
        words += " (not looked for: the rule is off, or the file cannot be read)"
    if entry.reason:
        words += f" because: {entry.reason}"
    return "  " + " ".join(words.split())
