"""What one commit has in common with the next is read and parsed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.git.blobs import Blobs
from disarm_lint.project import Parser

if TYPE_CHECKING:
    from collections.abc import Container

    from disarm_lint.git.process import Git
    from disarm_lint.model.document import Document
    from disarm_lint.model.profile import Profile
    from disarm_lint.workbooks.load import Workbook


class KeptBlobs(Blobs):
    """Contents from git's store, each asked for once until it is let go.

    `reads` are the paths that were read since it was last emptied, from the
    top, with the names of their contents.
    """

    def __init__(self, git: Git) -> None:
        super().__init__(git)
        self.reads: dict[str, str] = {}
        self._data: dict[str, bytes] = {}

    def read(self, path: str, name: str, limit: int) -> bytes:
        """Return the content of a blob; see Blobs."""
        self.reads[path] = name
        data = self._data.get(name)
        if data is None or len(data) > limit:
            data = self._data[name] = super().read(path, name, limit)
        return data

    def keep(self, names: Container[str]) -> list[bytes]:
        """Let go of all contents but those in `names`, and return what stays."""
        self._data = {name: data for name, data in self._data.items() if name in names}
        return list(self._data.values())


# Part of a profile that is the same object in a copy for another folder of pages.
_Key = tuple[str, bytes, int, str, bool]


def _key(path: str, data: bytes, profile: Profile, *, loose: bool = False) -> _Key:
    return path, data, id(profile.kinds), profile.pages, loose


class KeptParser(Parser):
    """Parses each content at each path once, for each profile."""

    def __init__(self) -> None:
        # The profiles are held, so that no other can get the address of one.
        self._profiles: dict[int, Profile] = {}
        self._pages: dict[_Key, Document] = {}
        self._workbooks: dict[_Key, Workbook] = {}

    def page(self, path: str, data: bytes, profile: Profile, *, loose: bool) -> Document:
        """Return the document of a text file."""
        key = _key(path, data, profile, loose=loose)
        found = self._pages.get(key)
        if found is None:
            self._profiles.setdefault(id(profile.kinds), profile)
            found = self._pages[key] = super().page(path, data, profile, loose=loose)
        return found

    def workbook(self, path: str, data: bytes, profile: Profile) -> Workbook:
        """Return the rows of a workbook, and what is wrong with it."""
        key = _key(path, data, profile)
        found = self._workbooks.get(key)
        if found is None:
            self._profiles.setdefault(id(profile.kinds), profile)
            found = self._workbooks[key] = super().workbook(path, data, profile)
        return found

    def keep(self, contents: Container[bytes]) -> None:
        """Let go of what was parsed from contents other than these."""
        self._pages = {key: page for key, page in self._pages.items() if key[1] in contents}
        self._workbooks = {key: book for key, book in self._workbooks.items() if key[1] in contents}
