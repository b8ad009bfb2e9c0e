"""The commits that may have touched a corpus, and when an id was last seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from disarm_lint.sources.blobs import Blobs
from disarm_lint.sources.filesystem import Unreadable
from disarm_lint.sources.scope import CONFIG_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from disarm_lint.sources.git import Git, Repository

_FORMAT = "%H%n%h%n%P%n%cI%n%s"
_CONFIGS = (CONFIG_NAME, "pyproject.toml")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its whole and its short name, its parents, when it was made (ISO 8601), and why.

    `tags` are those of the commit itself, and of later ones that left the
    corpus as it was.
    """

    name: str
    short: str
    parents: tuple[str, ...]
    date: str
    subject: str
    tags: tuple[str, ...] = ()

    @property
    def day(self) -> str:
        """The day, as in 2024-11-22."""
        return self.date[:10]


@dataclass(frozen=True, slots=True)
class Log:
    """Commits, parents first, the last of them the present one.

    `base` are those that came before the range that was asked for: they are
    only there to be compared with. A `shallow` clone lacks older ones.
    """

    commits: tuple[Commit, ...]
    base: frozenset[str] = frozenset()
    shallow: bool = False


def read_log(repository: Repository, folder: str, since: str | None = None) -> Log:
    """Return the commits that changed a folder (from the top; empty: all), up to HEAD.

    `since` leaves out the commit that it names and all before it. Raises
    GitError where git cannot tell, as for an unknown revision or a repository
    without a commit.
    """
    git = repository.git
    head = repository.commit("HEAD")
    start = repository.commit(since) if since is not None else None
    paths = _pathspecs(folder)
    out = git.ask(
        "log", "-z", "--topo-order", "--reverse", "--full-history", "--parents", "--abbrev=7",
        "--no-color", "--no-show-signature", "--encoding=UTF-8", f"--format={_FORMAT}",
        head, *paths,
    )  # fmt: skip
    commits = [_commit(record) for record in out.decode("utf-8", "replace").split("\0") if record]
    commits = _with_tags(git, head, commits, paths)
    shallow = git.ask("rev-parse", "--is-shallow-repository").strip() == b"true"
    if start is None:
        return Log(tuple(commits), shallow=shallow)
    told = set(git.ask("rev-list", f"{start}..{head}").decode("ascii").split())
    base = {parent for c in commits if c.name in told for parent in c.parents} - told
    if not base:
        # Nothing changed since, or nothing before: then the last commit before is the base.
        earlier = [c.name for c in commits if c.name not in told]
        base = set(earlier[-1:])
    kept = tuple(c for c in commits if c.name in told or c.name in base)
    return Log(kept, frozenset(base), shallow)


def follow_first_parents(commits: Sequence[Commit]) -> list[Commit]:
    """Return the last commit, its first parent, that one's first parent and so on, oldest first."""
    by_name = {commit.name: commit for commit in commits}
    line: list[Commit] = []
    commit = commits[-1] if commits else None
    while commit is not None:
        line.append(commit)
        commit = by_name.get(commit.parents[0]) if commit.parents else None
    return line[::-1]


def _commit(record: str) -> Commit:
    name, short, parents, date, subject = record.lstrip("\n").split("\n", 4)
    return Commit(name, short, tuple(parents.split()), date, subject.strip())


def _pathspecs(folder: str) -> list[str]:
    if not folder:
        return []
    above = [""]
    for part in folder.split("/")[:-1]:
        above.append(f"{above[-1]}{part}/")
    paths = [folder, *(f"{place}{name}" for place in above for name in _CONFIGS)]
    return ["--", *(f":(top,literal){path}" for path in paths)]


def _with_tags(
    git: Git, head: str, commits: Iterable[Commit], paths: Sequence[str]
) -> list[Commit]:
    commits = list(commits)
    known = {commit.name for commit in commits}
    tags: dict[str, list[str]] = {}
    for commit, tag in _tags(git, head):
        place = commit
        if place not in known:
            found = git.ask("rev-list", "--max-count=1", "--full-history", commit, *paths).split()
            place = found[0].decode("ascii") if found else ""
        tags.setdefault(place, []).append(tag)
    return [replace(c, tags=tuple(tags[c.name])) if c.name in tags else c for c in commits]


def _tags(git: Git, head: str) -> list[tuple[str, str]]:
    """Return the tags of the commits up to `head`, with the commit of each."""
    form = "%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)%00%(refname:strip=2)"
    out = git.ask("for-each-ref", f"--merged={head}", f"--format={form}", "refs/tags")
    found = []
    for line in out.decode("utf-8", "replace").splitlines():
        kind, name, inner_kind, inner, tag = line.split("\0")
        if "commit" in (kind, inner_kind):
            found.append((name if kind == "commit" else inner, tag))
    return found


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


def find_last_seen(
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
