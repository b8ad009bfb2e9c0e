"""Writing files of a corpus: all changes of one command, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.cli.streams import Failure, say
from disarm_lint.model.words import format_count
from disarm_lint.report.text import format_more
from disarm_lint.sources.commit import list_uncommitted
from disarm_lint.sources.filesystem import is_missing
from disarm_lint.sources.git import GitError
from disarm_lint.sources.journal import (
    JOURNAL,
    BadJournal,
    Busy,
    ChangedMeanwhile,
    FileChange,
    Unwritable,
    finish_interrupted,
    is_interrupted,
    write_together,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from disarm_lint.cli.session import Session
    from disarm_lint.cli.targets import Opened

_BUSY = (
    "another run of disarm-lint is writing here, or was interrupted; run this again when it is done"
)


def open_corpora(session: Session, paths: Sequence[str], *, writes: bool) -> list[Opened]:
    """Return what paths name, as `Session.open` does.

    A command that `writes` first finishes interrupted runs; another warns of them. Raises
    Failure if a run cannot be finished, and what `Session.open` raises.
    """
    opened = session.open(paths)
    if not writes:
        _warn_of_interrupted(session, opened)
        return opened
    finished = [_finish(session, item.target.root) for item in opened]
    return session.open(paths) if any(finished) else opened


def _warn_of_interrupted(session: Session, opened: Sequence[Opened]) -> None:
    """Warn that files may be half old, half new, if a run was interrupted."""
    for item in opened:
        if session.disk.is_missing(item.target.root / JOURNAL):
            continue
        # What is done about a journal depends on more than a witness sees.
        if session.witness is not None:
            session.witness.unsure = True
        if is_interrupted(item.target.root):
            where = session.show_path(item.target.root / JOURNAL)
            say(
                f"disarm-lint: a run that wrote files was interrupted (“{where}”): some may be "
                "new and others old; `disarm-lint fix` finishes it"
            )


def write_changes(
    session: Session,
    opened: Opened,
    changes: Mapping[str, FileChange],
    *,
    allow_dirty: bool,
    lost: Collection[str] = (),
) -> None:
    """Write all of the files of a corpus, or none; raise Failure if one cannot be written.

    Paths are relative to the root of the corpus, with forward slashes. Files that have
    changed since the change was planned are refused. So are workbooks that are open in a
    spreadsheet program and, unless `allow_dirty`, files with uncommitted changes in git.
    `lost` files are deleted for good, so they are also refused if no commit has them.
    """
    root = opened.target.root
    if not allow_dirty:
        _refuse_uncommitted(session, root, changes, lost)
    for path in sorted(changes):
        _refuse_open(session, root, path)
    try:
        write_together(root, changes)
    except ChangedMeanwhile as changed:
        raise Failure(
            f"“{session.show_path(root / changed.path)}” was changed by another program "
            "meanwhile; nothing was written, run this again"
        ) from None
    except Unwritable as problem:
        where = session.show_path(root / problem.path)
        raise Failure(f"“{where}” cannot be written: {problem.reason}") from None
    except (BadJournal, Busy):
        # Another run has made a journal since this one began.
        raise Failure(_BUSY) from None


def _finish(session: Session, root: Path) -> bool:
    """Finish an interrupted run, and tell whether anything was left to write."""
    where = session.show_path(root / JOURNAL)
    try:
        files = finish_interrupted(root)
    except BadJournal as problem:
        raise Failure(
            f"“{where}” was left by an interrupted run and cannot be used: {problem}; look "
            "through the files of the corpus, delete that folder, and run this again"
        ) from None
    except Unwritable as problem:
        shown = session.show_path(root / problem.path)
        raise Failure(
            f"an interrupted run cannot be finished, “{shown}” cannot be written: {problem.reason}"
        ) from None
    except Busy:
        raise Failure(_BUSY) from None
    if files:
        number = format_count(len(files), "file")
        say(f"disarm-lint: finished a run that was interrupted while it wrote {number}")
    return bool(files)


def _refuse_uncommitted(
    session: Session, root: Path, changes: Mapping[str, FileChange], lost: Collection[str]
) -> None:
    """Raise Failure if git could not restore the present content of a file to be written."""
    files = {
        root / path: change.old
        for path, change in sorted(changes.items())
        if change.old is not None
    }
    try:
        changed = list_uncommitted(root, files, {root / path for path in lost}) if files else []
    except GitError as error:
        raise Failure(
            f"whether files have uncommitted changes cannot be told: {error}; --allow-dirty edits "
            "them without asking git"
        ) from None
    if changed:
        files_with = name_first([f"“{session.show_path(p)}”" for p in changed], "has", "have")
        raise Failure(
            f"{files_with} uncommitted changes; commit them first, or use --allow-dirty to edit "
            "all the same"
        )


def _refuse_open(session: Session, root: Path, path: str) -> None:
    """Raise Failure for a workbook that is open in a spreadsheet program."""
    folder, _, name = path.rpartition("/")
    # The lock files that Excel and LibreOffice put beside an open file.
    locks = (f"~${name}", f".~lock.{name}#")
    if name.lower().endswith(".xlsx") and any(
        not is_missing(root / folder / lock) for lock in locks
    ):
        raise Failure(
            f"“{session.show_path(root / path)}” is open in a spreadsheet "
            "program; close it there, and run this again"
        )


def describe_behind(places: Iterable[str]) -> list[str]:
    """Return a sentence on the formulas that may read edited cells and keep their old values."""
    found = list(dict.fromkeys(places))
    if not found:
        return []
    them = name_first(found, "has a formula", "have formulas")
    return [
        f"{them} that may read edited cells: programs such as pandas see the old values until the "
        "workbook is opened and saved in a spreadsheet program."
    ]


def name_first(places: Sequence[str], one: str, several: str) -> str:
    """Return the first place, the number of others, and the verb in the right number."""
    return f"{places[0]}{format_more(len(places))} {one if len(places) == 1 else several}"
