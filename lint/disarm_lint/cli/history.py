"""`disarm-lint history`: the corpus through time, straight from git."""

from __future__ import annotations

import os
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint import __version__
from disarm_lint.cli.arguments import build_history_parser
from disarm_lint.cli.session import start_linting
from disarm_lint.cli.streams import (
    Failure,
    Progress,
    detect_charset,
    format_path,
    print_text,
    report_time,
    say,
    wants_colour,
    write_file,
    write_out,
)
from disarm_lint.model.words import format_count
from disarm_lint.sources.filesystem import DISK

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from disarm_lint.cli.session import Session
    from disarm_lint.history.history import History
    from disarm_lint.history.walk import HistoryRequest
    from disarm_lint.sources.git import Repository

_STDOUT = "-"


def check_html(args: Namespace) -> None:
    """Raise Failure if the report cannot be written, before the work is done."""
    if not args.html:
        raise Failure("--html names no file (is the variable in it set?)")
    if args.output_file is not None:
        raise Failure("--html names the file itself; leave out --output-file")
    if find_spec("jinja2") is None:
        raise Failure("--html needs jinja2; install it with `pip install 'disarm-lint[audit]'`")


def write_html(history: History, root: Path, current: Path, file: str) -> None:
    """Write the report of a history and say so; to stdout goes nothing but the report.

    Raises Failure if the file cannot be written.
    """
    from disarm_lint.audit.history import build_history_report, render_history_html
    from disarm_lint.report.report import Tool

    report = build_history_report(
        history,
        title=root.name,
        root=format_path(root, current),
        when=report_time(),
        tool=Tool("disarm-lint", __version__),
    )
    html = render_history_html(report)

    def write(stream: TextIO) -> None:
        stream.write(html)

    if file == _STDOUT:
        write_out(write, "utf-8", syntax="html")
        return
    write_file(Path(file), write)
    print_text(
        f"{file}: {format_count(report.commits.total, 'commit')}, "
        f"{format_count(report.releases.total, 'release')}, "
        f"{format_count(report.causes.total, 'cause')}, {report.open:,} of them still there"
    )


def run_history(arguments: Sequence[str]) -> int:
    """Tell the history of a corpus and return the exit status."""
    args = build_history_parser().read(arguments)
    if args.output_file == "":
        raise Failure("--output-file names no file (is the variable in it set?)")
    if args.html is not None:
        check_html(args)
    from disarm_lint.sources.git import GitError

    try:
        with Progress() as progress:
            session = start_linting(args, progress)
            request = _build_request(args.path, session)
            history = _read(request, args.since, session)
    except GitError as error:
        raise Failure(str(error)) from None
    _tell(history)
    if args.html is not None:
        write_html(history, request.root, session.current, args.html)
        return 0
    _write(history, request.root, session.current, args)
    return 0


def _build_request(path: str | None, session: Session) -> HistoryRequest:
    """Return what is to be linted.

    Raises Failure for a path that is not there, GitError where there is no
    repository or no commit, ConfigError for a configuration that is named and
    cannot be used.
    """
    from disarm_lint.sources.git import find_repository

    if path == "":
        raise Failure("the path is empty (is the variable in it set?)")
    place = (session.current / (path or ".")).resolve()
    repository = find_repository(place)
    return session.request_history(repository, _find_root(repository, place, path))


def _find_root(repository: Repository, place: Path, given: str | None) -> Path:
    """Return the root of the corpus around a place, as the last commit has it."""
    from disarm_lint.cli.revisions import Revisions
    from disarm_lint.sources.git import Blobs
    from disarm_lint.sources.scope import find_root

    head = repository.commit("HEAD")
    with Blobs(repository.git) as blobs:
        files = Revisions(repository, blobs).open_commit(head, "HEAD")
        if files.is_missing(place) and DISK.is_missing(place):
            raise Failure(f"there is no file or folder “{given}”")
        root = find_root(place, files)[0]
    if root != repository.top and repository.top not in root.parents:
        raise Failure(
            f"the corpus around “{place.name}” begins above its git repository "
            f"“{repository.top.name}”; its history is not that of the repository"
        )
    return root


def _read(request: HistoryRequest, since: str | None, session: Session) -> History:
    from disarm_lint.history.history import read_history

    history = read_history(request, request.folder, since, progress=session.progress)
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
            f"disarm-lint: the configuration of {commit[:7]} cannot be used, so it was linted "
            f"without one: {what}"
        )


def _write(history: History, root: Path, current: Path, args: Namespace) -> None:
    stream = sys.stdout if args.output_file is None else None

    def path(local: str) -> str:
        return format_path(root / local, current)

    shown = format_path(root, current)
    if args.json:
        from disarm_lint.history.history import encode_history
        from disarm_lint.report.data import write_json

        data = encode_history(history, version=__version__, root=shown, path=path)
        render: Callable[[TextIO], None] = partial(write_json, data)
        encoding = "utf-8"
    else:
        from disarm_lint.history.text import HistoryStyle, render_history_text
        from disarm_lint.report.terminal import Charset, Style

        charset = detect_charset(stream, os.environ) if stream is not None else Charset()
        colour = wants_colour(args.color, stream, os.environ)
        look = HistoryStyle(charset, Style(colour), path, every=args.commits, full=args.full)

        def render(out: TextIO) -> None:
            render_history_text(history, shown, out, look)

        encoding = charset.encoding
    if args.output_file is None:
        write_out(render, encoding, syntax="own" if args.json else "text")
    else:
        write_file(Path(args.output_file), render)
