"""What `audit` writes for spreadsheets: tables, and annotated copies of the workbooks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.cli.errors import Failure
from disarm_lint.cli.streams import say, write_file, write_out
from disarm_lint.reading.tree import Unreadable
from disarm_lint.workbooks.guard import MOST_BYTES, BadWorkbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from disarm_lint.audit.annotate import Master
    from disarm_lint.audit.model import Audit
    from disarm_lint.cli.lint import Linted, Opened

_STDOUT = "-"
# By this mark programs on Windows know a CSV file in UTF-8.
_BOM = "\ufeff"


def causes_file(file: Path) -> Path:
    """Return where the causes go beside the findings: `report-causes.csv`."""
    return file.with_name(f"{file.stem}-causes{file.suffix}")


def write_csv(audit: Audit, file: str) -> None:
    """Write the findings as CSV, and the causes into a second file beside it.

    Stdout gets the findings alone.
    """
    from disarm_lint.audit.tables import render_causes
    from disarm_lint.output.table import render_csv

    if file == _STDOUT:
        write_out(lambda stream: render_csv(audit.report, stream), "utf-8")
        say("disarm-lint: the causes are only written beside a file; name one to have them")
        return
    write_file(Path(file), _marked(lambda stream: render_csv(audit.report, stream)))
    causes = _marked(lambda stream: render_causes(audit.causes, stream))
    write_file(causes_file(Path(file)), causes)


def write_xlsx(audit: Audit, file: str) -> None:
    """Write findings and causes as a workbook."""
    from disarm_lint.audit.tables import report_workbook

    write_bytes(Path(file), report_workbook(audit))


def write_bytes(file: Path, data: bytes) -> None:
    """Write a file, replaced at the end or left as it was; raise Failure where it cannot be."""

    def write(stream: TextIO) -> None:
        stream.buffer.write(data)

    write_file(file, write)


def masters_of(opened: Sequence[Opened], linted: Sequence[Linted]) -> tuple[Master, ...]:
    """Return the workbooks of some targets with their findings; needs what they are read from.

    Raises Failure for one that cannot be read.
    """
    from disarm_lint.audit.annotate import Master, findings_in

    masters = []
    for place, item in zip(opened, linted, strict=True):
        for workbook in item.corpus.workbooks if item.corpus else ():
            path = workbook.path
            try:
                data = place.tree.read(path, MOST_BYTES)
            except Unreadable as problem:
                raise Failure(f"“{path}” cannot be read: {problem.reason}") from None
            folder = (place.target.root / path).parent
            masters.append(Master(path, folder, data, findings_in(path, item.findings)))
    return tuple(masters)


def write_annotated(masters: Sequence[Master], folder: str) -> None:
    """Write annotated copies of workbooks into a folder, under their own names.

    Raises Failure where one of them may not or cannot be written; then none is.
    """
    from disarm_lint.audit.annotate import annotated
    from disarm_lint.audit.copies import refusal

    if not masters:
        raise Failure(
            "there is no workbook to annotate: the corpus (the last one, where several "
            "are compared) has no master data that could be read"
        )
    place = Path(folder)
    if reason := refusal(place, masters):
        raise Failure(f"--annotate: {reason}")
    copies = []
    for master in masters:
        try:
            copies.append(annotated(master))
        except BadWorkbookError as problem:
            raise Failure(f"“{master.path}” cannot be annotated: {problem.reason}") from None
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise Failure(f"the folder “{folder}” cannot be made: {reason}") from None
    for copy in copies:
        write_bytes(place / copy.name, copy.data)


def _marked(render: Callable[[TextIO], None]) -> Callable[[TextIO], None]:
    def write(stream: TextIO) -> None:
        stream.write(_BOM)
        render(stream)

    return write
