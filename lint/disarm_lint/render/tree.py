"""Rendering the files of a tree, and writing anew what edited cells show on."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from disarm_lint.project import SIZE_LIMIT
from disarm_lint.render.master import read_master
from disarm_lint.render.rendering import Rendering, render
from disarm_lint.render.rows import NotRenderedError
from disarm_lint.sources.filesystem import ChangedTree, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
        folder, _, name = path.rpartition("/")
        if name not in (tree.names(folder) or ()):
            return None
        try:
            return tree.read(path, SIZE_LIMIT)
        except Unreadable as problem:
            raise NotRenderedError(problem.reason) from None

    return render(read_master(books, profile), read)


class Renewal:
    """Writes anew the files of a corpus that show what was edited in its workbooks.

    `tree` holds the files as they stand. What was not as the workbooks say before, such
    as a page that somebody edited, stays as it is; so does what would be a new file.
    """

    def __init__(self, corpus: Corpus, tree: Tree) -> None:
        self._profile = corpus.profile
        self._workbooks = [workbook.path for workbook in corpus.workbooks]
        self._tree = tree

    @cached_property
    def _before(self) -> Rendering:
        return render_tree(self._profile, self._workbooks, self._tree)

    def renew(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the files, with those that show what is edited in them as they are made now."""
        # Links to pages begin with the folder of them, which some copies do not have.
        if not self._profile.folder or not any(path in files for path in self._workbooks):
            return dict(files)
        try:
            before = self._before
            after = render_tree(self._profile, self._workbooks, ChangedTree(self._tree, files))
        except (NotRenderedError, Unreadable):
            return dict(files)
        made = {
            path: data
            for path, data in after.new.items()
            # A page that was not made from its row, or that somebody edited, stays as it is.
            if path in before.new and before.new[path] == before.old[path] != data
        }
        return {**files, **made}
