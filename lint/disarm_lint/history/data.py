"""A history as plain data, as history.schema.json says: for programs, and for reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from disarm_lint.history.lives import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from disarm_lint.history.build import History, Step
    from disarm_lint.history.commits import Commit
    from disarm_lint.history.lives import Life
    from disarm_lint.history.state import Example

SCHEMA_VERSION = 1


def as_data(
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
        "tool": {"name": "disarm-lint", "version": version},
        "corpus": {"root": root, "profile": last.profile if last else None},
        "range": {
            "walked": history.walked,
            "shallow": history.shallow,
            "tagged": history.tagged,
            "base": [_reference(step.commit) for step in history.base],
        },
        "releases": [_step(step, path) for step in history.releases],
        "commits": [_step(step, path) for step in history.commits],
        "causes": [_cause(life, commits, path) for life in history.causes],
        "summary": {
            "commits": len(history.commits),
            "releases": len(history.releases),
            "findings": last.total if last else 0,
            "causes": len(history.causes),
            "open": sum(life.open for life in history.causes),
            "fixed": sum(not life.open for life in history.causes),
            "returned": sum(life.returns > 0 for life in history.causes),
        },
    }


def _reference(commit: Commit) -> dict[str, Any]:
    return {"commit": commit.name, "short": commit.short, "date": commit.date}


def _step(step: Step, path: Callable[[str], str]) -> dict[str, Any]:
    commit, state, changed = step.commit, step.state, step.changes
    return {
        **_reference(commit),
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
        "new": _differing(changed.new, changed.new_causes),
        "fixed": _differing(changed.fixed, changed.fixed_causes),
        "added": [{"id": e.id, "kind": e.kind, "name": e.name} for e in changed.added],
        "renamed": [
            {"id": e.id, "kind": e.kind, "old_name": e.old, "new_name": e.new}
            for e in changed.renamed
        ],
        "retired": [
            {"id": e.id, "kind": e.kind, "name": e.name, "successor": e.successor}
            for e in changed.retired
        ],
        "remarks": [_remark(example, path) for example in step.remarks],
    }


def _remark(example: Example, path: Callable[[str], str]) -> dict[str, Any]:
    return {**_told(example), **_place(example, path)}


def _told(example: Example) -> dict[str, Any]:
    return {
        "cause": example.cause,
        "rule": example.rule,
        "name": example.name,
        "severity": example.severity,
        "message": example.message,
        "subject": example.subject,
        "suggestion": example.suggestion,
    }


def _place(example: Example, path: Callable[[str], str]) -> dict[str, Any]:
    return {
        "path": path(example.path),
        "line": example.line,
        "column": example.column,
        "sheet": example.sheet,
        "ref": example.cell,
    }


def _differing(by_rule: Mapping[str, int], causes: tuple[str, ...]) -> dict[str, Any]:
    return {"findings": sum(by_rule.values()), "by_rule": dict(by_rule), "causes": list(causes)}


def _cause(life: Life, commits: Mapping[str, Commit], path: Callable[[str], str]) -> dict[str, Any]:
    example = life.example
    first, began = life.introduced
    again, since = life.since
    return {
        **_told(example),
        "example": {**_place(example, path), "commit": life.last},
        "findings": life.places,
        "open": life.open,
        "introduced": {**_reference(commits[began]), "earlier": first is Event.BEFORE},
        "since": {**_reference(commits[since]), "earlier": again is Event.BEFORE},
        "fixed": _reference(commits[life.fixed]) if life.fixed is not None else None,
        "returned": life.returns,
        "events": [{"event": str(event), "commit": commit} for event, commit in life.events],
    }
