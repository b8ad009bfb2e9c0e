"""`disarm-lint audit`: lint corpora and write a report to read."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.cli.arguments import build_audit_parser
from disarm_lint.cli.past import blame_findings
from disarm_lint.cli.revisions import open_view
from disarm_lint.cli.session import (
    Linted,
    Session,
    drop_searched,
    merge_findings,
    report_findings,
    start_linting,
)
from disarm_lint.cli.streams import (
    Failure,
    Progress,
    print_text,
    report_time,
    say,
    write_file,
    write_out,
)
from disarm_lint.parse.xlsx_limits import MOST_BYTES, BadWorkbookError
from disarm_lint.report.report import CorpusInfo
from disarm_lint.report.text import format_summary
from disarm_lint.sources.filesystem import DISK, Unreadable, explain_os_error

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from typing import TextIO

    from disarm_lint.audit.build import ReleaseComparison
    from disarm_lint.audit.model import Audit, Release
    from disarm_lint.audit.workbook import AnnotatedMaster
    from disarm_lint.cli.targets import Opened
    from disarm_lint.compare.fates import Coverage
    from disarm_lint.report.report import Report

_EXAMPLE = "as in `disarm-lint audit 1.6=old/corpus 1.7=new/corpus`"
_STDOUT = "-"


def name_causes_file(file: Path) -> Path:
    """Return where the causes go beside the findings: `report-causes.csv`."""
    return file.with_name(f"{file.stem}-causes{file.suffix}")


def write_csv(audit: Audit, file: str) -> None:
    """Write the findings as CSV, and the causes into a second file beside it.

    Stdout gets the findings alone.
    """
    from disarm_lint.audit.tables import render_causes
    from disarm_lint.report.data import render_csv

    if file == _STDOUT:
        write_out(lambda stream: render_csv(audit.report, stream), "utf-8")
        say("disarm-lint: the causes are only written beside a file; name one to have them")
        return
    write_file(Path(file), lambda stream: render_csv(audit.report, stream))
    causes_file = name_causes_file(Path(file))
    write_file(causes_file, lambda stream: render_causes(audit.causes, stream))


def write_xlsx(audit: Audit, file: str) -> None:
    """Write findings and causes as a workbook."""
    from disarm_lint.audit.tables import report_workbook

    with _check_temporary_files():
        data = report_workbook(audit)
    write_bytes(Path(file), data)


@contextmanager
def _check_temporary_files() -> Iterator[None]:
    """Raise Failure if the files in which openpyxl collects a workbook cannot be written."""
    try:
        yield
    except OSError as error:
        reason = explain_os_error(error)
        what = "a temporary file cannot be written"
        raise Failure(f"{what}: {reason}; TMPDIR can name another folder for it") from None


def write_bytes(file: Path, data: bytes) -> None:
    """Write a file, replaced at the end or left as it was; raise Failure if it cannot be."""

    def write(stream: TextIO) -> None:
        stream.buffer.write(data)

    write_file(file, write)


def collect_masters(
    opened: Sequence[Opened], linted: Sequence[Linted]
) -> tuple[AnnotatedMaster, ...]:
    """Return the workbooks of some targets with their findings; needs what they are read from.

    Raises Failure for one that cannot be read.
    """
    from disarm_lint.audit.annotate import select_findings
    from disarm_lint.audit.workbook import AnnotatedMaster

    masters = []
    for place, item in zip(opened, linted, strict=True):
        for workbook in item.corpus.workbooks if item.corpus else ():
            path = workbook.path
            try:
                data = place.tree.read(path, MOST_BYTES)
            except Unreadable as problem:
                raise Failure(f"“{path}” cannot be read: {problem.reason}") from None
            folder = (place.target.root / path).parent
            masters.append(
                AnnotatedMaster(path, folder, data, select_findings(path, item.findings))
            )
    return tuple(masters)


def write_annotated(masters: Sequence[AnnotatedMaster], folder: str) -> None:
    """Write annotated copies of workbooks into a folder, under their own names.

    Raises Failure if one of them may not or cannot be written; then none is.
    """
    from disarm_lint.audit.annotate import annotate_workbook
    from disarm_lint.audit.workbook import check_folder

    if not masters:
        raise Failure(
            "there is no workbook to annotate: the corpus (the last one, where several "
            "are compared) has no master data that could be read"
        )
    place = Path(folder)
    if reason := check_folder(place, masters):
        raise Failure(f"--annotate: {reason}")
    copies = []
    for master in masters:
        try:
            with _check_temporary_files():
                copies.append(annotate_workbook(master))
        except BadWorkbookError as problem:
            raise Failure(f"“{master.path}” cannot be annotated: {problem.reason}") from None
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = explain_os_error(error)
        raise Failure(f"the folder “{folder}” cannot be created: {reason}") from None
    for copy in copies:
        write_bytes(place / copy.name, copy.data)


DEFAULT = "disarm-lint-audit.html"
_STDOUT = "-"
_NEEDED = {
    "html": "jinja2",
    "csv": "",
    "xlsx": "openpyxl",
    "annotate": "openpyxl",
}


@dataclass(frozen=True)
class Audited:
    """What the outputs are made of: a report, and what it was compared with.

    Where several corpora are compared, `audit` and `report` are those of the last one.
    `masters` are its workbooks, where annotated copies are asked for.
    """

    audit: Audit
    report: Report
    comparison: ReleaseComparison | None = None
    masters: tuple[AnnotatedMaster, ...] = ()


def run_audit(arguments: Sequence[str]) -> int:
    """Lint, write what was asked for, and return the exit status."""
    args = build_audit_parser().read(arguments)
    outputs = _plan_outputs(args)
    with Progress() as progress:
        session = start_linting(args, progress)
        audited = _run_audit(args, session)
        for file, write in outputs:
            write(audited, file)
    written = [file for file, _ in outputs if file != _STDOUT]
    if written:
        # Where a report goes to stdout, nothing else may.
        tell = print_text if len(written) == len(outputs) else say
        if args.csv in written:
            written.insert(written.index(args.csv) + 1, str(name_causes_file(Path(args.csv))))
        of = f"{audited.audit.title}, the last of those compared: " if audited.comparison else ""
        tell(f"{', '.join(written)}: {of}{format_summary(audited.report)}")
    return 0


def _plan_outputs(args: Namespace) -> list[tuple[str, Callable[[Audited, str], None]]]:
    """Return the files to write and what writes each."""
    writers: dict[str, Callable[[Audited, str], None]] = {
        # First, since it can be refused: then nothing is written.
        "annotate": lambda audited, folder: write_annotated(audited.masters, folder),
        "html": write_html,
        "csv": lambda audited, file: write_csv(audited.audit, file),
        "xlsx": lambda audited, file: write_xlsx(audited.audit, file),
    }
    asked = [(key, getattr(args, key)) for key in writers if getattr(args, key) is not None]
    for key, file in asked:
        if not file:
            raise Failure(f"--{key} names no file (is the variable in it set?)")
        if file == _STDOUT and key in ("xlsx", "annotate"):
            raise Failure(f"--{key} cannot go to stdout; name a place on disk")
    _check_apart(asked)
    chosen = asked or [("html", DEFAULT)]
    for key, _ in chosen:
        _check_installed(key)
    return [(file, writers[key]) for key, file in chosen]


def _check_apart(asked: Sequence[tuple[str, str]]) -> None:
    """Raise Failure where two outputs would replace each other."""
    taken: dict[Path, str] = {}
    for key, file in asked:
        own = [Path(file)]
        if key == "csv" and file != _STDOUT:
            own.append(name_causes_file(own[0]))
        for path in own:
            if other := taken.get(path):
                where = "to stdout; name a file" if file == _STDOUT else f"“{path}”; name two files"
                raise Failure(f"--{other} and --{key} would both write {where}")
            taken[path] = key


def _check_installed(key: str) -> None:
    needed = _NEEDED[key]
    if needed and find_spec(needed) is None:
        raise Failure(f"--{key} needs {needed}; install it with `pip install 'disarm-lint[audit]'`")


def write_html(audited: Audited, file: str) -> None:
    """Write the report as one HTML file."""
    from disarm_lint.audit.html import render_html

    html = render_html(audited.audit, audited.comparison)
    if file == _STDOUT:
        write_out(lambda stream: _write(stream.write, html), "utf-8", syntax="html")
    else:
        write_file(Path(file), lambda stream: _write(stream.write, html))


def _write(write: Callable[[str], object], text: str) -> None:
    write(text)


def _run_audit(args: Namespace, session: Session) -> Audited:
    from disarm_lint.audit.build import ReleaseColumn, compare_columns
    from disarm_lint.compare.fates import map_superseding
    from disarm_lint.corpus.release import index_release

    when = report_time()
    columns: list[ReleaseColumn] = []
    masters: tuple[AnnotatedMaster, ...] = ()
    for label, paths in parse_labels(args.paths, session.current):
        linted, masters, series = _lint_paths(args, paths, session)
        audit = _build_audit(linted, session, label, when, series)
        corpora = [item.corpus for item in linted if item.corpus is not None]
        release = index_release(corpora[0]) if len(corpora) == 1 else None
        columns.append(ReleaseColumn(label, audit, release, _read_coverage(linted)))
    last = columns[-1].audit
    superseding = map_superseding(loaded.rule for loaded in session.rules)
    comparison = compare_columns(columns, superseding) if len(columns) > 1 else None
    return Audited(last, last.report, comparison, masters)


def _read_coverage(linted: Sequence[Linted]) -> Coverage:
    """Return what was looked at in one of the corpora that are compared."""
    from disarm_lint.compare.fates import Coverage, read_coverage

    corpora = [item.corpus for item in linted if item.corpus is not None]
    if len(corpora) != 1 or any(item.partial for item in linted):
        # Where one path may stand for several pages, or for none that was looked at.
        return Coverage(unsure="was checked in part" if len(corpora) == 1 else "is several corpora")
    (item,) = linted
    return read_coverage(corpora, (shown.finding for shown in item.findings), item.ran)


def _lint_paths(
    args: Namespace, paths: list[str], session: Session
) -> tuple[list[Linted], tuple[AnnotatedMaster, ...], tuple[Release, ...]]:
    place = session.current / paths[0] if paths else session.current
    with open_view(place, at=args.at) as view:
        session = session.at(view.files)
        opened = session.open(paths)
        found = [session.lint(item) for item in opened]
        masters = collect_masters(opened, found) if args.annotate is not None else ()
        series: tuple[Release, ...] = ()
        if args.blame:
            from disarm_lint.audit.history import count_series

            histories = [
                session.read_history(item) if one.files else None
                for item, one in zip(opened, found, strict=True)
            ]
            found = [
                replace(one, findings=blame_findings(one.findings, history)) if history else one
                for one, history in zip(found, histories, strict=True)
            ]
            if len(histories) == 1 and histories[0] is not None:
                series = count_series(histories[0].releases, tagged=histories[0].tagged)
    return drop_searched(found), masters, series


def _build_audit(
    linted: Sequence[Linted],
    session: Session,
    label: str,
    when: datetime,
    series: Sequence[Release] = (),
) -> Audit:
    from disarm_lint.audit.build import build_audit
    from disarm_lint.audit.entries import CorpusFindings

    kept = list(merge_findings(linted))
    reported = {id(shown) for shown in kept}
    corpora = [
        CorpusInfo(item.root, item.profile, _list_workbooks(item) or None) for item in linted
    ]
    report = report_findings(linted, corpora, kept)
    parts = [
        CorpusFindings(
            item.corpus,
            tuple(shown for shown in item.findings if id(shown) in reported),
            alone=len(linted) == 1,
        )
        for item in linted
        if item.corpus is not None
    ]
    ran = frozenset().union(*(item.ran for item in linted))
    return build_audit(
        report,
        parts,
        [loaded for loaded in session.rules if loaded.rule.code in ran],
        title=label or ", ".join((session.current / item.root).resolve().name for item in linted),
        when=when,
        workbooks=[name for item in linted for name in _list_workbooks(item)],
        series=series,
    )


def _list_workbooks(linted: Linted) -> tuple[str, ...]:
    """Return the workbooks that were read, from the root of their corpus."""
    return tuple(book.path for book in linted.corpus.workbooks) if linted.corpus else ()


def parse_labels(paths: Sequence[str], current: Path) -> list[tuple[str, list[str]]]:
    """Return labels with their paths, in the order in which they were given.

    Paths without labels are one corpus, or several in one report, under an
    empty label; what exists as it stands is a path, whatever signs are in it.
    Raises Failure if some have labels and others not, and for a label that
    is given twice or names nothing.
    """
    pairs = [split_label(text, current) for text in paths]
    if not any(label for label, _ in pairs):
        return [("", [path for _, path in pairs])]
    found: list[tuple[str, list[str]]] = []
    for label, path in pairs:
        if not label:
            raise Failure(f"“{path}” has no label, but others do; write LABEL=PATH, {_EXAMPLE}")
        if not path:
            raise Failure(f"“{label}=” names no path; write LABEL=PATH, {_EXAMPLE}")
        if any(label == other for other, _ in found):
            raise Failure(f"the label “{label}” is given twice; each corpus needs its own")
        found.append((label, [path]))
    return found


def split_label(text: str, current: Path) -> tuple[str, str]:
    """Return the label of `LABEL=PATH`, or an empty one, and the path."""
    label, sign, path = text.partition("=")
    if not sign or not label.strip() or "/" in label or not DISK.is_missing(current / text):
        return "", text
    return label.strip(), path
