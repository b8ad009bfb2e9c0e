"""What a run does to some files, and how much work and memory that takes."""

from __future__ import annotations

import gc
import io
import sys
import sysconfig
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any, TextIO

from disarm_lint.audit.build import build_audit
from disarm_lint.audit.entries import CorpusFindings
from disarm_lint.audit.html import render_html
from disarm_lint.audit.tables import render_causes, report_workbook
from disarm_lint.baseline import format_baseline, parse_baseline, rewrite_baseline
from disarm_lint.cli.urls import FORMATS as URL_FORMATS
from disarm_lint.cli.urls import sort_places
from disarm_lint.compare.diff import Diff, compare, encode_diff
from disarm_lint.compare.text import DiffStyle, render_diff_markdown, render_diff_text
from disarm_lint.config.config import load_config
from disarm_lint.corpus.release import compare_releases, index_release
from disarm_lint.engine import compare_rules, review_baseline
from disarm_lint.fixes import FixChoice, plan_fixes
from disarm_lint.model.baseline import make_entry, match
from disarm_lint.model.config import Config, File
from disarm_lint.model.text import PageSource, RowSource
from disarm_lint.project import lint_contents
from disarm_lint.report.data import write_json
from disarm_lint.report.formats import FORMATS, RenderSettings, render
from disarm_lint.report.report import CorpusInfo, ShownFinding, ShownPlace, Tool, build_report
from support.answers import KnownAnswers
from support.mini import corpus, rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType, FrameType

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Location
    from disarm_lint.project import LintRun

WHEN = datetime(2025, 2, 10, 12, 0, tzinfo=UTC)
STDLIB = sysconfig.get_path("stdlib")
SAMPLED = (
    "/report/",
    "/model/finding.py",
    "/audit/",
    "/disarm_lint/baseline.py",
    "/openpyxl/",
    "/et_xmlfile/",
    "/jinja2/",
    "/markupsafe/",
)
# What they remember is read of files of the linter or of its libraries.
OWN_DATA = ("disarm_lint.config.", "disarm_rules._misspellings")
# What reads the templates of the reports, which no stranger sends, and whose lines are not
# counted; and what writes workbooks: of each of its functions, only the calls are counted.
_UNCOUNTED = tuple(
    f"/jinja2/{name}.py"
    for name in ("compiler", "idtracking", "lexer", "nodes", "parser", "visitor")
)
_CALLED = ("/openpyxl/", "/et_xmlfile/")
RULES = rules()
"""Every rule, those that are off by default too."""


@dataclass(frozen=True)
class Case:
    """What a stranger sends: files, the text of a configuration, and that of a baseline."""

    files: Mapping[str, str | bytes]
    config: str = ""
    baseline: str = ""


class _DeadHost(Collection[str]):
    """All addresses of one host."""

    def __contains__(self, url: object) -> bool:
        return isinstance(url, str) and "//dead.example/" in url

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


PROBER = KnownAnswers(_DeadHost())


@dataclass
class Cost:
    """What a run took.

    `lines` counts how often each line of Python ran, by the code that holds
    it; `written` are the characters that each output format wrote, and `shown`
    is the number of findings that it wrote.
    """

    lines: dict[tuple[str, str, int], int]
    written: dict[str, int]
    shown: int


def prepared(case: Case, folder: Path, most: int) -> Callable[[], dict[str, int]]:
    """Return what runs everything on a case; `folder` is for what is read from disk.

    The formats write `most` of the findings, evenly taken from all.
    """
    path = folder / ".disarm-lint.yaml"
    path.write_text(case.config, encoding="utf-8")
    return lambda: dict(_everything(_lint(case, path), case, most))


def list_rules(case: Case, folder: Path) -> set[str]:
    """Return the codes of the rules that find something in a case."""
    path = folder / ".disarm-lint.yaml"
    path.write_text(case.config, encoding="utf-8")
    result = _lint(case, path)
    return {finding.rule for finding in _findings(result)}


def _lint(case: Case, path: Path) -> LintRun:
    config = load_config(path, path.parent, RULES) if case.config else None
    return lint_contents(
        case.files,
        RULES,
        config=config.config if config else Config(),
        options=config.options if config else None,
        prober=PROBER,
    )


def _findings(result: LintRun) -> list[Finding]:
    """Return what is found in a corpus, and where it is compared with an earlier one."""
    before = earlier()
    findings = list(result.outcome.findings)
    for old, new in ((before, result.corpus), (result.corpus, before)):
        changes = compare_releases(index_release(old, "before"), index_release(new))
        findings += compare_rules(new, changes, RULES)
    return findings


def _everything(result: LintRun, case: Case, most: int) -> Iterator[tuple[str, int]]:
    """Compare, hold against a baseline, and write a result in every format."""
    before = earlier()
    findings = _findings(result)
    yield "findings", sum(map(_kept, findings))
    plan = plan_fixes(result.corpus, findings, FixChoice(unsafe=True), partial(_read, case.files))
    yield "fix", sum(map(len, plan.files.values()))
    findings = _sample(findings, most)
    yield "shown", len(findings)
    shown = tuple(_shown(result, findings))
    report = build_report(
        Tool("disarm-lint", "1"),
        [CorpusInfo("x", result.corpus.profile.name)],
        shown,
        files=result.files,
        entities=len(result.corpus.registry.entities),
        citations=len(result.corpus.references),
        suppressed=result.outcome.suppressed,
    )
    for name in FORMATS:
        stream = io.StringIO(newline="")
        render(name, report, stream, RenderSettings(statistics=True, ci_log=True))
        yield name, len(stream.getvalue())
    audit = build_audit(report, [CorpusFindings(result.corpus, shown)], RULES, title="x", when=WHEN)
    stream = io.StringIO()
    render_causes(audit.causes, stream)
    yield "causes", len(stream.getvalue())
    yield "html", len(render_html(audit))
    yield "xlsx", len(report_workbook(audit))
    entries = {finding.fingerprint: make_entry(finding) for finding in findings}
    text = format_baseline(entries.values())
    yield "baseline", len(text)
    for written in filter(None, (text, case.baseline)):
        baseline = parse_baseline(File("b.yaml", "b.yaml"), written)
        found = match(findings[::2], baseline.entries)
        review_baseline(found.idle, RULES)
        rewrite_baseline(baseline, {listed.entry.fingerprint for listed in found.idle}, ())
    for old, new in ((before, result.corpus), (result.corpus, before)):
        diff = compare(old, new)
        for name, write in DIFFS.items():
            stream = io.StringIO()
            write(diff, stream)
            yield f"diff {name} {old is before}", len(stream.getvalue())
    addresses = sort_places(
        (link.web_address, link.target.location)
        for document in result.corpus.checked_documents
        for link in document.links
        if link.web_address is not None
    )
    for name, write_addresses in URL_FORMATS.items():
        stream = io.StringIO()
        write_addresses(addresses, stream)
        yield f"urls {name}", len(stream.getvalue())


def _read(files: Mapping[str, str | bytes], path: str) -> bytes:
    content = files[path]
    return content.encode("utf-8") if isinstance(content, str) else content


def _write_diff_data(diff: Diff, stream: TextIO) -> None:
    write_json(
        encode_diff(diff, version="1", root=".", old={}, new={}, path=lambda path: path),
        stream,
    )


DIFFS: dict[str, Callable[[Diff, TextIO], None]] = {
    "text": lambda diff, stream: render_diff_text(diff, "a", "b", stream, DiffStyle()),
    "markdown": lambda diff, stream: render_diff_markdown(
        diff, "a", "b", stream, path=lambda path: path
    ),
    "json": _write_diff_data,
}


@cache
def earlier() -> Corpus:
    """Return the sound corpus that each run is compared with."""
    return lint_contents(dict(corpus()), []).corpus


def _sample(findings: list[Finding], most: int) -> list[Finding]:
    """Return some findings, of each rule as large a share as of the others."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    step = max(1, len(findings) // most)
    return [finding for _, group in sorted(by_rule.items()) for finding in group[::step]]


def _kept(finding: Finding) -> int:
    """Return how many characters a finding keeps."""
    texts = (finding.message, finding.subject, finding.wrong, finding.origin, finding.suggestion)
    told = sum(len(item.message) for item in finding.related)
    return told + sum(len(text) for text in texts if text)


def _shown(result: LintRun, findings: list[Finding]) -> Iterator[ShownFinding]:
    corpus = result.corpus
    sources = {d.path: d.source for d in corpus.all_documents if isinstance(d.source, PageSource)}
    sources |= {item.path: item.source for item in corpus.artefacts if item.source is not None}

    def place(location: Location, message: str) -> ShownPlace:
        return ShownPlace(location.path, location.span, message, location.cell)

    for finding in findings:
        source = sources.get(finding.location.path)
        text = finding.text
        if text is not None and isinstance(text.source, RowSource):
            cell = text.source.cell_text(text.source.cell(text.start))
            source = PageSource(text.source.path, cell.raw)
        related = tuple(place(other.location, other.message) for other in finding.related)
        yield ShownFinding(finding, finding.location.path, related, source)


def forget() -> None:
    """Empty what functions remember, so that each run does its own work."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("disarm_lint.", "disarm_rules.")) and not name.startswith(OWN_DATA):
            for value in list(vars(module).values()):
                clear = getattr(value, "cache_clear", None)
                if clear is not None and value.__module__ == name:
                    clear()


class _Tracer:
    """Counts how often each line runs, or each function is called where only that counts."""

    def __init__(self) -> None:
        # Not a map: functions that read the same are equal, in whatever file they stand.
        self._counts: list[tuple[CodeType, dict[int, int]]] = []
        # By the id of its code: what looks at the lines of a function, and what counts its calls.
        self._known: dict[int, tuple[Any, dict[int, int] | None]] = {}

    def enter(self, frame: FrameType, event: str, arg: object) -> Any:
        """Return what traces a function that is called, as `sys.settrace` wants it."""
        del event, arg
        code = frame.f_code
        found = self._known.get(id(code))
        if found is None:
            found = self._known[id(code)] = self._watch(code)
        local, calls = found
        if calls is not None:
            calls[code.co_firstlineno] += 1
        return local

    def _watch(self, code: CodeType) -> tuple[Any, dict[int, int] | None]:
        file = code.co_filename
        lines: dict[int, int] = defaultdict(int)
        self._counts.append((code, lines))
        if (file.startswith(STDLIB) and "site-packages" not in file) or file.endswith(_UNCOUNTED):
            return None, None
        if any(part in file for part in _CALLED):
            return None, lines

        def local(frame: FrameType, event: str, arg: object) -> Any:
            del arg
            if event == "line":
                lines[frame.f_lineno] += 1
            return local

        return local, None

    def sum_lines(self) -> dict[tuple[str, str, int], int]:
        """Return how often each line ran."""
        lines: dict[tuple[str, str, int], int] = defaultdict(int)
        for code, found in self._counts:
            for line, number in found.items():
                lines[code.co_filename, code.co_qualname, line] += number
        return lines


def cost_of(run: Callable[[], dict[str, int]]) -> Cost:
    """Count the lines that a run takes, and its memory."""
    tracer = _Tracer()
    forget()
    traced = sys.gettrace()
    sys.settrace(tracer.enter)
    try:
        written = run()
    finally:
        sys.settrace(traced)
    return Cost(tracer.sum_lines(), written, written.pop("shown"))


def memory_of(run: Callable[[], object]) -> int:
    """Return the most bytes that a run holds at once."""
    forget()
    gc.collect()
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def steep(costs: tuple[Cost, Cost, Cost], bound: float, floors: tuple[int, int]) -> list[str]:
    """Return the lines that ran too often, for what came to the work with nothing added.

    `costs` are those of nothing, of few and of four times as many; `bound` is how many times
    as often a line may run for many as for few, and `floors` how often it may
    run anyway: a line of the linter, and one that writes findings. What findings
    keep and what the formats write must grow no faster.
    """
    none, few, many = costs
    # Where few items are too few for a rule, many are not four times as many findings.
    share = max(1.0, many.shown / max(few.shown, 1) / 4)
    found = []
    for place, count in many.lines.items():
        # What is reported for few is no more of what is reported for nothing.
        writes = any(part in place[0] for part in SAMPLED)
        start, floor = (0, floors[1]) if writes else (none.lines.get(place, 0), floors[0])
        most = bound * share if writes else bound
        once, often = few.lines.get(place, 0) - start, count - start
        if often > floor and often > most * max(once, 1):
            file, function, line = place
            found.append((often, f"{file}:{line} {function}: {start}, +{once}, +{often}"))
    for name, written in many.written.items():
        if written > 20_000 and written > 1.5 * bound * share * few.written[name]:
            found.append((written, f"{name}: {few.written[name]}, {written} characters"))
    return [text for _, text in sorted(found, reverse=True)]


def seconds_of(run: Callable[[], object]) -> float:
    """Return the processor time of a run."""
    forget()
    gc.collect()
    start = process_time()
    run()
    return process_time() - start
