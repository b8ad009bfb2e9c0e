"""What the history of a repository knows of pages that are gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.git.blobs import Blobs
from disarm_lint.reading.tree import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from disarm_lint.git.repository import Repository

# Seconds. What only makes a message richer is not worth waiting for.
PATIENCE = 5.0
_PAGE_LIMIT = 4_000_000


@dataclass(frozen=True, slots=True)
class LastSeen:
    """The last page of an id: its first line, and the commit that deleted it.

    `commit` is abbreviated, `date` the commit's, as in 2024-11-22.
    """

    id: str
    heading: str
    commit: str
    date: str


def last_seen(
    repository: Repository, folder: str, ids: Iterable[str], commit: str | None = None
) -> dict[str, LastSeen]:
    """Return what became of pages `<folder>/<kind>/<id>.md` that commits deleted.

    `folder` is that of the pages, from the top of the working tree; `commit` is
    the last one to look at, without it HEAD. Raises GitError where git cannot
    answer, or takes too long.
    """
    wanted = sorted(set(ids))
    start = commit or repository.head()
    if not wanted or start is None:
        return {}
    prefix = f"{folder}/" if folder else ""
    out = repository.git.ask(
        "log",
        "--no-renames",
        "--diff-filter=D",
        "--name-only",
        "-z",
        "--format=%x01%h %cs",
        start,
        "--",
        *(f":(glob){prefix}*/{entity_id}.md" for entity_id in wanted),
        patience=PATIENCE,
    )
    found: dict[str, LastSeen] = {}
    deleted, date = "", ""
    with Blobs(repository.git) as blobs:
        for part in out.decode("utf-8", "replace").split("\0"):
            if part.startswith("\x01"):
                deleted, _, date = part[1:].strip().partition(" ")
                continue
            path = part.strip("\n")
            entity_id = path.rpartition("/")[2].removesuffix(".md")
            if not path or entity_id in found or not path.isascii():
                continue
            try:
                data = blobs.read(path, f"{deleted}^:{path}", _PAGE_LIMIT)
            except Unreadable:
                continue
            heading = data.decode("utf-8", "replace").lstrip("\ufeff").strip().partition("\n")[0]
            found[entity_id] = LastSeen(entity_id, heading.strip(), deleted, date)
    return found
