"""`disarm-lint fix`: fix what is certain, at its source."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from disarm_lint.changes import collect_changes, format_cell_diff
from disarm_lint.cli.apply import check_library, check_suffix, write_change_list
from disarm_lint.cli.arguments import build_fix_parser
from disarm_lint.cli.fallout import find_guilty, find_new, is_behind
from disarm_lint.cli.session import Linted, Session, start_linting
from disarm_lint.cli.streams import Failure, Progress, is_terminal, print_text, say
from disarm_lint.cli.targets import choose_corpus
from disarm_lint.cli.writing import describe_behind, name_first, open_corpora, write_changes
from disarm_lint.compare.lines import cut_alike, format_line_diff
from disarm_lint.fixes import FixChoice, FixPlan, ShownEdit, plan_fixes, preview_fixes
from disarm_lint.model.finding import Repair
from disarm_lint.model.text import CellSpan
from disarm_lint.model.words import format_count, join_words
from disarm_lint.project import SIZE_LIMIT
from disarm_lint.render.rendering import Renewal
from disarm_lint.report.report import format_place
from disarm_lint.report.roots import RootCause, group_by_root
from disarm_lint.report.terminal import Charset, explain_marks
from disarm_lint.sources.filesystem import ChangedTree, KeptTree, read_if_there
from disarm_lint.sources.journal import FileChange

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, Sequence

    from disarm_lint.cli.targets import Opened
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.report.report import ShownFinding

# How many passes of fixes are made: a text may need one fix after another.
_PASSES = 5
_TEXT = Charset()
# After so many attempts, whole root causes are left alone instead of single findings.
_ATTEMPTS = 4
# How much of a text is shown in questions, in code points, around it, and how many examples.
_SHOWN, _AROUND, _EXAMPLES = 70, 32, 3
_QUESTION = "  Fix this? [y]es, [n]o, [a]ll from here, [q]uit, [?] help: "
_KEYS = """  y  fix this root cause
  n  leave it as it is
  a  fix this one and all that follow
  q  ask no more: those that you said yes to are fixed, the others are left
     (press Ctrl-C to leave without any change)"""


@dataclass(frozen=True)
class Fixed:
    """The result of fixing a corpus: the new bytes by path, and the findings before and after.

    A file without new bytes is deleted. `planned_on` are the old bytes of these files; None
    stands for a new file.
    """

    files: dict[str, bytes | None]
    planned_on: dict[str, bytes | None]
    plans: tuple[FixPlan, ...]
    before: Linted
    after: Linted
    choice: FixChoice

    @property
    def findings(self) -> int:
        """The number of findings that are fixed."""
        return sum(len(plan.fixed) for plan in self.plans)


def run_fix(arguments: Sequence[str]) -> int:
    """Fix, or show what would be fixed, and return the exit status."""
    args = build_fix_parser().read(arguments)
    with Progress() as progress:
        session = start_linting(args, progress)
        shows = args.diff or args.changes is not None
        opened = open_corpora(session, args.paths, writes=not shows)
    if args.interactive and (args.diff or not is_terminal(sys.stdin)):
        raise Failure("--interactive asks on a terminal; it cannot be combined with --diff")
    if args.changes is not None:
        _check_listing(args)
        opened = [choose_corpus(opened, session.current, "a change list")]
    status = 0
    for item in opened:
        status = max(status, _fix(session, item, args))
    return status


def fix_corpus(session: Session, opened: Opened, choice: FixChoice) -> Fixed:
    """Return the result of fixing a corpus; nothing is written.

    A fix is not made if it would cause a finding with a new root cause. A new finding with a
    root cause that was there before has only come to light: an id that is corrected may be
    lost in the same list as the ids around it.
    """
    # Writing the files must notice an edit that a person makes from here on.
    opened = replace(opened, tree=KeptTree(opened.tree))
    before = session.lint(opened)
    superseded_by = {loaded.rule.code: loaded.rule.superseded_by for loaded in session.rules}
    roots = {shown.finding.root_cause for shown in before.findings}
    attempt = 0
    while True:
        fixed = _fix_passes(session, opened, choice, before)
        after = [shown.finding for shown in fixed.after.findings]
        new = find_new([shown.finding for shown in before.findings], after, superseded_by)
        done = [finding for plan in fixed.plans for finding in plan.fixed]
        # A leftover page says what an id was: where texts cite it, it is not to go.
        ids = {finding.subject for finding in done if finding.fix and finding.fix.deletes}
        new = [f for f in new if f.root_cause not in roots or (f.gone and f.gone in ids)]
        if not new or not fixed.files:
            return fixed
        guilty = find_guilty(done, new, whole=attempt >= _ATTEMPTS)
        if not guilty:
            return fixed
        choice = replace(choice, spared=choice.spared | guilty)
        attempt += 1


def _fix_passes(session: Session, opened: Opened, choice: FixChoice, before: Linted) -> Fixed:
    files: dict[str, bytes | None] = {}
    plans: list[FixPlan] = []
    linted = before
    renewal = None
    if before.corpus is not None and choice.pages:
        renewal = Renewal(before.corpus, opened.tree, over=choice.unsafe)
    for _ in range(_PASSES):
        corpus = linted.corpus
        if corpus is None:
            break
        read = partial(ChangedTree(opened.tree, files).read, limit=SIZE_LIMIT)
        plan = plan_fixes(corpus, [shown.finding for shown in linted.findings], choice, read)
        plans.append(plan)
        if not plan.fixed:
            break
        files = {**files, **plan.files, **dict.fromkeys(plan.deleted)}
        files = renewal.renew(files) if renewal is not None else files
        linted = session.lint(replace(opened, tree=ChangedTree(opened.tree, files)))
    planned_on = {path: read_if_there(opened.tree, path, SIZE_LIMIT) for path in files}
    return Fixed(files, planned_on, tuple(plans), before, linted, choice)


def _fix(session: Session, opened: Opened, args: Namespace) -> int:
    choice = FixChoice(
        unsafe=args.unsafe_fixes,
        pages=not args.no_pages,
        workbooks=not args.no_workbooks,
        roots=frozenset(args.root) if args.root else None,
    )
    if args.interactive:
        choice = replace(choice, roots=_ask(session.lint(opened), choice))
    fixed = fix_corpus(session, opened, choice)
    if args.root:
        _check_roots(args.root, fixed.before)
    if args.changes is not None:
        print_text(_list_changes(session, opened, fixed, args.changes))
        return 0
    if args.diff:
        diff = _format_diff(session, opened, fixed)
        print_text("\n".join([*diff, *([""] if diff else []), _summarize(fixed, would=True)]))
        return int(bool(fixed.files))
    print_text(apply_fixes(session, opened, fixed, allow_dirty=args.allow_dirty))
    return int(args.exit_non_zero_on_fix and bool(fixed.files))


def _check_listing(args: Namespace) -> None:
    """Raise Failure if --changes cannot be combined with the other options."""
    check_suffix(args.changes)
    check_library(args.changes)
    if args.diff or args.no_workbooks:
        other = "--diff" if args.diff else "--no-workbooks"
        raise Failure(f"--changes lists changes of cells; it cannot be combined with {other}")


def _list_changes(session: Session, opened: Opened, fixed: Fixed, name: str) -> str:
    """Write a list of the cells that fixing changes, and return a sentence on it."""
    before, after = fixed.before.corpus, fixed.after.corpus
    changes = collect_changes(before, after, fixed.plans) if before and after else []
    write_change_list(session, opened, name, changes)
    books = format_count(len({change.workbook for change in changes}), "workbook")
    cells = format_count(len(changes), "cell")
    return f"{name}: changes of {cells} of {books}. `disarm-lint apply {name}` makes them."


def apply_fixes(session: Session, opened: Opened, fixed: Fixed, *, allow_dirty: bool) -> str:
    """Write the fixed files, and return a sentence on them; see `write_changes`."""
    changes = {path: FileChange(fixed.planned_on[path], data) for path, data in fixed.files.items()}
    write_changes(session, opened, changes, allow_dirty=allow_dirty)
    refused = {place: reason for plan in fixed.plans for place, reason in plan.refused.items()}
    for place in sorted({place for plan in fixed.plans for place in plan.faded}):
        say(f"disarm-lint: {place} lost the formatting of words that were replaced")
    for note in describe_behind(place for plan in fixed.plans for place in plan.behind):
        say(f"disarm-lint: {note}")
    by_reason: dict[tuple[str, str], list[str]] = {}
    for place, reason in sorted(refused.items()):
        by_reason.setdefault((place.rpartition("!")[0], reason), []).append(place)
    for (_, reason), places in by_reason.items():
        say(f"disarm-lint: {name_first(places, 'was', 'were')} not edited: {reason}")
    return _summarize(fixed, would=False)


def _check_roots(roots: Sequence[str], linted: Linted) -> None:
    known = {shown.finding.root_cause for shown in linted.findings}
    for root in roots:
        if root not in known:
            raise Failure(
                f"there is no root cause “{root}”; `disarm-lint check --output-format grouped` "
                "shows their ids"
            )


def _summarize(fixed: Fixed, *, would: bool) -> str:
    books = sorted(path for path in fixed.files if path.lower().endswith(".xlsx"))
    deleted = sum(data is None for data in fixed.files.values())
    pages = len(fixed.files) - len(books) - deleted
    cells = len({
        (edit.location.path, edit.location.cell.sheet, edit.location.cell.ref)
        for plan in fixed.plans
        for edit, _ in plan.changes
        if edit.location.cell is not None
    })  # fmt: skip
    where = []
    if cells:
        number = format_count(len(books), "workbook")
        where.append(f"{format_count(cells, 'cell')} of {number}")
    if pages:
        where.append(format_count(pages, "page"))
    if deleted:
        where.append(format_count(deleted, "deleted page"))
    verb = "Would fix" if would else "Fixed"
    number = format_count(fixed.findings, "finding")
    done = f"{verb} {number}, in {join_words(where)}." if where else "Nothing to fix."
    known = {shown.finding.fingerprint for shown in fixed.before.findings}
    late = sum(f.fingerprint not in known for plan in fixed.plans for f in plan.fixed)
    if late:
        done = f"{done[:-1]}; {late:,} of them came to light when others were fixed."
    left = [shown.finding for shown in fixed.after.findings]
    unsafe = sum(f.fix is not None and f.fix.repair is not Repair.SAFE for f in left)
    more = f", {unsafe:,} of them fixable with --unsafe-fixes" if unsafe else ""
    more = "" if fixed.choice.unsafe else more
    shown = _count_lit(fixed)
    if shown:
        more += (
            f"; {shown:,} of them came to light, because pages now show what they had lost, or "
            "another finding was in front"
        )
    text = f"{done} {format_count(len(left), 'finding is', 'findings are')} left{more}."
    if spared := len(fixed.choice.spared):
        they = "it" if spared == 1 else "they"
        text += (
            f" {format_count(spared, 'fix was', 'fixes were')} not made, because {they} would "
            "cause new findings."
        )
        if named := _name_spared(fixed):
            text += f" Fix {'them' if spared > 1 else 'it'} by hand: {named}."
    behind = sum(map(is_behind, left))
    if fixed.files and behind:
        text += (
            f" In {format_count(behind, 'place')}, generated files are behind the "
            "workbooks: generate them again."
        )
    return text


# How many findings are named whose fixes were not made.
_MOST_NAMED = 5


def _name_spared(fixed: Fixed) -> str:
    """Return the rules and places of the findings whose fixes were not made."""
    found: dict[str, None] = {}
    for shown in fixed.before.findings:
        finding = shown.finding
        if finding.fingerprint in fixed.choice.spared:
            cell, span = finding.location.cell, finding.location.span
            line = f"{finding.location.path}:{span.line}" if span else finding.location.path
            found[f"{finding.rule} at {cell.address if cell else line}"] = None
    named = list(found)
    more = len(named) - _MOST_NAMED
    return ", ".join(named[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _count_lit(fixed: Fixed) -> int:
    """Return how many findings are in files in which they were not before."""
    known = Counter(_name_shown(shown) for shown in fixed.before.findings)
    now = Counter(_name_shown(s) for s in fixed.after.findings if not is_behind(s.finding))
    return (now - known).total()


def _name_shown(shown: ShownFinding) -> tuple[str, str]:
    return shown.finding.fingerprint, shown.finding.location.path


def _format_diff(session: Session, opened: Opened, fixed: Fixed) -> list[str]:
    """Return a unified diff of the pages, and of the cells that change, each as a file.

    What is invisible shows in it, and is explained in its last line.
    """
    lines: list[str] = []
    for path, data in sorted(fixed.files.items()):
        shown = session.show_path(opened.target.root / path)
        if path.lower().endswith(".xlsx"):
            lines += _format_cells(shown, path, fixed)
            continue
        if data is None:
            lines.append(f"deleted: {shown}")
            continue
        old = (fixed.planned_on[path] or b"").decode("utf-8", "replace").splitlines()
        new = data.decode("utf-8", "replace").splitlines()
        lines += map(_show_line, format_line_diff(old, new, shown, shown))
    explained = explain_marks("\n".join(line for line in lines if line[:1] in ("-", "+")))
    return [*map(_TEXT.show_line, lines), *(["", explained] if explained else [])]


def _show_line(line: str) -> str:
    """Return a line of a diff in which what is invisible shows."""
    return f"{line[:1]}{_TEXT.show_exactly(line[1:])}" if line[:1] in ("-", "+") else line


def _format_cells(shown: str, path: str, fixed: Fixed) -> list[str]:
    """Return the lines for the cells of a workbook, each once, however many fixes it got."""
    before, after = fixed.before.corpus, fixed.after.corpus
    if before is None or after is None:
        return []
    lines = []
    for change in collect_changes(before, after, fixed.plans):
        if change.workbook == path:
            place = f"{shown}!{CellSpan(change.sheet, change.cell, 0, 0).address}"
            old, new = cut_alike(change.old, change.new, _TEXT.show_exactly)
            lines += format_cell_diff(place, old, new)
    return lines


def _ask(linted: Linted, choice: FixChoice) -> frozenset[str]:
    """Ask about each root cause that can be fixed, and return the ids of those to fix."""
    roots = [
        root
        for root in group_by_root(linted.findings)
        if any(choice.takes(item.finding) for item in root.findings)
    ]
    chosen: list[str] = []
    for number, root in enumerate(roots, 1):
        print_text(_describe(root, linted.corpus, choice, f"{number} of {len(roots)}"))
        answer = _read_answer()
        if answer == "q":
            break
        if answer == "a":
            chosen += [one.id for one in roots[number - 1 :]]
            break
        if answer == "y":
            chosen.append(root.id)
    return frozenset(chosen)


def _describe(root: RootCause, corpus: Corpus | None, choice: FixChoice, number: str) -> str:
    items = [item for item in root.findings if choice.takes(item.finding)]
    lines = [f"\n[{number}] {_TEXT.show_line(root.title)}"]
    lines.append(f"  {format_count(len(items), 'finding')} can be fixed, such as")
    edits = []
    if corpus is not None:
        findings = [item.finding for item in items]
        edits = list(islice(preview_fixes(corpus, findings, around=_AROUND), _EXAMPLES))
    paths = {item.finding.location.path: item.path for item in items}
    lines += [f"  {format_edit(edit, paths)}" for edit in edits]
    deleted = [path for item in items if item.finding.fix for path in item.finding.fix.deletes]
    lines += [
        f"  {_TEXT.show_line(path)}: the page is deleted"
        for path in deleted[: _EXAMPLES - len(edits)]
    ]
    if explained := explain_marks("\n".join(lines[2:])):
        lines.append(f"  {explained}")
    return "\n".join(lines)


def format_edit(edit: ShownEdit, paths: Mapping[str, str]) -> str:
    """Return where an edit is made, and the text before and after it."""
    location = edit.location
    place = format_place(paths.get(location.path, location.path), location.span, location.cell)
    was, then = (f"{edit.before}{_cut(t)}{edit.after}" for t in (edit.old, edit.new))
    more = f", and {edit.more} more with it" if edit.more else ""
    was, then = _TEXT.show_exactly(was), _TEXT.show_exactly(then)
    return f"{_TEXT.show_line(place)}: “{was}” → “{then}”{more}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _read_answer() -> str:
    while True:
        sys.stdout.write(_QUESTION)
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            return "q"
        answer = line.strip().lower()[:1]
        if answer in ("y", "n", "a", "q"):
            return answer
        print_text(_KEYS)
