"""`disarm-lint history`: the corpus through time, straight from git."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint import __version__
from disarm_lint.cli.arguments_of_reports import history_parser
from disarm_lint.cli.errors import Failure
from disarm_lint.cli.given import given_selectors
from disarm_lint.cli.history_html import check_html, write_html
from disarm_lint.cli.progress import Progress
from disarm_lint.cli.rules import all_rules
from disarm_lint.cli.streams import charset_of, say, wants_colour, write_file, write_out
from disarm_lint.cli.targets import current_folder, shown_path
from disarm_lint.reading.look import DISK

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from disarm_lint.git.repository import Repository
    from disarm_lint.history.build import History
    from disarm_lint.history.walk import Request


def run(arguments: Sequence[str]) -> int:
    """Tell the history of a corpus and return the exit status."""
    args = history_parser().read(arguments)
    if args.output_file == "":
        raise Failure("--output-file names no file (is the variable in it set?)")
    if args.html is not None:
        check_html(args)
    current = current_folder()
    from disarm_lint.git.process import GitError

    try:
        request, folder = requested(args, current)
        with Progress() as progress:
            history = _read(request, folder, args.since, progress)
    except GitError as error:
        raise Failure(str(error)) from None
    _tell(history)
    if args.html is not None:
        write_html(history, request.root, current, args.html)
        return 0
    _write(history, request.root, current, args)
    return 0


def requested(args: Namespace, current: Path) -> tuple[Request, str]:
    """Return what is to be linted, and the corpus root from the top of the repository.

    Raises Failure for a path that is not there, GitError where there is no
    repository or no commit, ConfigError for a configuration that is named and
    cannot be used.
    """
    from disarm_lint.git.repository import find_repository
    from disarm_lint.history.walk import Request

    if args.path == "":
        raise Failure("the path is empty (is the variable in it set?)")
    place = (current / (args.path or ".")).resolve()
    repository = find_repository(place)
    rules = all_rules()
    shown = partial(shown_path, current=current)
    root = _root(repository, place, args.path)
    given = None
    if args.config is not None:
        from disarm_lint.config.load import load_config

        file = Path(args.config).resolve()
        if not DISK.is_file(file):
            raise Failure(f"there is no configuration file “{args.config}”")
        given = load_config(file, root, rules, shown=shown)
    request = Request(
        repository=repository,
        root=root,
        rules=rules,
        given=given,
        select=given_selectors(args.select, "--select", rules),
        ignore=given_selectors(args.ignore, "--ignore", rules),
        include_orphans=args.include_orphans,
        shown=shown,
    )
    folder = root.relative_to(repository.top).as_posix()
    return request, "" if folder == "." else folder


def _root(repository: Repository, place: Path, given: str | None) -> Path:
    """Return the root of the corpus around a place, as the last commit has it."""
    from disarm_lint.git.blobs import Blobs
    from disarm_lint.git.listing import list_commit
    from disarm_lint.git.look import GitLook
    from disarm_lint.git.snapshot import Snapshot
    from disarm_lint.reading.scope import find_root

    head = repository.commit("HEAD")
    with Blobs(repository.git) as blobs:
        snapshot = Snapshot(list_commit(repository.git, head), blobs)
        look = GitLook(snapshot, repository.top, " in HEAD")
        if look.is_missing(place) and DISK.is_missing(place):
            raise Failure(f"there is no file or folder “{given}”")
        root = find_root(place, look)[0]
    if root != repository.top and repository.top not in root.parents:
        raise Failure(
            f"the corpus around “{place.name}” begins above its git repository "
            f"“{repository.top.name}”; its history is not that of the repository"
        )
    return root


def _read(
    request: Request, folder: str, since: str | None, progress: Callable[[int, int], None]
) -> History:
    from disarm_lint.history.build import read_history

    history = read_history(request, folder, since, progress=progress)
    if not any(step.state.files for step in (*history.base, *history.commits)):
        shown = request.shown(request.root)
        raise Failure(
            f"no commit holds a corpus in “{shown}”: a corpus is a folder that holds "
            "generated_pages/, the Markdown pages of the DISARM framework; name it, as in "
            "`disarm-lint history path/to/DISARMframeworks`"
        )
    return history


def _tell(history: History) -> None:
    """Say on stderr what makes the history less than whole."""
    if history.shallow:
        say(
            "disarm-lint: this clone is shallow, so the history begins with its oldest commit; "
            "`git fetch --unshallow` gets the rest"
        )
    for commit, what in history.unusable.items():
        say(
            f"disarm-lint: the configuration of {commit[:7]} cannot be used, so it has none: {what}"
        )


def _write(history: History, root: Path, current: Path, args: Namespace) -> None:
    stream = sys.stdout if args.output_file is None else None

    def path(local: str) -> str:
        return shown_path(root / local, current)

    shown = shown_path(root, current)
    if args.json:
        from disarm_lint.history.data import as_data
        from disarm_lint.output.machine import write_json

        data = as_data(history, version=__version__, root=shown, path=path)
        render: Callable[[TextIO], None] = partial(write_json, data)
        encoding = "utf-8"
    else:
        from disarm_lint.history.text import Look, render_text
        from disarm_lint.output.style import Style
        from disarm_lint.output.visible import Charset

        charset = charset_of(stream, os.environ) if stream is not None else Charset()
        colour = wants_colour(args.color, stream, os.environ)
        look = Look(charset, Style(colour), path, every=args.commits, full=args.full)

        def render(out: TextIO) -> None:
            render_text(history, shown, out, look)

        encoding = charset.encoding
    if args.output_file is None:
        write_out(render, encoding)
    else:
        write_file(Path(args.output_file), render)
