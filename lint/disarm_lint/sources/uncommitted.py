"""Which files of a working tree hold what git has in no commit."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from disarm_lint.sources.commit import list_commit
from disarm_lint.sources.git import GitError, find_repository

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# The length of a blob's name in hexadecimal digits where the repository is a SHA-256 one.
_SHA256_DIGITS = 64


def list_uncommitted(folder: Path, files: Mapping[Path, bytes]) -> list[Path]:
    """Return those files, given with their bytes, that differ from the last commit around `folder`.

    A file that the commit does not hold is not among them, nor is any where
    there is no repository, no commit or no git: git could give nothing back.
    """
    try:
        repository = find_repository(folder)
        head = repository.head()
        held = list_commit(repository.git, head) if head is not None else {}
    except GitError:
        return []
    changed = []
    for file, data in files.items():
        place = file.resolve()
        if not place.is_relative_to(repository.top):
            continue
        entry = held.get(place.relative_to(repository.top).as_posix())
        if entry is not None and entry.name not in _name_forms(data, len(entry.name)):
            changed.append(file)
    return changed


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
