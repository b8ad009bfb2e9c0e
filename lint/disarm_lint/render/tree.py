"""Rendering the files of a tree, and writing anew what edited cells show on."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from disarm_lint.project import SIZE_LIMIT
from disarm_lint.render.master import read_master
from disarm_lint.render.rendering import Rendering, render
from disarm_lint.render.rows import NotRenderedError
from disarm_lint.sources.filesystem import ChangedTree, Unreadable, read_if_there

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.profile import Profile
    from disarm_lint.sources.filesystem import Tree


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


class Renewal:
    """Renders anew the files of a corpus that show what was edited in its workbooks.

    `tree` holds the files as they stand. What did not say before what the workbooks say, such
    as a page that somebody edited, stays as it is. A page that is
    not there, as where the id of a row is put right, is written.
    """

    def __init__(self, corpus: Corpus, tree: Tree) -> None:
        self._profile = corpus.profile
        self._workbooks = [workbook.path for workbook in corpus.workbooks]
        self._tree = tree

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
            if old is not None and before.new.get(origin) == old:
                yield path, old, new
            elif moves is None and origin not in before.new and after.old.get(path) is None:
                yield path, b"", new
