"""`disarm-lint render`: write the pages, indexes and grids anew, from the workbooks."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from disarm_lint.cli.arguments import build_render_parser
from disarm_lint.cli.session import Session, start_session
from disarm_lint.cli.streams import Failure, Progress, print_text, say
from disarm_lint.cli.writing import open_corpora, write_changes
from disarm_lint.compare.lines import format_line_diff
from disarm_lint.model.words import format_count
from disarm_lint.project import SIZE_LIMIT
from disarm_lint.render.rendering import Orphan, find_orphans, render_tree
from disarm_lint.render.rows import NotRenderedError
from disarm_lint.report.terminal import Charset
from disarm_lint.report.text import format_more
from disarm_lint.sources.filesystem import KeptTree, Unreadable, is_below
from disarm_lint.sources.journal import FileChange

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Iterator, Sequence

    from disarm_lint.cli.targets import Opened
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.render.rendering import Rendering

_TEXT = Charset()
# How many reasons are told for which something is left.
_MOST_REASONS = 20


def run_render(arguments: Sequence[str]) -> int:
    """Render, or show what rendering would change, and return the exit status."""
    args = build_render_parser().read(arguments)
    with Progress() as progress:
        session = start_session(config=args.config, progress=progress)
        reading = args.check or args.diff
        opened = open_corpora(session, args.paths, writes=not reading)
    status = 0
    for item in opened:
        status = max(status, _render(session, item, args))
    return status


def render_corpus(opened: Opened, corpus: Corpus) -> Rendering:
    """Return what the workbooks of a corpus make of its files.

    Raises Failure if there are no workbooks, or they make more than can be held.
    """
    books = [workbook.path for workbook in corpus.workbooks]
    if not books or opened.pages is None:
        raise Failure(
            f"there are no workbooks in “{opened.target.root.name}” that pages could be rendered "
            f"from; they belong in {corpus.profile.master_data or 'the corpus'}"
        )
    if not corpus.profile.folder:
        raise Failure(
            f"the pages lie in “{opened.target.root.name}” itself; render writes them in a folder "
            "of their own, as in generated_pages/techniques"
        )
    try:
        return render_tree(corpus.profile, books, opened.tree)
    except NotRenderedError as problem:
        raise Failure(f"“{opened.target.root.name}” cannot be rendered: {problem}") from None
    except Unreadable as problem:
        raise Failure(f"“{problem.path}” cannot be read: {problem.reason}") from None


def _render(session: Session, opened: Opened, args: Namespace) -> int:
    # An edit that a person makes from here on must show when the files are written.
    opened = replace(opened, tree=KeptTree(opened.tree))
    corpus = session.read(opened)
    rendering = render_corpus(opened, corpus)
    names = opened.target.names
    changes = {
        path: FileChange(rendering.old[path], data)
        for path, data in rendering.changed.items()
        if names(path)
    }
    orphans = [
        orphan
        for orphan in (find_orphans(corpus) if args.prune else ())
        if names(orphan.document.path)
    ]
    if not rendering.new and rendering.left:
        reason = rendering.left[0].reason
        raise Failure(f"nothing in “{opened.target.root.name}” can be rendered: {reason}")
    _tell_left(session, opened, rendering, orphans)
    gone = [orphan.document.path for orphan in orphans if orphan.kept is None]
    for path in gone:
        changes[path] = FileChange(opened.tree.read(path, SIZE_LIMIT), None)
    number = sum(map(names, rendering.new))
    if args.check or args.diff:
        lines = list(_format_diff(session, opened, changes))
        if lines:
            print_text("\n".join(lines))
        (say if args.diff else print_text)(_summarize(number, changes, would=True))
        return int(bool(changes))
    if gone:
        shown = [session.show_path(opened.target.root / path) for path in gone]
        print_text("\n".join(["Pages without a row:", *(f"  {_TEXT.show_line(p)}" for p in shown)]))
    write_changes(session, opened, changes, allow_dirty=args.allow_dirty, lost=gone)
    print_text(_summarize(number, changes, would=False))
    return 0


def _tell_left(
    session: Session, opened: Opened, rendering: Rendering, orphans: Iterable[Orphan]
) -> None:
    """Say which files stay as they stand, and why."""
    left = [(item.path, f"not rendered: {item.reason}") for item in rendering.left]
    left += [(o.document.path, f"not deleted: {o.kept}") for o in orphans if o.kept is not None]
    by_reason: dict[str, list[str]] = {}
    for path, reason in left:
        if _is_concerned(opened, path.rstrip("/")):
            shown = session.show_path(opened.target.root / path)
            by_reason.setdefault(reason, []).append(f"{shown}/" if path.endswith("/") else shown)
    for reason, paths in islice(by_reason.items(), _MOST_REASONS):
        path, why = _TEXT.show_line(paths[0]), _TEXT.show_line(reason)
        say(f"disarm-lint: “{path}”{format_more(len(paths))} {why}")
    untold = list(by_reason.values())[_MOST_REASONS:]
    if untold:
        number = sum(map(len, untold))
        say(f"disarm-lint: {number:,} more not rendered or deleted, for other reasons")


def _is_concerned(opened: Opened, path: str) -> bool:
    """Tell whether a file or folder is named, lies in one that is, or holds one that is."""
    target = opened.target
    return target.names(path) or any(is_below(p, path) for p in (*target.files, *target.folders))


def _summarize(number: int, changes: dict[str, FileChange], *, would: bool) -> str:
    gone = sum(change.new is None for change in changes.values())
    written = len(changes) - gone
    verb = "is" if number == 1 else "are"
    text = f"{format_count(number, 'file')} {verb} as the workbooks say."
    if written:
        files = format_count(number, "file")
        text = f"{'Would write' if would else 'Wrote'} {written:,} of {files}."
    if gone:
        done = "Would delete" if would else "Deleted"
        text += f" {done} {format_count(gone, 'page')} without a row."
    return text


def _format_diff(session: Session, opened: Opened, changes: dict[str, FileChange]) -> Iterator[str]:
    """Yield a unified diff of files, sorted by path."""
    for path, change in sorted(changes.items()):
        shown = session.show_path(opened.target.root / path)
        old, new = (_split(data) for data in (change.old, change.new))
        before = shown if change.old is not None else "/dev/null"
        after = shown if change.new is not None else "/dev/null"
        for line in format_line_diff(old, new, before, after):
            yield _TEXT.show_line(line)


def _split(data: bytes | None) -> list[str]:
    """Return the lines of a file, in which a carriage return shows."""
    return data.decode("utf-8", "replace").split("\n") if data is not None else []
