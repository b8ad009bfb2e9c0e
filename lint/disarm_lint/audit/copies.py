"""Where annotated copies may go: never over an original, nor over anybody's work."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from disarm_lint.audit.package import Made, made
from disarm_lint.workbooks.guard import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from disarm_lint.audit.annotate import Master


def refusal(folder: Path, masters: Sequence[Master]) -> str | None:
    """Return why copies of some workbooks may not go to a folder, in one line; None if they may."""
    names: dict[str, str] = {}
    for master in masters:
        other = names.setdefault(master.name.casefold(), master.path)
        if other != master.path or sum(m.name == master.name for m in masters) > 1:
            return f"there are two workbooks “{master.name}”; annotate one corpus at a time"
        if any(_same(folder, place) for place in (master.folder, *master.folder.parents)):
            return (
                f"“{folder}” holds the originals (“{master.path}”), "
                "which are never written to; name a folder beside them"
            )
    for master in masters:
        if reason := _occupied(folder / master.name):
            return reason
    return None


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)


def _occupied(file: Path) -> str | None:
    if file.is_symlink():
        return f"“{file}” is a link; remove it, or name another folder"
    if not file.exists():
        return None
    if not file.is_file():
        return f"“{file}” is no file; name another folder"
    try:
        with file.open("rb") as stream:
            found = made(stream.read(MOST_BYTES + 1))
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        return f"“{file}” cannot be read: {reason}; name another folder"
    if found is Made.ELSEWHERE:
        return f"“{file}” is no annotated copy; move it away, or name another folder"
    if found is Made.CHANGED:
        return (
            f"“{file}” was changed since it was written, perhaps by an analyst; "
            "move it away, or name another folder"
        )
    return None
