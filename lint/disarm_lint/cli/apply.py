"""`disarm-lint apply`: make the changes of a list in workbooks whose rows may have moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint import __version__
from disarm_lint.changes import (
    LONGEST,
    SUFFIXES,
    AppliedChanges,
    BadChangeList,
    apply_changes,
    format_cell_diff,
    parse_changes,
)
from disarm_lint.cli.arguments import build_apply_parser
from disarm_lint.cli.session import start_session
from disarm_lint.cli.streams import Failure, Progress, print_text, write_file
from disarm_lint.cli.targets import choose_corpus
from disarm_lint.cli.writing import describe_behind, open_corpora, write_changes
from disarm_lint.model.words import format_count, shorten
from disarm_lint.project import SIZE_LIMIT
from disarm_lint.report.terminal import Charset, explain_marks
from disarm_lint.sources.filesystem import KeptTree, explain_os_error, is_file, open_regular
from disarm_lint.sources.journal import FileChange
from disarm_lint.sources.scope import is_workbook

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import TextIO

    from disarm_lint.changes import CellChange
    from disarm_lint.cli.session import Session
    from disarm_lint.cli.targets import Opened
    from disarm_lint.corpus.corpus import Corpus

_TEXT = Charset()


def run_apply(arguments: Sequence[str]) -> int:
    """Make the changes of a list, or show them, and return the exit status."""
    args = build_apply_parser().read(arguments)
    listed = read_change_list(args.list)
    paths = [args.path] if args.path is not None else []
    with Progress() as progress:
        session = start_session(config=args.config, progress=progress)
        opened = open_corpora(session, paths, writes=not args.diff)
        item = choose_corpus(opened, session.current, "a change list")
        # Writing the files must notice an edit that a person makes from here on.
        item = replace(item, tree=KeptTree(item.tree))
        corpus = session.read(item)
    applying = _Applying(args, session, item, corpus)
    here, elsewhere = applying.assign(listed)
    return applying.run(here, elsewhere)


def read_change_list(name: str) -> tuple[CellChange, ...]:
    """Return the changes that a file lists; raise Failure if it is not a change list."""
    check_suffix(name)
    path = Path(name)
    if not is_file(path):
        raise Failure(f"there is no change list “{name}”")
    try:
        with open_regular(path) as stream:
            data = stream.read(LONGEST + 1)
    except OSError as error:
        reason = explain_os_error(error)
        raise Failure(f"“{name}” cannot be read: {reason}") from None
    try:
        return parse_changes(name, data)
    except BadChangeList as problem:
        raise Failure(f"“{name}” cannot be read as a change list: {problem}") from None


def check_suffix(name: str) -> None:
    """Raise Failure if a file name does not have the suffix of a change list."""
    if not name.lower().endswith(SUFFIXES):
        raise Failure(f"a change list is a file {', '.join(SUFFIXES)}, not “{name}”")


def check_library(name: str) -> None:
    """Raise Failure if the library that writes a change list of this name is not installed."""
    if is_workbook(name) and find_spec("openpyxl") is None:
        raise Failure(
            "a change list as .xlsx needs openpyxl; install it with `pip install "
            "'disarm-lint[audit]'`, or name a file .csv or .json"
        )


def write_change_list(
    session: Session, opened: Opened, name: str, changes: Sequence[CellChange]
) -> None:
    """Write a change list in the format of its suffix; raise Failure if that cannot be done."""
    place = Path(name)
    if is_workbook(name) and any(
        place.resolve() == (opened.target.root / book).resolve()
        for book in {change.workbook for change in changes} | _list_books(opened)
    ):
        raise Failure(f"“{name}” is a workbook of the corpus; give the list another name")
    data = _format(name, changes)

    def render(stream: TextIO) -> None:
        stream.buffer.write(data)

    write_file(session.current / place, render)


def _list_books(opened: Opened) -> set[str]:
    from disarm_lint.project import list_inputs

    inputs = list_inputs(
        opened.tree, opened.loaded.config, opened.loaded.profile, sorted(opened.target.files)
    )
    return {path for path in inputs.files if is_workbook(path)}


def _format(name: str, changes: Sequence[CellChange]) -> bytes:
    from disarm_lint.changes import format_csv, format_json

    if name.lower().endswith(".json"):
        return format_json(changes, __version__)
    if name.lower().endswith(".csv"):
        return format_csv(changes)
    check_library(name)
    from disarm_lint.audit.workbook import build_change_workbook

    try:
        return build_change_workbook(changes)
    except ValueError as error:
        raise Failure(
            f"the text of {error} is too long for a cell of the list; name a file .csv or .json"
        ) from None


@dataclass(frozen=True)
class _Applying:
    """A change list and the corpora to which it is applied."""

    args: Namespace
    session: Session
    opened: Opened
    corpus: Corpus

    def assign(self, listed: Sequence[CellChange]) -> tuple[list[CellChange], list[CellChange]]:
        """Return the changes with the paths of workbooks here, and those for other workbooks.

        A workbook is found by its path, else by its file name. If a workbook is named on the
        command line, it stands for the one of its name in the list, else for the only one in
        the list, else for the only one with its sheets, because browsers rename downloads.
        """
        books = self._choose_books()
        named = {change.workbook for change in listed}
        meant = {name: path for name in named if (path := _find_book(name, books)) is not None}
        only = len(books) == 1 and self.opened.target.files
        if only and not meant:
            named_so = named if len(named) == 1 else self._find_by_sheets(listed, books[0])
            meant = dict.fromkeys(named_so, books[0])
        if only and not meant and listed:
            raise Failure(
                f"“{self.args.path}” is none of the workbooks that the list is about, by its name "
                f"and by its sheets: {', '.join(sorted(named))}"
            )
        here = [
            replace(change, workbook=meant.get(change.workbook, change.workbook))
            for change in listed
            if change.workbook in meant or not only
        ]
        return here, [change for change in listed if only and change.workbook not in meant]

    def _find_by_sheets(self, listed: Sequence[CellChange], book: str) -> set[str]:
        """Return the only workbook of a list whose sheets a workbook all has, if there is one."""
        sheets: dict[str, set[str]] = {}
        for change in listed:
            sheets.setdefault(change.workbook, set()).add(change.sheet)
        has = {d.sheet.name for d in self.corpus.rows if d.sheet is not None and d.path == book}
        fitting = {name for name, wanted in sheets.items() if wanted <= has}
        return fitting if len(fitting) == 1 else set()

    def _choose_books(self) -> list[str]:
        files = {path for path in self.opened.target.files if is_workbook(path)}
        known = [workbook.path for workbook in self.corpus.workbooks]
        books = [path for path in known if not files or path in files]
        if not books:
            where = self.session.show_path(self.opened.target.root)
            raise Failure(f"there is no workbook to change in “{where}”")
        for book in self.corpus.workbooks:
            if book.path in books and not book.documents and book.problems:
                shown = self.session.show_path(self.opened.target.root / book.path)
                raise Failure(f"“{shown}” cannot be read: {book.problems[0].reason}")
        return books

    def run(self, changes: Sequence[CellChange], elsewhere: Sequence[CellChange]) -> int:
        """Make the changes, report on them, and return the exit status."""

        def read(path: str) -> bytes:
            return self.opened.tree.read(path, SIZE_LIMIT)

        applied = apply_changes(self.corpus, changes, read)
        lines = [
            _TEXT.show_line(f"{change.place} ({shorten(change.row)}): not changed: {reason}")
            for change, reason in applied.unfit
        ]
        files = applied.files
        if applied.unfit and not self.args.skip_unmatched:
            files = {}
        if self.args.diff:
            for change, place in applied.made if files else ():
                old, new = _TEXT.show_exactly(change.old), _TEXT.show_exactly(change.new)
                lines += format_cell_diff("!".join(place), old, new)
            if explained := explain_marks("\n".join(lines)):
                lines += ["", explained]
        elif files:
            write_changes(
                self.session,
                self.opened,
                {path: FileChange(read(path), data) for path, data in files.items()},
                allow_dirty=self.args.allow_dirty,
            )
            lines += describe_behind(applied.behind)
        lines.append(self._summarize(applied, written=bool(files)))
        if elsewhere:
            number = format_count(len(elsewhere), "change is", "changes are")
            books = ", ".join(sorted({change.workbook for change in elsewhere}))
            lines.append(
                _TEXT.show_line(f"{number} about another workbook, and not made: {books}.")
            )
        print_text("\n".join(lines))
        return int(bool(applied.unfit) or (self.args.diff and bool(files)))

    def _summarize(self, applied: AppliedChanges, *, written: bool) -> str:
        cells = format_count(len(applied.made), "cell")
        books = format_count(len(applied.files), "workbook")
        verb = "Would change" if self.args.diff else "Changed"
        done = f"{verb} {cells} of {books}." if written else "Nothing to change."
        if applied.unfit and not written:
            done = "Nothing was changed."
        if applied.same:
            done += f" {format_count(len(applied.same), 'cell is', 'cells are')} so already."
        if applied.unfit:
            number = format_count(len(applied.unfit), "change does", "changes do")
            done += f" {number} not fit"
            if not written and applied.made:
                others = format_count(len(applied.made), "other one")
                done += f"; --skip-unmatched makes the {others}"
            done += "."
        return done


def _find_book(name: str, books: Sequence[str]) -> str | None:
    """Return the workbook that a list means, by its path, else by its file name."""
    if name in books:
        return name
    file = name.replace("\\", "/").rpartition("/")[2].casefold()
    found = [path for path in books if path.rpartition("/")[2].casefold() == file]
    return found[0] if len(found) == 1 else None
