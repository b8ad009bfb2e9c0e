"""What git knows about findings of today: what an id was, and since when a cause is there."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from disarm_lint.corpus.names import fold_name, simplify_name
from disarm_lint.corpus.registry import find_kind
from disarm_lint.project import SIZE_LIMIT
from disarm_lint.report.report import NOT_COMMITTED, ShownFinding, Since

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.history.history import History
    from disarm_lint.model.finding import Finding
    from disarm_lint.sources.filesystem import FileSystem
    from disarm_lint.sources.log import LastSeen
    from disarm_lint.sources.witness import Witness

_HEADING = re.compile(r"#[ \t]+[^:]{1,60}:(?P<name>.*)")


def explain_gone_ids(
    findings: Sequence[Finding],
    corpus: Corpus,
    root: Path,
    commit: str | None,
    witness: Witness | None = None,
) -> tuple[Finding, ...]:
    """Return findings whose messages say what their ids last named, where git knows it.

    `commit` is the one that was linted; None stands for what lies on the disk.
    A `witness` notes what the answer depends on.
    """
    gone = {finding.gone for finding in findings if finding.gone}
    if not gone:
        return tuple(findings)
    from disarm_lint.sources.git import GitError, find_repository
    from disarm_lint.sources.log import find_last_seen

    if witness is not None:
        witness.note_past(root)
    try:
        repository = find_repository(root)
    except GitError:
        return tuple(findings)
    try:
        inside = root.resolve().relative_to(repository.top.resolve()).as_posix()
        folder = "/".join(part for part in (inside, corpus.profile.folder) if part not in ("", "."))
        seen = find_last_seen(repository, folder, gone, commit)
    except (GitError, ValueError):
        # Git may take less time, and tell more, when it is asked again.
        if witness is not None:
            witness.unsure = True
        return tuple(findings)
    return tuple(
        structs.replace(
            finding, message=f"{finding.message}; {_explain(corpus, seen[finding.gone], finding)}"
        )
        if finding.gone in seen
        else finding
        for finding in findings
    )


_SEPARATOR = re.compile(r"[*_]{0,2}\s{0,3}[:–—-]\s{0,3}")


def _means_another(finding: Finding, name: str) -> bool:
    """Tell whether a name that is not this one, or none at all, is written behind the id.

    The id was then taken from another numbering, or its name tells the reader nothing.
    """
    text = finding.text
    if text is None:
        return False
    behind = text.source.text[text.end : text.end + 2 * len(name) + 20]
    separator = _SEPARATOR.match(behind)
    return separator is not None and not fold_name(behind[separator.end() :]).startswith(
        fold_name(name)
    )


def _explain(corpus: Corpus, item: LastSeen, finding: Finding) -> str:
    match = _HEADING.match(item.heading)
    name = simplify_name(match["name"]) if match else ""
    where = f"until {item.date} ({item.commit})"
    if not name:
        return f"it had a page {where}"
    message = f"it was “{name}” {where}"
    if _means_another(finding, name):
        return message
    kind = find_kind(item.id, corpus.profile)
    found = corpus.names(kind.key).judge(name, item.id) if kind else None
    heir = corpus.entity(found.meant) if found and found.meant else None
    if heir is not None and found is not None:
        message += (
            f"; that name is {heir.id} now"
            if found.exact
            else f"; that resembles {heir.id} “{heir.name}”"
        )
    return message


def blame_findings(findings: Sequence[ShownFinding], history: History) -> tuple[ShownFinding, ...]:
    """Return findings with the commit since which their cause is there."""
    from disarm_lint.history.history import list_introductions

    causes = {shown.finding.cause for shown in findings}
    known = {
        cause: Since(introduced.commit.day, introduced.commit.short, introduced.earlier)
        for cause, introduced in list_introductions(history, causes).items()
    }
    return tuple(
        replace(shown, since=known.get(shown.finding.cause, NOT_COMMITTED)) for shown in findings
    )


# The finding that is about line ends.
_ENDS = "T505"


def drop_ends_of_checkout(
    findings: Sequence[Finding], root: Path, files: FileSystem, witness: Witness | None = None
) -> tuple[Finding, ...]:
    """Return findings without those on line ends that only the checkout has.

    Under `core.autocrlf` git writes CRLF into the folder and stores line feeds: these count.
    """
    paths = {finding.location.path for finding in findings if finding.rule == _ENDS}
    if not paths or files.commit is not None or files.where:
        return tuple(findings)
    if witness is not None:
        witness.unsure = True
    clean = _list_stored_with_lf(root, paths)
    return tuple(
        finding
        for finding in findings
        if finding.rule != _ENDS or finding.location.path not in clean
    )


def _list_stored_with_lf(root: Path, paths: set[str]) -> set[str]:
    """Return those of some files whose content in the index has line feeds alone."""
    from disarm_lint.sources.commit import TreeSnapshot, list_index
    from disarm_lint.sources.filesystem import Unreadable
    from disarm_lint.sources.git import Blobs, GitError, find_repository

    clean = set()
    try:
        repository = find_repository(root)
        folder = root.resolve().relative_to(repository.top.resolve())
        with Blobs(repository.git) as blobs:
            index = TreeSnapshot(list_index(repository.git), blobs)
            for path in sorted(paths):
                try:
                    data = index.read((folder / path).as_posix(), SIZE_LIMIT)
                except Unreadable:
                    continue
                if b"\r" not in data and data:
                    clean.add(path)
    except (GitError, ValueError):
        return clean
    return clean
