"""Messages about ids that are gone, made richer by the history of the repository.

Only the message: rule, severity and exit status are the same without a history.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import plain
from disarm_lint.corpus.registry import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.git.past import LastSeen
    from disarm_lint.model.finding import Finding

_HEADING = re.compile(r"#[ \t]+[^:]{1,60}:(?P<name>.*)")


def with_past(
    findings: Sequence[Finding], corpus: Corpus, root: Path, commit: str | None
) -> tuple[Finding, ...]:
    """Return findings whose messages say what their ids last named, where git knows it.

    `commit` is the one that was linted; None stands for what lies on the disk.
    """
    gone = {finding.gone for finding in findings if finding.gone}
    if not gone:
        return tuple(findings)
    from disarm_lint.git.past import last_seen
    from disarm_lint.git.process import GitError
    from disarm_lint.git.repository import find_repository

    try:
        repository = find_repository(root)
        inside = root.resolve().relative_to(repository.top.resolve()).as_posix()
        folder = "/".join(part for part in (inside, corpus.profile.folder) if part not in ("", "."))
        seen = last_seen(repository, folder, gone, commit)
    except (GitError, ValueError):
        return tuple(findings)
    told = {entity_id: _told(corpus, item) for entity_id, item in seen.items()}
    return tuple(
        replace(finding, message=f"{finding.message}; {told[finding.gone]}")
        if finding.gone in told
        else finding
        for finding in findings
    )


def _told(corpus: Corpus, item: LastSeen) -> str:
    match = _HEADING.match(item.heading)
    name = plain(match["name"]) if match else ""
    where = f"until {item.date} ({item.commit})"
    if not name:
        return f"it had a page {where}"
    message = f"it was “{name}” {where}"
    kind = kind_of(item.id, corpus.profile)
    found = corpus.names(kind.key).judge(name, item.id) if kind else None
    heir = corpus.entity(found.meant) if found and found.meant else None
    if heir is not None and found is not None:
        message += (
            f"; that name is {heir.id} now"
            if found.exact
            else f"; that resembles {heir.id} “{heir.name}”"
        )
    return message
