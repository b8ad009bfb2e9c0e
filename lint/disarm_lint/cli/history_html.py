"""What `history` writes to be read: one HTML file."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint import __version__
from disarm_lint.cli.clock import report_time
from disarm_lint.cli.errors import Failure
from disarm_lint.cli.streams import print_text, write_file, write_out
from disarm_lint.cli.targets import shown_path

if TYPE_CHECKING:
    from argparse import Namespace
    from typing import TextIO

    from disarm_lint.history.build import History

_STDOUT = "-"
_NEEDED = ("jinja2", "matplotlib")


def check_html(args: Namespace) -> None:
    """Raise Failure where the report cannot be written, before the work is done."""
    if not args.html:
        raise Failure("--html names no file (is the variable in it set?)")
    if args.output_file is not None:
        raise Failure("--html names the file itself; leave out --output-file")
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise Failure(
            f"the HTML report needs {' and '.join(missing)}; "
            "install with `pip install 'disarm-lint[audit]'`"
        )


def write_html(history: History, root: Path, current: Path, file: str) -> None:
    """Write the report of a history and say so; to stdout goes nothing but the report.

    Raises Failure where the file cannot be written.
    """
    from disarm_lint.audit.history import build_history_report
    from disarm_lint.audit.history_html import render_history_html
    from disarm_lint.output.report import Tool

    report = build_history_report(
        history,
        title=root.name,
        root=shown_path(root, current),
        when=report_time(),
        tool=Tool("disarm-lint", __version__),
    )
    html = render_history_html(report)

    def write(stream: TextIO) -> None:
        stream.write(html)

    if file == _STDOUT:
        write_out(write, "utf-8")
        return
    write_file(Path(file), write)
    print_text(
        f"{file}: {_counted(report.commits.total, 'commit')}, "
        f"{_counted(report.releases.total, 'release')}, "
        f"{_counted(report.causes.total, 'cause')}, {report.open:,} of them still there"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
