"""Which files of a working tree hold what git has in no commit."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.sources.commit import list_commit
from disarm_lint.sources.filesystem import find_boundary
from disarm_lint.sources.git import GitError, NoRepositoryError, find_repository

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from disarm_lint.sources.commit import Listing

# The length of a blob's name in hexadecimal digits where the repository is a SHA-256 one.
_SHA256_DIGITS = 64


def list_uncommitted(
    folder: Path, files: Mapping[Path, bytes], deleted: Collection[Path] = ()
) -> list[Path]:
    """Return those files, given with their bytes, that differ from the last commit around `folder`.

    A file that lies in a submodule, or in another repository below the folder, is compared
    with that one's. What no commit holds is among them only where it is to be `deleted`:
    git could give nothing back anyway, but an edit loses less. Where there is no
    repository, there are none.

    Raises GitError where there is a repository that git does not read.
    """
    asked: dict[str, _Held | None] = {}

    def hold(place: Path) -> _Held | None:
        boundary = find_boundary(place)
        if boundary not in asked:
            asked[boundary] = _read_commit(place)
        return asked[boundary]

    around = hold(folder)
    changed = []
    for file, data in files.items():
        place = file.resolve()
        states = [held for held in (around, hold(place.parent)) if held is not None]
        found = next((name for held in states if (name := held.find(place)) is not None), None)
        if found is not None:
            if found not in _name_forms(data, len(found)):
                changed.append(file)
        elif states and file in deleted:
            changed.append(file)
    return changed


@dataclass(frozen=True)
class _Held:
    """What the last commit of a repository holds: the names of blobs, by path from its top."""

    top: Path
    listing: Listing

    def find(self, place: Path) -> str | None:
        """Return the name of the blob of a file; None if the commit does not hold it."""
        if not place.is_relative_to(self.top):
            return None
        entry = self.listing.get(place.relative_to(self.top).as_posix())
        return entry.name if entry is not None else None


def _read_commit(folder: Path) -> _Held | None:
    """Return what the last commit around a folder holds; None if there is no repository."""
    try:
        repository = find_repository(folder)
        if repository.bare:
            raise GitError(f"“{repository.top}” says that it is a bare repository")
        head = repository.head()
        return _Held(repository.top, list_commit(repository.git, head) if head is not None else {})
    except NoRepositoryError:
        return None
    except GitError:
        if os.path.lexists(os.path.join(find_boundary(folder), ".git")):  # noqa: PTH118 - a text
            raise
        return None


def _name_forms(data: bytes, digits: int) -> Iterator[str]:
    """Yield the names of the blobs that git may hold for a file.

    The content is converted here and not by git, which would run the filters
    that a repository names: line ends, and the pointers of Git LFS.
    """
    digest = hashlib.sha256(data).hexdigest()
    pointer = (
        "version https://git-lfs.github.com/spec/v1\n"
        f"oid sha256:{digest}\nsize {len(data)}\n"
    ).encode()  # fmt: skip
    for content in (data, data.replace(b"\r\n", b"\n"), pointer):
        blob = b"blob %d\0%b" % (len(content), content)
        if digits == _SHA256_DIGITS:
            yield hashlib.sha256(blob).hexdigest()
        else:
            yield hashlib.sha1(blob, usedforsecurity=False).hexdigest()
