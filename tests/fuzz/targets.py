"""What is fuzzed: each target reads bytes, and raises where a promise is broken.

A promise is: no exception but the documented one; each place inside its source; the same
outcome twice; a fix that can be made again changes nothing.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from disarm_lint.baseline import parse_baseline
from disarm_lint.changes import COLUMNS, SCHEMA_VERSION, BadChangeList, parse_changes
from disarm_lint.cli.outcomes import OutcomeCache
from disarm_lint.cli.replay import Outcomes
from disarm_lint.config.config import load_config
from disarm_lint.config.profile import load_profile
from disarm_lint.fixes import FixChoice, plan_fixes
from disarm_lint.model.config import Config, ConfigError, File
from disarm_lint.model.text import PageSource
from disarm_lint.parse.xlsx import BadWorkbookError, read_workbook
from disarm_lint.project import DocumentParser, LintRun, lint, read_corpus
from disarm_lint.sources.commit import _split_records
from disarm_lint.sources.decoding import decode_source
from disarm_lint.sources.filesystem import MemoryTree
from disarm_lint.sources.journal import JOURNAL, BadJournal, Unwritable, finish_interrupted
from disarm_lint.sources.store import Store
from fuzz.choices import IDS, NAMES, PATHS, WORDS, Choices, mangle, page, settings, text, value
from support import mini, mini_master
from support.workbook_files import packed, parts, quick_workbook, sheet_xml, texts_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from disarm_lint.model.document import Document
    from disarm_lint.model.profile import Profile

RULES = mini.rules()
DEFAULT = [loaded for loaded in RULES if loaded.rule.default]
PAGES = {path: written.encode() for path, written in mini.corpus().items()}
SOUND = packed(parts('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', texts_xml("text")))


def check_places(run: LintRun) -> None:
    """See that each finding stands inside the text or the cell that it is about."""
    sources = {
        d.path: d.source for d in run.corpus.all_documents if isinstance(d.source, PageSource)
    }
    for finding in run.outcome.findings:
        assert finding.message
        span = finding.location.span
        source = sources.get(finding.location.path)
        if span is not None and source is not None:
            assert 1 <= span.line <= span.end_line <= len(source.line_starts) + 1
            assert span.column >= 1
            assert span.column <= len(source.line(span.line)) + 2


class _SoundOnce(DocumentParser):
    """Parses the sound pages once, and what an input brings each time."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, bytes], Document] = {}

    def page(self, path: str, data: bytes, profile: Profile, *, loose: bool) -> Document:
        if PAGES.get(path) != data or loose:
            return super().page(path, data, profile, loose=loose)
        key = (f"{profile.name} {path}", data)
        if key not in self._kept:
            self._kept[key] = super().page(path, data, profile, loose=loose)
        return self._kept[key]


SOUND_ONCE = _SoundOnce()


def _lint(files: Mapping[str, bytes], parser: DocumentParser = SOUND_ONCE) -> LintRun:
    return lint(read_corpus(MemoryTree(files), Config(), parser=parser), RULES, Config())


def pages(data: bytes) -> None:
    """Lint pages that are made up, among sound ones: one half of the time a single page.

    One input in eight is linted again, with its files in another order and the sound pages
    parsed anew, so that a short run is of many inputs.
    """
    choices = Choices(data)
    files = dict(PAGES)
    for _ in range(1 + max(0, choices.number(6) - 3)):
        files[choices.pick(PATHS)] = page(choices).encode("utf-8", "surrogatepass")
    run = _lint(files)
    check_places(run)
    if crc32(data) % 8 == 0:
        again = _lint(dict(reversed(files.items())), DocumentParser())
        assert run.outcome == again.outcome


def bytes_of_pages(data: bytes) -> None:
    """Lint a page of any bytes."""
    check_places(_lint({**PAGES, PATHS[0]: data}))
    decode_source(PATHS[0], data)


def fixes(data: bytes) -> None:
    """Fix pages that are made up, twice: nothing new, and the second time nothing at all."""
    choices = Choices(data)
    unsafe = bool(choices.number(2))
    files = dict(PAGES)
    files[PATHS[0]] = page(choices).encode("utf-8", "surrogatepass")
    choice = FixChoice(unsafe=unsafe)
    for _ in range(8):
        corpus = read_corpus(MemoryTree(files), Config(), parser=SOUND_ONCE)
        run = lint(corpus, DEFAULT, Config())
        plan = plan_fixes(corpus, run.outcome.findings, choice, files.__getitem__)
        if not plan.files:
            return
        assert plan.fixed
        files |= plan.files
    raise AssertionError("fixing does not come to an end")


def cells(data: bytes) -> None:
    """Lint workbooks whose cells are made up."""
    choices = Choices(data)
    sheets, frameworks = mini_master.data(), mini_master.framework()
    for _ in range(1 + choices.number(5)):
        book = choices.pick((sheets, frameworks))
        rows = book[choices.pick(sorted(book))]
        if not rows:
            continue
        row = rows[choices.number(len(rows))]
        made = (
            text(choices),
            choices.pick(IDS),
            f"{choices.pick(IDS)} - {choices.pick(NAMES)}",
            ",".join(choices.some(IDS, 5)),
            choices.pick(WORDS),
            None,
            choices.number(256),
            2.5,
            "\n".join(choices.some(IDS, 4)),
        )
        if row:
            cell = choices.pick(made)
            legal = (
                cell
                if not isinstance(cell, str)
                else cell.replace("\x00", "").replace("\ufffe", "")
            )
            row[choices.number(len(row))] = legal
    books = {mini_master.DATA: sheets, mini_master.FRAMEWORK: frameworks}
    check_places(_lint({**PAGES, **{path: quick_workbook(book) for path, book in books.items()}}))


def archives(data: bytes) -> None:
    """Read a workbook with some bytes other than they were, or lost."""
    choices = Choices(data)
    book = bytearray(SOUND)
    for _ in range(1 + choices.number(8)):
        place = (choices.number(256) * 256 + choices.number(256)) % (len(book) + 1)
        if choices.number(2):
            book[place : place + choices.number(4)] = bytes([choices.number(256)])
        else:
            del book[place : place + choices.number(64)]
    _read_workbook(bytes(book))


XML = (
    '<c r="A1">',
    "</c>",
    "<v>",
    "</v>",
    '<c r="B2" t="s">',
    "<row>",
    '<row r="2">',
    "</row>",
    "0",
    "99",
    "&amp;",
    "&x;",
    "<!DOCTYPE a>",
    "<![CDATA[",
    "]]>",
    "<f>1</f>",
    '<c r="XFD1048576">',
    "<is><t>",
    "é",
    '<mergeCell ref="A1:B2"/>',
    '<c r="A0">',
    '<c t="inlineStr">',
    "<!--",
    "-->",
    "<",
    "\x00",
    "-1",
    "1e999",
)


def sheets(data: bytes) -> None:
    """Read a workbook whose sheet and texts are made up, in a sound archive."""
    choices = Choices(data)
    rows = "".join(choices.some(XML, 20))
    made = parts(rows, texts_xml(*choices.some(NAMES, 3)))
    if choices.number(3) == 0:
        made["xl/worksheets/sheet1.xml"] = sheet_xml("".join(choices.some(XML, 12)))
    if choices.number(4) == 0:
        made["xl/sharedStrings.xml"] = "".join(choices.some(XML, 12))
    _read_workbook(packed(made))


def _expect_one_line(error: Exception) -> None:
    assert len(str(error).splitlines()) == 1


def _read_workbook(data: bytes) -> None:
    try:
        read_workbook("x.xlsx", data, None)
    except BadWorkbookError as error:
        _expect_one_line(error)
    except zipfile.BadZipFile as error:  # pragma: no cover - a broken promise
        raise AssertionError("a damaged archive is no BadWorkbookError") from error


def _refusing(name: str, written: str, read: Callable[[Path], object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(written.encode("utf-8", "surrogatepass"))
        try:
            read(path)
        except ConfigError as error:
            _expect_one_line(error)


def configurations(data: bytes) -> None:
    """Read a configuration that is made up."""
    choices = Choices(data)
    if choices.number(2):
        body = f"[tool.disarm-lint]\n{settings(choices)}"
        _refusing("pyproject.toml", body, lambda path: load_config(path, path.parent, RULES))
    else:
        written = settings(choices)
        name = ".disarm-lint.yaml"
        _refusing(name, written, lambda path: load_config(path, path.parent, RULES))


def profiles(data: bytes) -> None:
    """Read a profile that is made up."""
    choices = Choices(data)
    _refusing("own.yaml", settings(choices), lambda path: load_profile(path))


def baselines(data: bytes) -> None:
    """Read a baseline that is made up."""
    choices = Choices(data)
    entry = json.dumps(value(choices), ensure_ascii=False)
    written = mangle(choices, f"schema_version: 2\nentries:\n- {entry}\n")
    try:
        parse_baseline(File("b.yaml", "b.yaml"), written)
    except ConfigError as error:
        _expect_one_line(error)


def bundles(data: bytes) -> None:
    """Lint a STIX bundle and an id list that are made up."""
    choices = Choices(data)
    objects = [value(choices) for _ in range(choices.number(4))]
    bundle = mangle(choices, json.dumps({"type": "bundle", "objects": objects}))
    files = dict(PAGES)
    files["generated_files/DISARM_STIX/DISARM.json"] = bundle.encode("utf-8", "surrogatepass")
    files["generated_files/red.csv"] = ",".join(choices.some(IDS, 9)).encode()
    check_places(_lint(files))


def git(data: bytes) -> None:
    """Read what git may print."""
    try:
        for words, path in _split_records(data):
            assert isinstance(words, list)
            assert isinstance(path, str)
    except UnicodeDecodeError:
        # The words before a path are git's own; other bytes there are none of git's output.
        pass


def caches(data: bytes) -> None:
    """Read a cache file that is made up."""
    with tempfile.TemporaryDirectory() as folder:
        cache = OutcomeCache(Path(folder))
        Store(Path(folder), 8, 1 << 20).write("key", data)
        (Path(folder) / "other.bin").write_bytes(data)
        assert cache.read("other") is None
        found = cache.read("key")
        assert found is None or all(len(item) == 16 for item in found)


def change_lists(data: bytes) -> None:
    """Read a list of cell changes that is made up, in each of its forms."""
    choices = Choices(data)
    suffix = choices.pick((".json", ".csv", ".xlsx"))
    if suffix == ".json":
        changes = [value(choices) for _ in range(choices.number(4))]
        whole = json.dumps({"schema_version": SCHEMA_VERSION, "changes": changes})
        written = mangle(choices, whole).encode("utf-8", "surrogatepass")
    elif suffix == ".csv":
        rows = [",".join(COLUMNS), *(",".join(choices.some(NAMES, 9)) for _ in range(3))]
        written = mangle(choices, "\r\n".join(rows)).encode("utf-8", "surrogatepass")
    else:
        written = packed(parts("".join(choices.some(XML, 20)), texts_xml(*choices.some(NAMES, 3))))
    try:
        parse_changes(f"list{suffix}", written)
    except BadChangeList as error:
        _expect_one_line(error)


def journals(data: bytes) -> None:
    """Finish what a journal that is made up says: nothing beside it is written or deleted."""
    choices = Choices(data)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "page.md").write_bytes(b"a person's words")
        folder = root / JOURNAL
        folder.mkdir()
        for file in ("0", "1", "list.json", ".gitignore"):
            if choices.number(3):
                listed = {"version": 1, "number": choices.number(9), "files": [value(choices)]}
                body = mangle(choices, json.dumps(listed))
                (folder / file).write_bytes(body.encode("utf-8", "surrogatepass"))
        try:
            finish_interrupted(root)
        except (BadJournal, Unwritable) as error:
            _expect_one_line(error)
        assert (root / "page.md").read_bytes() == b"a person's words"
        assert {path.name for path in root.iterdir()} <= {"page.md", JOURNAL}


def outcomes(data: bytes) -> None:
    """Read the outcome of an earlier run that is made up: a status, or nothing that can be used."""
    choices = Choices(data)
    with tempfile.TemporaryDirectory() as name:
        store = Store(Path(name) / "outcomes", 8, 1 << 20)
        witness = {"disk": [value(choices)], "trees": {"x": [value(choices)]}}
        kept = {"status": value(choices), "texts": [value(choices)], "witness": witness}
        body = mangle(choices, json.dumps(kept))
        store.write("key", body.encode("utf-8", "surrogatepass"))
        status = Outcomes(store, "key").replay([])
        assert status is None or type(status) is int


TARGETS: dict[str, Callable[[bytes], None]] = {
    "pages": pages,
    "bytes": bytes_of_pages,
    "fixes": fixes,
    "cells": cells,
    "archives": archives,
    "sheets": sheets,
    "configurations": configurations,
    "profiles": profiles,
    "baselines": baselines,
    "bundles": bundles,
    "git": git,
    "caches": caches,
    "change lists": change_lists,
    "journals": journals,
    "outcomes": outcomes,
}

CORPUS = Path(__file__).parent / "corpus"
