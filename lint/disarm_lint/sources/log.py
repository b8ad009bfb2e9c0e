"""The commits that may have touched a corpus, and when an id was last seen."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from disarm_lint.sources.filesystem import Unreadable
from disarm_lint.sources.git import Blobs, NotFetchedError
from disarm_lint.sources.scope import CONFIG_NAMES, PYPROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from disarm_lint.sources.git import Git, Repository

# A subject has no newline: git joins its lines.
_FORMAT = "%H%x00%h%x00%P%x00%cI%x00%s"
_CONFIGS = (*CONFIG_NAMES, PYPROJECT)


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
    paths = _build_pathspecs(folder)
    commits = _list_commits(
        git, "--topo-order", "--reverse", "--full-history", "--parents", head, *paths
    )
    commits = _add_tags(git, head, commits, paths)
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


def read_commits(git: Git, names: Iterable[str]) -> dict[str, Commit]:
    """Return the commits of these whole names; raise GitError if git lacks one."""
    lines = "".join(f"{name}\n" for name in names)
    if not lines:
        return {}
    commits = _list_commits(git, "--no-walk", "--stdin", given=lines.encode("ascii"))
    return {commit.name: commit for commit in commits}


def _list_commits(git: Git, *arguments: str, given: bytes = b"") -> list[Commit]:
    """Return the commits that `git rev-list` tells for these arguments."""
    out = git.ask(
        "rev-list", "--abbrev=7", "--encoding=UTF-8", f"--format={_FORMAT}", *arguments, given=given
    )
    # Before each there is a line “commit” with its name.
    return [_parse_commit(line) for line in out.decode("utf-8", "replace").split("\n")[1::2]]


def _parse_commit(line: str) -> Commit:
    name, short, parents, date, subject = line.split("\0", 4)
    return Commit(name, short, tuple(parents.split()), date, subject.strip())


def _build_pathspecs(folder: str) -> list[str]:
    if not folder:
        return []
    above = [""]
    for part in folder.split("/")[:-1]:
        above.append(f"{above[-1]}{part}/")
    paths = [folder, *(f"{place}{name}" for place in above for name in _CONFIGS)]
    return ["--", *(f":(top,literal){path}" for path in paths)]


def _add_tags(git: Git, head: str, commits: Iterable[Commit], paths: Sequence[str]) -> list[Commit]:
    commits = list(commits)
    known = {commit.name for commit in commits}
    tags: dict[str, list[str]] = {}
    for commit, tag in _list_tags(git, head):
        place = commit
        if place not in known:
            found = git.ask("rev-list", "--max-count=1", "--full-history", commit, *paths).split()
            place = found[0].decode("ascii") if found else ""
        tags.setdefault(place, []).append(tag)
    return [replace(c, tags=tuple(tags[c.name])) if c.name in tags else c for c in commits]


def _list_tags(git: Git, head: str) -> list[tuple[str, str]]:
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
_SPECIAL, _ESCAPED = re.compile(r"[*?\[\\]"), r"\\\g<0>"


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
    wanted = frozenset(ids)
    start = commit or repository.head()
    if not wanted or start is None:
        return {}
    prefix = f"{folder}/" if folder else ""
    specs = [
        f":(glob){_SPECIAL.sub(_ESCAPED, prefix)}*/{entity_id}.md" for entity_id in sorted(wanted)
    ]
    git = repository.git
    names = git.ask("rev-list", start, "--", *specs, patience=PATIENCE)
    seen: dict[str, tuple[str, str]] = {}
    with Blobs(git) as blobs:
        for commit_name, path, content in _list_deletions(git, names):
            entity_id = _find_page_id(path, prefix)
            if entity_id not in wanted or entity_id in seen:
                continue
            try:
                data = blobs.read(path, content, _PAGE_LIMIT)
            except Unreadable:
                continue
            except NotFetchedError:
                # Others are hardly there either, and asking for each one takes time.
                break
            seen[entity_id] = (data.decode("utf-8", "replace"), commit_name)
    commits = read_commits(git, {name for _, name in seen.values()})
    return {
        entity_id: LastSeen(
            entity_id, _cut_first_line(text), commits[name].short, commits[name].day
        )
        for entity_id, (text, name) in seen.items()
    }


def _list_deletions(git: Git, names: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield what commits deleted: the commit, the path, and the name of the content.

    `names` are those of the commits, one a line. A merge deletes nothing of its own.
    """
    out = git.ask(
        "diff-tree", "--stdin", "-r", "--raw", "--no-abbrev", "--diff-filter=D", "-z",
        given=names, patience=PATIENCE,
    )  # fmt: skip
    commit = ""
    parts = iter(out.split(b"\0"))
    for part in parts:
        if part.startswith(b":"):
            yield commit, os.fsdecode(next(parts)), part.split()[2].decode("ascii")
        else:
            commit = part.decode("ascii").strip()


def _find_page_id(path: str, prefix: str) -> str | None:
    """Return the id that a page `<prefix><kind>/<id>.md` is about; None for another path."""
    kind, _, name = path.removeprefix(prefix).partition("/")
    if not path.startswith(prefix) or not kind or "/" in name or not name.endswith(".md"):
        return None
    return name.removesuffix(".md")


def _cut_first_line(text: str) -> str:
    return text.lstrip("\ufeff").strip().partition("\n")[0].strip()
