"""The history of a corpus: its commits, its releases, and its causes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from disarm_lint.compare.fates import Fate, map_superseding
from disarm_lint.corpus.release import Change, compare_releases
from disarm_lint.history.timeline import (
    CauseTimeline,
    CommitNode,
    Event,
    StateChanges,
    compare_states,
    trace_causes,
)
from disarm_lint.history.walk import NOTHING, CommitState, HistoryRequest, Walk, walk
from disarm_lint.report.data import encode_changes, encode_finding, encode_tool
from disarm_lint.sources.log import Commit, Log, follow_first_parents, read_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from disarm_lint.corpus.release import ReleaseChanges
    from disarm_lint.history.timeline import CauseTimeline, Departed
    from disarm_lint.history.walk import HistoryRequest
    from disarm_lint.model.finding import Finding
    from disarm_lint.sources.log import Commit


@dataclass(frozen=True, slots=True)
class CommitStep:
    """A commit or a release, what it says, and what it changed.

    `commit.parents` are the commits of the history that came right before it;
    `before` are those that `compare_states` compares it with: the parents, or for a
    release the release before. An empty `before` stands for an empty corpus. `main`
    says whether it is on the main line: the last commit, its first parent, and so on.
    `remarks` are findings that only a comparison with an earlier state can show.
    """

    commit: Commit
    state: CommitState
    before: tuple[str, ...]
    changes: StateChanges
    main: bool
    remarks: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class History:
    """A corpus through time.

    `commits` are those that touched the corpus, parents first; `releases` the
    tagged ones among them and the last, or without tags those of the main
    line. `base` holds what came before the range that was asked for. `rules`
    gives the code of each fingerprint; `walked` counts the commits that were
    read, and `unusable` are those whose configuration cannot be used.
    """

    commits: tuple[CommitStep, ...]
    releases: tuple[CommitStep, ...]
    base: tuple[CommitStep, ...]
    causes: tuple[CauseTimeline, ...]
    rules: Mapping[str, str]
    walked: int
    tagged: bool
    shallow: bool
    unusable: Mapping[str, str]


def read_history(
    request: HistoryRequest,
    folder: str,
    since: str | None = None,
    *,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> History:
    """Lint each commit that touched a corpus, up to HEAD, and return what changed.

    `folder` is the root of the corpus from the top of the repository. `list_introductions`
    leaves out the commit that it names and all before it. Raises GitError and
    ConfigError, see `read_log` and `walk`.
    """
    log = read_log(request.repository, folder, since)
    done = walk(request, log.commits, progress)
    return _build(log, done, map_superseding(loaded.rule for loaded in request.rules))


def _build(log: Log, done: Walk, superseding: Mapping[str, frozenset[str]]) -> History:
    commits = _select_touching(log, done.states)
    base = log.base
    main = {commit.name for commit in follow_first_parents(commits)}
    states = {commit.name: done.states[commit.name] for commit in commits}
    rules = done.ledger.rules

    def step(
        commit: Commit, before: Sequence[str], remarks: Iterable[Finding] | None = None
    ) -> CommitStep:
        state = states[commit.name]
        changed = compare_states(state, [states[name] for name in before], rules, superseding)
        if remarks is None:
            remarks = done.remarks.get(commit.name, ())
        return CommitStep(
            commit, state, tuple(before), changed, commit.name in main, tuple(remarks)
        )

    told = [commit for commit in commits if commit.name not in base]
    tagged = any(commit.tags for commit in told)
    chosen = [
        c for c in told if (c.tags or c is told[-1] if tagged else c.name in main)
    ]  # the last commit is no release yet, and yet what one wants to know of
    earlier = [c.name for c in commits if c.name in base and c.name in main][-1:]
    releases = []
    for commit in chosen:
        said: list[Finding] = []
        if earlier:
            changed = compare_releases(states[earlier[0]].release, states[commit.name].release)
            said = [
                remark
                for name in _list_between(commits, commit.name, earlier)
                for remark in done.remarks.get(name, ())
                if _is_still_so(remark, states[name], changed)
            ]
        releases.append(step(commit, earlier, dict.fromkeys(said)))
        earlier = [commit.name]
    before = log.base if not log.shallow else base | {c.name for c in commits if not c.parents}
    nodes = [CommitNode(c.name, c.parents, states[c.name], c.name in before) for c in commits]
    return History(
        commits=tuple(step(commit, commit.parents) for commit in told),
        releases=tuple(releases),
        base=tuple(step(commit, ()) for commit in commits if commit.name in base),
        causes=trace_causes(nodes, superseding),
        rules=rules,
        walked=len(log.commits),
        tagged=tagged,
        shallow=log.shallow,
        unusable=done.unusable,
    )


def _list_between(commits: Sequence[Commit], last: str, before: Sequence[str]) -> list[str]:
    """Return the commits up to `last`, in their order, without those up to others."""
    parents = {commit.name: commit.parents for commit in commits}
    told = _add_ancestors([last], parents) - _add_ancestors(before, parents)
    return [commit.name for commit in commits if commit.name in told]


def _add_ancestors(names: Sequence[str], parents: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [parent for parent in parents[name] if parent in parents]
    return found


def _is_still_so(remark: Finding, then: CommitState, changed: ReleaseChanges) -> bool:
    """Tell whether a commit did the same to the id of a remark as the release."""
    if remark.subject not in then.entities:
        return remark.subject in changed.ids(Change.RETIRED)
    return remark.subject in changed.ids(Change.RENAMED, Change.REUSED)


def _select_touching(log: Log, states: Mapping[str, CommitState]) -> list[Commit]:
    """Return the commits that changed the corpus, with the nearest of these as their parents.

    A commit that changed nothing compared with its first parent is left out, unless
    it merges commits that did. Its tags go to the commit before.
    """
    kept: dict[str, Commit] = {}
    stands_for: dict[str, str | None] = {}
    above: dict[str, frozenset[str]] = {}
    for commit in log.commits:
        near = (stands_for.get(parent) for parent in commit.parents)
        parents = list(dict.fromkeys(name for name in near if name is not None))
        first = parents[0] if parents else None
        before = states[first] if first is not None else NOTHING
        known = {first, *above.get(first or "", ())}
        if commit.name not in log.base and known.issuperset(parents):
            if states[commit.name] == before:
                stands_for[commit.name] = first
                if first is not None and commit.tags:
                    kept[first] = replace(kept[first], tags=(*kept[first].tags, *commit.tags))
                continue
            parents = parents[:1]
        stands_for[commit.name] = commit.name
        above[commit.name] = frozenset(parents).union(*(above[parent] for parent in parents))
        kept[commit.name] = replace(commit, parents=tuple(parents))
    return list(kept.values())


@dataclass(frozen=True, slots=True)
class Introduced:
    """The commit that introduced a cause; `earlier` if the cause is older than what git holds."""

    commit: Commit
    earlier: bool = False

    def __str__(self) -> str:
        """Return words such as `since 2024-11-22 (c724a3f)`."""
        word = "since before" if self.earlier else "since"
        return f"{word} {self.commit.day} ({self.commit.short})"


def blame(
    request: HistoryRequest,
    folder: str,
    causes: Iterable[str],
    *,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> dict[str, Introduced]:
    """Return the commits that introduced causes; causes that no commit has are left out.

    For a cause that came back, it is the last commit that brought it back. For the
    rest see `read_history`, which does the work: it lints every commit.
    """
    return list_introductions(read_history(request, folder, progress=progress), causes)


def list_introductions(history: History, causes: Iterable[str]) -> dict[str, Introduced]:
    """Return the commits that introduced causes, for those that the last commit has."""
    wanted = set(causes)
    commits = {step.commit.name: step.commit for step in (*history.base, *history.commits)}
    return {
        timeline.example.cause: Introduced(
            commits[timeline.since[1]], timeline.since[0] is Event.BEFORE
        )
        for timeline in history.causes
        if timeline.open and timeline.example.cause in wanted
    }


SCHEMA_VERSION = 2

# What became of findings and causes that are gone, by key.
_ENDS = {
    "fixed": Event.FIXED,
    "altered": Event.ALTERED,
    "gone": Event.GONE,
    "not_compared": Event.UNCOMPARED,
}


def encode_history(
    history: History, *, version: str, root: str, path: Callable[[str], str] = str
) -> dict[str, Any]:
    """Return a history as plain data, in the order of the schema's keys.

    `version` is that of the linter, `root` the corpus root as shown; `path`
    gives a path in the corpus as shown.
    """
    steps = (*history.base, *history.commits)
    commits = {step.commit.name: step.commit for step in steps}
    last = steps[-1].state if steps else None
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": encode_tool(version),
        "corpus": {"root": root, "profile": last.profile if last else None},
        "range": {
            "walked": history.walked,
            "shallow": history.shallow,
            "tagged": history.tagged,
            "base": [_encode_reference(step.commit) for step in history.base],
        },
        "releases": [_encode_step(step, path) for step in history.releases],
        "commits": [_encode_step(step, path) for step in history.commits],
        "causes": [_encode_cause(timeline, commits, path) for timeline in history.causes],
        "summary": {
            "commits": len(history.commits),
            "releases": len(history.releases),
            "findings": last.total if last else 0,
            "causes": len(history.causes),
            "open": sum(timeline.open for timeline in history.causes),
            **{
                key: sum(timeline.state is event for timeline in history.causes)
                for key, event in _ENDS.items()
            },
            "returned": sum(timeline.returns > 0 for timeline in history.causes),
        },
    }


def _encode_reference(commit: Commit) -> dict[str, Any]:
    return {"commit": commit.name, "short": commit.short, "date": commit.date}


def _encode_step(step: CommitStep, path: Callable[[str], str]) -> dict[str, Any]:
    commit, state, changed = step.commit, step.state, step.changes
    return {
        **_encode_reference(commit),
        "subject": commit.subject,
        "tags": list(commit.tags),
        "parents": list(commit.parents),
        "merge": len(commit.parents) > 1,
        "main_line": step.main,
        "before": list(step.before),
        "files": state.files,
        "entities": len(state.entities),
        "findings": state.total,
        "causes": len(state.causes),
        "by_rule": dict(sorted(state.by_rule.items())),
        "by_severity": {
            name: state.by_severity.get(name, 0) for name in ("error", "warning", "info")
        },
        "new": _describe_difference(changed.new, changed.new_causes),
        **{
            key: _describe_departed(changed.departed[Fate(str(event))])
            for key, event in _ENDS.items()
        },
        "entity_changes": encode_changes(changed.entities),
        "remarks": [encode_finding(remark, path) for remark in step.remarks],
    }


def _describe_difference(by_rule: Mapping[str, int], causes: tuple[str, ...]) -> dict[str, Any]:
    return {"findings": sum(by_rule.values()), "by_rule": dict(by_rule), "causes": list(causes)}


def _describe_departed(departed: Departed) -> dict[str, Any]:
    found = _describe_difference(departed.by_rule, departed.causes)
    return found | {"reasons": dict(departed.reasons)} if departed.reasons else found


def _encode_cause(
    timeline: CauseTimeline, commits: Mapping[str, Commit], path: Callable[[str], str]
) -> dict[str, Any]:
    example = timeline.example
    first, began = timeline.introduced
    again, since = timeline.since
    return {
        "cause": example.cause,
        "example": encode_finding(example, path),
        "last": _encode_reference(commits[timeline.last]),
        "findings": timeline.places,
        "open": timeline.open,
        "introduced": {**_encode_reference(commits[began]), "earlier": first is Event.BEFORE},
        "since": {**_encode_reference(commits[since]), "earlier": again is Event.BEFORE},
        "state": "open" if timeline.state is None else str(timeline.state),
        "fixed": _encode_reference(commits[timeline.fixed]) if timeline.fixed is not None else None,
        "ended": _encode_reference(commits[timeline.end[1]]) if timeline.end is not None else None,
        "returned": timeline.returns,
        "events": [{"event": str(event), "commit": commit} for event, commit in timeline.events],
    }
