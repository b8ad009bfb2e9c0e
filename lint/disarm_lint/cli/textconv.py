"""`disarm-lint textconv`: a workbook as plain text, for git."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.cli.arguments import build_textconv_parser
from disarm_lint.cli.streams import Failure, write_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO


def run(arguments: Sequence[str]) -> int:
    """Print a workbook and return the exit status."""
    file = _file(build_textconv_parser().read(arguments).file)
    from disarm_lint.compare.text import render_plain

    def render(stream: TextIO) -> None:
        render_plain(file.name, data, stream)

    data = _read(file)
    # Whatever the locale: what git compares must not depend on it.
    write_out(render, "utf-8")
    return 0


def _file(name: str) -> Path:
    """Return the file that is meant; raise Failure for an empty name."""
    if not name:
        raise Failure("the path is empty (is the variable in it set?)")
    return Path(name)


def _read(file: Path) -> bytes:
    from disarm_lint.parse.xlsx_limits import MOST_BYTES

    try:
        with file.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise Failure(f"“{file}” cannot be read: {reason}") from None
