"""`disarm-lint diff`: what differs between two commits, a commit and the disk, or two folders."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint import __version__
from disarm_lint.cli.arguments import build_diff_parser
from disarm_lint.cli.revisions import Revisions
from disarm_lint.cli.session import start_session
from disarm_lint.cli.streams import (
    Failure,
    Progress,
    detect_charset,
    format_path,
    wants_colour,
    write_file,
    write_out,
)
from disarm_lint.cli.targets import NEWCOMER
from disarm_lint.sources.filesystem import DISK

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from disarm_lint.cli.session import Session
    from disarm_lint.cli.targets import Opened
    from disarm_lint.compare.diff import Diff
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.project import DocumentParser
    from disarm_lint.sources.filesystem import FileSystem

# Of a commit's name, as git shows it.
_SHORT = 7
_TWO_FOLDERS = "name two folders to compare, as in `disarm-lint diff 1.5 1.6`"


@dataclass(frozen=True)
class _Side:
    """One of the two states: what names it, and where it is looked at.

    A `folder` is named by its path, or by the `name` that was given to it.
    """

    revision: str | None
    commit: str | None
    date: str | None
    files: FileSystem
    folder: str | None = None
    name: str = ""

    @property
    def label(self) -> str:
        """What people call it: `v1.5 (c5c2b8d, 2024-05-20)`."""
        if self.folder is not None:
            return self.name or self.folder
        if self.commit is None:
            return "the working tree"
        named = self.revision or ""
        if self.commit.startswith(named):
            return f"{named[:_SHORT]} ({self.date})"
        return f"{named} ({self.commit[:_SHORT]}, {self.date})"

    @property
    def data(self) -> dict[str, str | None]:
        """The same for programs."""
        data = {"revision": self.revision, "commit": self.commit, "date": self.date}
        if self.folder is not None:
            data |= {"folder": self.folder, "label": self.label}
        return data


def run_diff(arguments: Sequence[str]) -> int:
    """Tell what differs between two states of a corpus and return the exit status."""
    words, paths = _split_arguments(arguments)
    args = build_diff_parser().read(words)
    if args.output_file == "":
        raise Failure("--output-file names no file (is the variable in it set?)")
    if len(args.revisions) > 2:
        raise Failure(
            f"diff compares two commits, or two folders; “{args.revisions[2]}” is one too many. "
            "A path goes after --, as in `disarm-lint diff v1.5 v1.6 -- path`"
        )
    from disarm_lint.sources.git import Blobs, GitError, find_repository

    session = start_session(config=args.config, allow_empty=True)
    current = session.current
    if (folders := _find_folders(args.revisions, current)) is not None:
        if paths:
            raise Failure("diff compares two folders as they are; name no path after --")
        old, new = folders
        with Progress() as progress:
            session = replace(session, progress=progress)
            diff, root = _compare_folders(old, new, session, pages=args.pages)
        _write(diff, old, new, root, current, args)
        return 0
    try:
        repository = find_repository((current / paths[0]).resolve() if paths else current)
        with Blobs(repository.git) as blobs, Progress() as progress:
            old, new = _open_sides(args.revisions, Revisions(repository, blobs), current)
            session = replace(session, progress=progress)
            diff, root = _compare(old, new, paths, session, pages=args.pages)
    except GitError as error:
        named = any(DISK.is_folder(current / name) for name in args.revisions)
        hint = f": {_TWO_FOLDERS}" if named else ""
        raise Failure(f"{error}{hint}") from None
    _write(diff, old, new, root, current, args)
    return 0


def _split_arguments(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what stands before and behind `--`."""
    words = list(arguments)
    if "--" not in words:
        return words, []
    at = words.index("--")
    paths = words[at + 1 :]
    if len(paths) > 1:
        raise Failure("diff compares one corpus; name one path after --")
    if paths == [""]:
        raise Failure("the path is empty (is the variable in it set?)")
    return words[:at], paths


def _find_folders(names: Sequence[str], current: Path) -> tuple[_Side, _Side] | None:
    """Return the two folders that are named, with or without labels; None for commits.

    Raises Failure if one of two is a folder, and the other neither that nor a commit.
    What names a commit as well as a folder is the commit, as for git.
    """
    from disarm_lint.cli.audit import split_label

    pairs = [split_label(name, current) for name in names]
    there = [bool(path) and DISK.is_folder(current / path) for _, path in pairs]
    if len(pairs) != 2 or not any(there):
        return None
    if any(not label and _names_commit(path, current) for label, path in pairs):
        return None
    if not all(there):
        _, path = pairs[there.index(False)]
        if path and not DISK.is_missing(current / path):
            raise Failure(f"“{path}” is no folder: {_TWO_FOLDERS}")
        raise Failure(f"there is neither a folder nor a commit “{path}”: {_TWO_FOLDERS}")
    old, new = (_Side(None, None, None, DISK, path, label) for label, path in pairs)
    return old, new


def _names_commit(name: str, current: Path) -> bool:
    from disarm_lint.sources.git import GitError, find_repository

    try:
        find_repository(current).commit(name)
    except GitError:
        return False
    return True


def _compare_folders(old: _Side, new: _Side, session: Session, *, pages: bool) -> tuple[Diff, Path]:
    """Return what differs between two folders, and the root of the later corpus."""
    from disarm_lint.history.walk import CachingParser

    parser = CachingParser()
    opened = [_open(session, [side.folder or ""], where="") for side in (new, old)]
    after, before = (_read(session, item, item, parser) for item in opened)
    return _judge(before, after, opened[0], session, label=old.label, pages=pages)


def _open_sides(names: Sequence[str], revisions: Revisions, current: Path) -> tuple[_Side, _Side]:
    """Return the two states; raise GitError if a revision names no commit."""
    from disarm_lint.sources.git import GitError

    sides = []
    for revision in names:
        try:
            sides.append(_open_commit(revision, revisions))
        except GitError:
            if not DISK.is_missing(current / revision):
                if len(names) == 1 and DISK.is_folder(current / revision):
                    raise Failure(
                        f"“{revision}” is a folder, not a commit: {_TWO_FOLDERS}, or put it after "
                        f"--, as in `disarm-lint diff HEAD -- {revision}`"
                    ) from None
                raise Failure(
                    f"“{revision}” is a path, not a commit; put it after --, as in "
                    f"`disarm-lint diff HEAD -- {revision}`"
                ) from None
            raise
    if len(sides) == 2:
        return sides[0], sides[1]
    if revisions.repository.bare:
        top = revisions.repository.top
        raise Failure(f"“{top}” is a bare repository; name two commits to compare")
    return sides[0], _Side(None, None, None, DISK)


def _open_commit(revision: str, revisions: Revisions) -> _Side:
    from disarm_lint.sources.git import GitError
    from disarm_lint.sources.log import read_commits

    if ".." in revision:
        raise GitError(
            f"“{revision}” names more than one commit; name the two apart, as in "
            "`disarm-lint diff v1.5 v1.6`"
        )
    commit = revisions.repository.commit(revision)
    date = read_commits(revisions.repository.git, [commit])[commit].day
    return _Side(revision, commit, date, revisions.open_commit(commit, revision))


def _compare(
    old: _Side, new: _Side, paths: Sequence[str], session: Session, *, pages: bool
) -> tuple[Diff, Path]:
    """Return what differs, and the root of the corpus."""
    from disarm_lint.history.walk import CachingParser

    parser = CachingParser()
    opened = _open(session.at(new.files), paths)
    after = _read(session.at(new.files), opened, opened, parser)
    before = _read(session.at(old.files), opened, session.at(old.files).reopen(opened), parser)
    return _judge(before, after, opened, session, label=old.label, pages=pages)


def _judge(
    before: Corpus, after: Corpus, opened: Opened, session: Session, *, label: str, pages: bool
) -> tuple[Diff, Path]:
    """Return what differs between two corpora, with findings, and the root of the later one."""
    from disarm_lint.compare.diff import compare, narrow_diff
    from disarm_lint.engine import compare_rules
    from disarm_lint.project import apply_config
    from disarm_lint.ruleset import build_selection

    diff = compare(before, after, pages=pages, label=label)
    config = opened.loaded.config
    selected = build_selection(session.rules, config.select, config.ignore)
    options = opened.loaded.options
    findings = compare_rules(after, diff.entities, session.rules, options, selected=selected)
    diff = replace(diff, findings=apply_config(findings, config))
    if not opened.whole:
        diff = narrow_diff(diff, opened.target.names)
    return diff, opened.target.root


def _open(session: Session, paths: Sequence[str], where: str = " after --") -> Opened:
    """Return the corpus that is meant; raise Failure if there is none, or more than one.

    `where` says where one of several corpora is named.
    """
    opened = session.open(paths)
    found = [item for item in opened if item.pages is not None] or opened
    if len(found) > 1:
        roots = " and ".join(session.show_path(item.target.root) for item in found[:2])
        raise Failure(f"there are several corpora, {roots}; name one of them{where}")
    return found[0]


def _read(session: Session, named: Opened, opened: Opened | None, parser: DocumentParser) -> Corpus:
    """Return a side of the corpus that was named; raise Failure if there is none."""
    corpus = session.read(opened, parser) if opened is not None else None
    if corpus is None or not corpus.known:
        where = session.show_path(named.target.root)
        raise Failure(f"there is no corpus in “{where}”{session.files.where}. {NEWCOMER}")
    return corpus


def _write(diff: Diff, old: _Side, new: _Side, root: Path, current: Path, args: Namespace) -> None:
    stream = sys.stdout if args.output_file is None else None

    def path(local: str) -> str:
        return format_path(root / local, current)

    encoding = "utf-8"
    if args.output_format == "json":
        from disarm_lint.compare.diff import encode_diff
        from disarm_lint.report.data import write_json

        data = encode_diff(
            diff,
            version=__version__,
            root=format_path(root, current),
            old=old.data,
            new=new.data,
            path=path,
        )
        render: Callable[[TextIO], None] = partial(write_json, data)
    elif args.output_format == "markdown":
        from disarm_lint.compare.text import render_diff_markdown

        def render(out: TextIO) -> None:
            render_diff_markdown(diff, old.label, new.label, out, path=path)
    else:
        from disarm_lint.compare.text import DiffStyle, render_diff_text
        from disarm_lint.report.terminal import Charset, Style

        charset = detect_charset(stream, os.environ) if stream is not None else Charset()
        colour = wants_colour(args.color, stream, os.environ)
        style = DiffStyle(charset, Style(colour), path)

        def render(out: TextIO) -> None:
            render_diff_text(diff, old.label, new.label, out, style)

        encoding = charset.encoding
    if args.output_file is None:
        write_out(render, encoding, syntax="own" if args.output_format == "json" else "text")
    else:
        write_file(Path(args.output_file), render)
