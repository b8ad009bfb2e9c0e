"""`disarm-lint diff`: what differs between two commits, or a commit and the working tree."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint import __version__
from disarm_lint.cli.arguments import build_diff_parser
from disarm_lint.cli.rules import load_built_in_rules
from disarm_lint.cli.session import NEWCOMER, open_targets
from disarm_lint.cli.streams import (
    Failure,
    Progress,
    detect_charset,
    format_path,
    read_current_folder,
    say,
    wants_colour,
    write_file,
    write_out,
)
from disarm_lint.config.config import LoadedConfig, load_config
from disarm_lint.model.config import ConfigError
from disarm_lint.sources.filesystem import DISK
from disarm_lint.sources.scope import find_config

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from disarm_lint.cli.session import Opened
    from disarm_lint.compare.diff import Diff
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.project import DocumentParser
    from disarm_lint.ruleset import LoadedRule
    from disarm_lint.sources.blobs import Blobs
    from disarm_lint.sources.filesystem import FileSystem
    from disarm_lint.sources.git import Repository

# Of a commit's name, as git shows it.
_SHORT = 7


@dataclass(frozen=True)
class _Side:
    """One of the two states: what names it, and where it is looked at."""

    revision: str | None
    commit: str | None
    date: str | None
    look: FileSystem

    @property
    def label(self) -> str:
        """What people call it: `v1.5 (c5c2b8d, 2024-05-20)`."""
        if self.commit is None:
            return "the working tree"
        named = self.revision or ""
        if self.commit.startswith(named):
            return f"{named[:_SHORT]} ({self.date})"
        return f"{named} ({self.commit[:_SHORT]}, {self.date})"

    @property
    def data(self) -> dict[str, str | None]:
        """The same for programs."""
        return {"revision": self.revision, "commit": self.commit, "date": self.date}


def run(arguments: Sequence[str]) -> int:
    """Tell what differs between two states of a corpus and return the exit status."""
    words, paths = _split_arguments(arguments)
    args = build_diff_parser().read(words)
    if args.output_file == "":
        raise Failure("--output-file names no file (is the variable in it set?)")
    if len(args.revisions) > 2:
        raise Failure(
            f"diff compares two commits; “{args.revisions[2]}” is one too many. "
            "A path stands behind --, as in `disarm-lint diff v1.5 v1.6 -- path`"
        )
    current = read_current_folder()
    from disarm_lint.sources.blobs import Blobs
    from disarm_lint.sources.git import GitError, find_repository

    try:
        place = (current / paths[0]).resolve() if paths else current
        repository = find_repository(place)
        with ExitStack() as stack:
            blobs = stack.enter_context(Blobs(repository.git))
            old, new = _sides(args.revisions, repository, blobs, current)
            progress = stack.enter_context(Progress())
            diff, root = _compare(old, new, args, paths, current, progress)
    except GitError as error:
        raise Failure(str(error)) from None
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
        raise Failure("diff compares one corpus; name one path behind --")
    if paths == [""]:
        raise Failure("the path is empty (is the variable in it set?)")
    return words[:at], paths


def _sides(
    revisions: Sequence[str], repository: Repository, blobs: Blobs, current: Path
) -> tuple[_Side, _Side]:
    """Return the two states; raise GitError where a revision names no commit."""
    from disarm_lint.sources.git import GitError

    sides = []
    for revision in revisions:
        try:
            sides.append(_commit(revision, repository, blobs))
        except GitError:
            if not DISK.is_missing(current / revision):
                raise Failure(
                    f"“{revision}” is a path, not a commit; put it behind --, as in "
                    f"`disarm-lint diff HEAD -- {revision}`"
                ) from None
            raise
    if len(sides) == 2:
        return sides[0], sides[1]
    if repository.bare:
        raise Failure(f"“{repository.top}” is a bare repository; name two commits to compare")
    return sides[0], _Side(None, None, None, DISK)


def _commit(revision: str, repository: Repository, blobs: Blobs) -> _Side:
    from disarm_lint.sources.commit import GitFileSystem, TreeSnapshot, list_commit
    from disarm_lint.sources.git import GitError
    from disarm_lint.sources.log import read_commits

    if ".." in revision:
        raise GitError(
            f"“{revision}” names more than one commit; name the two apart, as in "
            "`disarm-lint diff v1.5 v1.6`"
        )
    commit = repository.commit(revision)
    date = read_commits(repository.git, [commit])[commit].day
    snapshot = TreeSnapshot(list_commit(repository.git, commit), blobs)
    look = GitFileSystem(snapshot, repository.top, f" in {revision}")
    return _Side(revision, commit, date, look)


def _compare(
    old: _Side,
    new: _Side,
    args: Namespace,
    paths: Sequence[str],
    current: Path,
    progress: Callable[[int, int], None],
) -> tuple[Diff, Path]:
    """Return what differs, and the root of the corpus."""
    from disarm_lint.compare.diff import compare, narrow_diff
    from disarm_lint.engine import compare_rules
    from disarm_lint.history.walk import CachingParser
    from disarm_lint.project import apply_config
    from disarm_lint.ruleset import build_selection

    rules = load_built_in_rules()
    opened = _open(new, args, paths, current, rules)
    parser = CachingParser()
    after = _read(opened, opened.loaded, new.look, parser, progress)
    _check(after, opened, new.look, current)
    loaded = _earlier(opened, old.look, rules, current, given=args.config is not None)
    before = _read(opened, loaded, old.look, parser, progress)
    _check(before, opened, old.look, current)
    diff = compare(before, after, pages=args.pages, label=old.label)
    config = opened.loaded.config
    selected = build_selection(rules, config.select, config.ignore)
    options = opened.loaded.options
    findings = compare_rules(after, diff.entities, rules, options, selected=selected)
    diff = replace(diff, findings=apply_config(findings, config))
    if not opened.whole:
        diff = narrow_diff(diff, opened.target.names)
    return diff, opened.target.root


def _open(
    side: _Side, args: Namespace, paths: Sequence[str], current: Path, rules: Sequence[LoadedRule]
) -> Opened:
    """Return the corpus that is meant; raise Failure where there is none, or more than one."""
    opened = open_targets(paths, current, args.config, rules, allow_empty=True, look=side.look)
    found = [item for item in opened if item.pages is not None] or opened
    if len(found) > 1:
        roots = " and ".join(format_path(item.target.root, current) for item in found[:2])
        raise Failure(f"there are several corpora, {roots}; name one of them behind --")
    return found[0]


def _check(corpus: Corpus, opened: Opened, look: FileSystem, current: Path) -> None:
    if not corpus.known:
        where = format_path(opened.target.root, current)
        raise Failure(f"there is no corpus in “{where}”{look.where}. {NEWCOMER}")


def _read(
    opened: Opened,
    loaded: LoadedConfig,
    look: FileSystem,
    parser: DocumentParser,
    progress: Callable[[int, int], None],
) -> Corpus:
    from disarm_lint.project import read_corpus

    root = opened.target.root
    return read_corpus(
        look.tree(root),
        loaded.config,
        profile=loaded.profile,
        named=sorted(file for file in opened.target.files if look.is_file(root / file)),
        progress=progress,
        parser=parser,
    )


def _earlier(
    opened: Opened, look: FileSystem, rules: Sequence[LoadedRule], current: Path, *, given: bool
) -> LoadedConfig:
    """Return the configuration of the earlier state; one that cannot be used is that of now."""
    if given:
        return opened.loaded
    root = opened.target.root
    path = next((p for place in (root, *root.parents) if (p := find_config(place, look))), None)
    if path is None:
        return LoadedConfig()
    try:
        return load_config(
            path, root, rules, shown=partial(format_path, current=current), look=look
        )
    except ConfigError as error:
        say(f"disarm-lint: the configuration{look.where} cannot be used, that of now is: {error}")
        return opened.loaded


def _write(diff: Diff, old: _Side, new: _Side, root: Path, current: Path, args: Namespace) -> None:
    stream = sys.stdout if args.output_file is None else None

    def path(local: str) -> str:
        return format_path(root / local, current)

    encoding = "utf-8"
    if args.output_format == "json":
        from disarm_lint.compare.data import diff_as_data
        from disarm_lint.report.data import write_json

        data = diff_as_data(
            diff,
            version=__version__,
            root=format_path(root, current),
            old=old.data,
            new=new.data,
            path=path,
        )
        render: Callable[[TextIO], None] = partial(write_json, data)
    elif args.output_format == "markdown":
        from disarm_lint.compare.markdown import render_diff_markdown

        def render(out: TextIO) -> None:
            render_diff_markdown(diff, old.label, new.label, out, path=path)
    else:
        from disarm_lint.compare.text import DiffStyle as TextLook
        from disarm_lint.compare.text import render_diff_text
        from disarm_lint.report.terminal import Charset, Style

        charset = detect_charset(stream, os.environ) if stream is not None else Charset()
        colour = wants_colour(args.color, stream, os.environ)
        look = TextLook(charset, Style(colour), path)

        def render(out: TextIO) -> None:
            render_diff_text(diff, old.label, new.label, out, look)

        encoding = charset.encoding
    if args.output_file is None:
        write_out(render, encoding)
    else:
        write_file(Path(args.output_file), render)
