"""What one commit says: which entities there are, and which findings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from sys import intern
from typing import TYPE_CHECKING

from disarm_lint.corpus.earlier import earlier_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from disarm_lint.corpus.earlier import Was
    from disarm_lint.model.finding import Finding
    from disarm_lint.project import Run


@dataclass(frozen=True, slots=True)
class Example:
    """A finding, or a cause as its first finding tells it, in plain values.

    `path` is relative to the corpus root; `cell` is set in a workbook.
    """

    cause: str
    rule: str
    name: str
    severity: str
    message: str
    subject: str
    suggestion: str | None
    path: str
    line: int | None
    column: int | None
    sheet: str | None
    cell: str | None


@dataclass(frozen=True)
class State:
    """A corpus at a commit, in short.

    `findings` and `causes` count by fingerprint and by cause; `examples` tell
    each cause. `reads` are the
    files that were read, from the top of the repository, with the names of
    their contents: where these and all names of files are the same, so is the
    state.
    """

    files: int = 0
    profile: str | None = None
    entities: Mapping[str, Was] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    causes: Mapping[str, int] = field(default_factory=dict)
    by_rule: Mapping[str, int] = field(default_factory=dict)
    by_severity: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, Example] = field(default_factory=dict)
    reads: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many findings there are."""
        return sum(self.findings.values())


NOTHING = State()


@dataclass
class Ledger:
    """What is gathered over the commits: of which rule each fingerprint is.

    Equal examples, and equal entities, are one object.
    """

    rules: dict[str, str] = field(default_factory=dict)
    _examples: dict[Example, Example] = field(default_factory=dict)
    _entities: dict[Was, Was] = field(default_factory=dict)

    def note(self, run: Run, reads: Mapping[str, str]) -> State:
        """Return the state of a corpus that was linted; see State for `reads`."""
        findings: Counter[str] = Counter()
        causes: Counter[str] = Counter()
        by_rule: Counter[str] = Counter()
        by_severity: Counter[str] = Counter()
        examples: dict[str, Example] = {}
        for finding in run.outcome.findings:
            cause = intern(finding.cause)
            if cause not in causes:
                example = example_of(finding)
                examples[cause] = self._examples.setdefault(example, example)
            fingerprint = intern(finding.fingerprint)
            self.rules[fingerprint] = finding.rule
            findings[fingerprint] += 1
            causes[cause] += 1
            by_rule[finding.rule] += 1
            by_severity[str(finding.severity)] += 1
        entities = earlier_of(run.corpus, "").entities
        return State(
            files=run.files,
            profile=run.corpus.profile.name,
            entities={
                intern(entity_id): self._entities.setdefault(was, was)
                for entity_id, was in entities.items()
            },
            findings=findings,
            causes=causes,
            by_rule=by_rule,
            by_severity=by_severity,
            examples=examples,
            reads={intern(path): intern(name) for path, name in reads.items()},
        )


def example_of(finding: Finding) -> Example:
    """Return a finding in plain values, which hold no page in memory."""
    span, cell = finding.location.span, finding.location.cell
    return Example(
        cause=finding.cause,
        rule=finding.rule,
        name=finding.name,
        severity=str(finding.severity),
        message=finding.message,
        subject=finding.subject,
        suggestion=finding.suggestion,
        path=finding.location.path,
        line=span.line if span else None,
        column=span.column if span else None,
        sheet=cell.sheet if cell else None,
        cell=cell.ref if cell else None,
    )
