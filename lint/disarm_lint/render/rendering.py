"""Rendering a corpus: the bytes of its files, what is left over, and what edited cells change."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from disarm_lint.parse.page_template import (
    explain_kept,
    explain_unlike,
    fits_template,
    list_placeholders,
    parse_template,
)
from disarm_lint.project import SIZE_LIMIT
from disarm_lint.render.master import read_master
from disarm_lint.render.pages import IndexMaker, PageMaker
from disarm_lint.render.rows import NotRenderedError, TableMaker, Ties
from disarm_lint.sources.filesystem import ChangedTree, Unreadable, read_if_there

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.profile import IndexSpec, Kind, Layout, Profile
    from disarm_lint.render.master import MasterData, MasterSheet, Record
    from disarm_lint.sources.filesystem import Tree


_BOM = "\ufeff"
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
# Bytes of all files. Those of a release are some ten million.
MOST_TOGETHER = 200_000_000


@dataclass(frozen=True, slots=True)
class Left:
    """A file, or a folder of files, that stays as it stands, and why, as a clause."""

    path: str
    reason: str


@dataclass(frozen=True)
class Rendering:
    """The files that the workbooks make, by path, old and new; None if there is none yet."""

    new: Mapping[str, bytes] = field(default_factory=dict)
    old: Mapping[str, bytes | None] = field(default_factory=dict)
    left: tuple[Left, ...] = ()

    @property
    def changed(self) -> dict[str, bytes]:
        """The files that are not as they would be made now."""
        return {path: data for path, data in self.new.items() if self.old[path] != data}


def render(master: MasterData, read: Callable[[str], bytes | None]) -> Rendering:
    """Return what workbooks make of the pages and indexes that their profile knows.

    `read` returns the bytes of a file, None if there is none, and raises
    NotRenderedError where it cannot be read. Raises that too where the workbooks make
    more than can be held.
    """
    return _Renderer(master, read).run()


@dataclass(frozen=True, slots=True)
class _Old:
    """A file as it stands: its bytes and its text, without a byte order mark, with plain lines."""

    data: bytes
    text: str
    mark: str
    crlf: bool

    def encode(self, text: str, notes: str) -> bytes:
        """Return bytes that begin and end lines as the file does; notes stay as they are."""
        lines = text.replace("\n", "\r\n") if self.crlf else text
        return f"{self.mark}{lines}{notes}".encode("utf-8", "surrogatepass")


class _Renderer:
    def __init__(self, master: MasterData, read: Callable[[str], bytes | None]) -> None:
        self._master = master
        self._read = read
        self._ties = Ties(master)
        self._new: dict[str, bytes] = {}
        self._old: dict[str, bytes | None] = {}
        self._left: list[Left] = []
        self._size = 0

    @property
    def _profile(self) -> Profile:
        return self._master.profile

    def run(self) -> Rendering:
        prefix = f"../../{self._profile.prefix}"
        tables = TableMaker(self._master, self._ties, prefix)
        for kind in self._profile.kinds:
            if kind.folder is not None:
                self._render_kind(kind, PageMaker(kind, self._master, tables))
        for index in self._profile.indexes:
            self._index(index, IndexMaker(self._master))
        return Rendering(self._new, self._old, tuple(self._left))

    def _leave(self, path: str, reason: str) -> None:
        self._left.append(Left(path, reason))

    def _open(self, path: str) -> _Old | None:
        data = self._read(path)
        if data is None:
            return None
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise NotRenderedError("it is not UTF-8, so its notes cannot be kept") from None
        if _CONFLICT.search(text):
            raise NotRenderedError("a merge left its conflict in it; resolve that first")
        mark = _BOM if text.startswith(_BOM) else ""
        text = text[len(mark) :]
        crlf = text.count("\r\n") * 2 > text.count("\n")
        return _Old(data, text, mark, crlf)

    def _render_kind(self, kind: Kind, maker: PageMaker) -> None:
        folder = f"{self._profile.prefix}{kind.folder}"
        sheet = self._master.find_defining(kind.key)
        if sheet is None or sheet.problem is not None:
            reason = sheet.problem if sheet else None
            self._leave(
                f"{folder}/",
                reason or "no sheet of the workbooks is the source of these pages",
            )
            return
        records = dict(self._list_records(kind, folder, sheet))
        if not records:
            return
        olds: dict[str, _Old | None] = {}
        for path in list(records):
            try:
                olds[path] = self._open(path)
            except NotRenderedError as reason:
                self._leave(path, str(reason))
                del records[path]
        try:
            layout, template = self._choose(kind, maker, records, olds)
        except NotRenderedError as reason:
            self._leave(f"{folder}/", str(reason))
            return
        for path, record in records.items():
            try:
                made = self._render_page(maker, layout, template, record, olds[path])
            except NotRenderedError as reason:
                self._leave(path, str(reason))
                continue
            old = olds[path]
            self._keep(path, made, old)

    def _list_records(
        self, kind: Kind, folder: str, sheet: MasterSheet
    ) -> Iterator[tuple[str, Record]]:
        """Yield the rows that have a page each, with its path."""
        blank = 0
        for entity_id, found in sheet.by_id.items():
            path = f"{folder}/{entity_id}.md"
            if not kind.matches(entity_id):
                blank += len(found)
            elif len(found) > 1:
                self._leave(path, f"{len(found)} rows of the sheet {sheet.spec.name} have its id")
            else:
                yield path, found[0]
        if blank:
            rows = f"{blank:,} rows of the sheet {sheet.spec.name} have" if blank > 1 else (
                f"a row of the sheet {sheet.spec.name} has"
            )  # fmt: skip
            self._leave(f"{folder}/", f"{rows} no id to name a page after")

    def _choose(
        self,
        kind: Kind,
        maker: PageMaker,
        records: Mapping[str, Record],
        olds: Mapping[str, _Old | None],
    ) -> tuple[Layout, str]:
        """Return the template that most pages come out of, letter by letter, or at least fit."""
        choices = [(layout, text) for layout in kind.layouts for text in layout.templates]
        if not choices:
            raise NotRenderedError(f"the profile {self._profile.name} has no template for them")
        problems = [self._find_problem(kind, *choice) for choice in choices]
        standing = {path: old for path, old in olds.items() if old is not None}
        scores = []
        for number, (layout, template) in enumerate(choices):
            parts = parse_template(template)
            same = fit = 0
            for path, old in standing.items():
                fit += fits_template(parts, old.text)
                try:
                    made = self._render_page(maker, layout, template, records[path], old)
                except NotRenderedError:
                    continue
                same += made == old.data
            scores.append((same, fit, problems[number] is None, -number))
        same, fit, _, number = max(scores)
        if fit * 2 < len(standing):
            raise NotRenderedError(
                "most of these pages have another layout than the profile "
                f"{self._profile.name} has for them"
            )
        problem = problems[-number]
        if problem is not None:
            raise NotRenderedError(problem)
        return choices[-number]

    def _find_problem(self, kind: Kind, layout: Layout, template: str) -> str | None:
        """Return why the tables of a template cannot be made."""
        tables = (layout.table(place.key) for place in list_placeholders(parse_template(template)))
        return next((p for t in tables if t and (p := self._ties.find_problem(kind.key, t))), None)

    def _render_page(
        self, maker: PageMaker, layout: Layout, template: str, record: Record, old: _Old | None
    ) -> bytes:
        published = old.text.replace("\r\n", "\n") if old is not None else ""
        made = maker.make(layout, template, record, published)
        marker = self._profile.edit_marker
        if marker and made.count(marker) > 1:
            raise NotRenderedError(f"a cell that it shows holds the words “{marker}”")
        if old is None:
            return made.encode("utf-8", "surrogatepass")
        if not marker:
            return old.encode(made, "")
        at = old.text.find(marker)
        if at < 0:
            raise NotRenderedError(
                f"it has no line “{marker}”, so nothing shows where its notes begin"
            )
        if old.text.count(marker) > 1:
            raise NotRenderedError(
                f"it has the words “{marker}” twice, so nothing shows where its notes begin"
            )
        return old.encode(made, old.text[at + len(marker) :])

    def _index(self, index: IndexSpec, maker: IndexMaker) -> None:
        path = f"{self._profile.prefix}{index.file}"
        if not index.titles:
            self._leave(path, f"the profile {self._profile.name} does not say what is in it")
            return
        try:
            old = self._open(path)
            made = maker.make(index, old.text.replace("\r\n", "\n") if old else "")
        except NotRenderedError as reason:
            self._leave(path, str(reason))
            return
        data = old.encode(made, "") if old else made.encode("utf-8", "surrogatepass")
        self._keep(path, data, old)

    def _keep(self, path: str, data: bytes, old: _Old | None) -> None:
        self._size += len(data)
        if self._size > MOST_TOGETHER:
            raise NotRenderedError(f"the pages would have more than {MOST_TOGETHER:,} bytes")
        self._new[path] = data
        self._old[path] = old.data if old is not None else None


@dataclass(frozen=True, slots=True)
class Orphan:
    """A page without a row; `kept` says, as a clause, why it is not to be deleted."""

    document: Document
    kept: str | None = None


def find_orphans(corpus: Corpus) -> Iterator[Orphan]:
    """Yield the pages of which the workbooks know no row, sorted.

    Kept are pages with notes, and those that lack lines of their template. What somebody
    changed above the edit marker is not seen: the row that it could be compared with is gone.
    """
    for document in sorted(corpus.registry.orphans, key=lambda document: document.path):
        kind = document.kind
        if kind is not None and kind.key in corpus.registry.kinds_from_workbooks:
            yield Orphan(document, explain_kept(corpus.profile, document))


def render_tree(profile: Profile, workbooks: Iterable[str], tree: Tree) -> Rendering:
    """Return what workbooks, given by their paths, make of the files of a tree.

    Raises NotRenderedError where they make more than can be held, and Unreadable for a
    workbook that cannot be read.
    """
    books = {path: tree.read(path, SIZE_LIMIT) for path in workbooks}

    def read(path: str) -> bytes | None:
        try:
            return read_if_there(tree, path, SIZE_LIMIT)
        except Unreadable as problem:
            raise NotRenderedError(problem.reason) from None

    return render(read_master(books, profile), read)


# Products of numbers of lines up to which it is worth to find out which lines are the same.
_COMPARABLE = 25_000_000


def merge_change(base: bytes, new: bytes, page: bytes) -> bytes | None:
    """Return a page with what changes from one text to another, where the page has that text.

    What else somebody edited on the page stays; None where that is in the way of a change.
    """
    from rapidfuzz.distance import Levenshtein

    old, made, own = (text.splitlines(keepends=True) for text in (base, new, page))
    if len(old) * max(len(made), len(own)) > _COMPARABLE:
        return None
    # Where each line of the old text stands on the page; the ends stand at the ends.
    place = {-1: -1, len(old): len(own)}
    for part in Levenshtein.opcodes(old, own):
        if part.tag == "equal":
            size = part.src_end - part.src_start
            place.update((part.src_start + n, part.dest_start + n) for n in range(size))
    out: list[bytes] = []
    at = 0
    for part in Levenshtein.opcodes(old, made):
        if part.tag == "equal":
            continue
        before, after = place.get(part.src_start - 1), place.get(part.src_end)
        if before is None or after is None or before + 1 < at:
            return None
        there, wanted = own[before + 1 : after], made[part.dest_start : part.dest_end]
        if there != wanted:
            if there != old[part.src_start : part.src_end]:
                return None
            out += own[at : before + 1] + wanted
            at = after
    return b"".join((*out, *own[at:]))


class Renewal:
    """Renders anew the files of a corpus that show what was edited in its workbooks.

    `tree` holds the files as they stand. What somebody edited on a page stays: the page gets
    the lines that change, unless the edits are in their way. A page that is
    not there, as where the id of a row is put right, is written; where `over`, also one that
    is left over from another row.
    """

    def __init__(self, corpus: Corpus, tree: Tree, *, over: bool = False) -> None:
        self._profile = corpus.profile
        self._workbooks = [workbook.path for workbook in corpus.workbooks]
        self._tree = tree
        self._over = {
            document.path
            for document in (corpus.all_documents if over else ())
            if document.kind is not None and explain_unlike(corpus.profile, document) is None
        }

    @cached_property
    def _before(self) -> Rendering:
        return render_tree(self._profile, self._workbooks, self._tree)

    def renew(self, files: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
        """Return the files, with those that show what is edited in them as they are made now."""
        if not any(path in files for path in self._workbooks):
            return dict(files)
        made = {path: new for path, old, new in self.compare(files) if new != old}
        return {**files, **made}

    def compare(
        self, files: Mapping[str, bytes | None], moves: Mapping[str, str] | None = None
    ) -> Iterator[tuple[str, bytes, bytes]]:
        """Yield the files that were as they are made, with what they hold and what is made now.

        `files` are those that change (None: it is gone), `moves` the paths of pages that get
        another, with it. Nothing is yielded where the workbooks cannot be rendered.
        """
        # Links to pages begin with the folder of them, which some copies do not have.
        if not self._profile.folder or not self._workbooks:
            return
        try:
            before = self._before
            after = render_tree(self._profile, self._workbooks, ChangedTree(self._tree, files))
        except (NotRenderedError, Unreadable):
            return
        origins = {place: path for path, place in (moves or {}).items()}
        for path, new in after.new.items():
            origin = origins.get(path, path)
            old = before.old.get(origin)
            made = before.new.get(origin)
            if old is not None and made == old:
                yield path, old, new
            elif moves is None and made is not None and made != new:
                there = files.get(path, old)
                merged = merge_change(made, new, there) if there is not None else None
                if there is not None and merged is not None:
                    yield path, there, merged
            elif moves is None and origin not in before.new:
                there = after.old.get(path)
                if there is None or path in self._over:
                    yield path, there or b"", new
