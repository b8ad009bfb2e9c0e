"""Running rules: findings, what suppresses them, causes and fingerprints."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from disarm_lint.corpus.names import plain
from disarm_lint.rule import NoOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Ignore
    from disarm_lint.model.finding import Finding
    from disarm_lint.rule import LoadedRule, Rule


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found: the findings, sorted, and how many comments suppressed."""

    findings: tuple[Finding, ...]
    suppressed: int


def _key(finding: Finding) -> tuple[str, int, int, int, int, str, str]:
    span = finding.location.span
    line, column, end_line, end_column = (
        (span.line, span.column, span.end_line, span.end_column) if span else (0, 0, 0, 0)
    )
    place = (finding.location.path, line, column)
    return (*place, end_line, end_column, finding.rule, finding.message)


def _sort_key(finding: Finding) -> tuple[Any, ...]:
    path, line, column, end_line, end_column, rule, message = _key(finding)
    return (path, line, column, rule, end_line, end_column, finding.subject, message)


def digest(*parts: str) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the parts."""
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _overlap(one: Finding, other: Finding) -> bool:
    a, b = one.location.span, other.location.span
    if a is None or b is None or one.location.path != other.location.path:
        return False
    starts = (a.line, a.column), (b.line, b.column)
    ends = (a.end_line, a.end_column), (b.end_line, b.end_column)
    return starts[0] < ends[1] and starts[1] < ends[0]


def _without_superfluous(
    findings: list[Finding], rules: Mapping[str, Rule]
) -> list[Finding]:
    """Drop findings at words about which a rule that comes first already speaks."""
    yielding = {code: set(rule.yields_to) for code, rule in rules.items() if rule.yields_to}
    winners = set().union(*yielding.values()) if yielding else set()
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.rule in winners:
            by_path.setdefault(finding.location.path, []).append(finding)
    if not by_path:
        return findings
    return [
        finding
        for finding in findings
        if not any(
            other.rule in yielding.get(finding.rule, ()) and _overlap(finding, other)
            for other in by_path.get(finding.location.path, ())
        )
    ]


def _with_causes(findings: Iterable[Finding]) -> list[Finding]:
    """Give each finding its cause and fingerprint; equals in one row are told apart by ordinal."""
    done: list[Finding] = []
    seen: Counter[str] = Counter()
    for finding in findings:
        wrong = plain(finding.wrong).casefold()
        cause = digest(finding.rule, finding.subject, wrong)
        origin = digest(cause, finding.origin)
        ordinal = seen[origin]
        seen[origin] += 1
        fingerprint = digest(origin, str(ordinal)) if ordinal else origin
        done.append(replace(finding, cause=cause, fingerprint=fingerprint))
    return done


def _matches(ignore: Ignore, finding: Finding) -> bool:
    span = finding.location.span
    if ignore.line is not None and (span is None or span.line != ignore.line):
        return False
    return not ignore.selectors or any(
        selector == "ALL" or selector == finding.name or finding.rule.startswith(selector)
        for selector in ignore.selectors
    )


def run_rules(
    corpus: Corpus,
    rules: Sequence[LoadedRule],
    options: Mapping[str, Any] | None = None,
    *,
    selected: Callable[[str], bool] = lambda _: True,
) -> Outcome:
    """Run rules on a corpus.

    All of `rules` run, whatever is `selected` (a predicate on codes): what a
    rule reports must not hang on which others are shown. `options` maps codes
    to option objects.
    """
    options = options or {}

    def options_of(loaded: LoadedRule) -> Any:
        default = loaded.options() if loaded.options else NoOptions()
        return options.get(loaded.rule.code, default)

    found: list[Finding] = []
    for loaded in rules:
        if loaded.check is not None:
            found.extend(loaded.check(corpus, options_of(loaded)))
    found = _without_superfluous(found, {loaded.rule.code: loaded.rule for loaded in rules})
    found.sort(key=_sort_key)
    found = [finding for finding in _with_causes(found) if selected(finding.rule)]
    kept, suppressed, unused = _suppress(corpus, found)
    for loaded in rules:
        if loaded.review is not None and selected(loaded.rule.code):
            kept.extend(_with_causes(loaded.review(corpus, unused, options_of(loaded))))
    return Outcome(tuple(sorted(kept, key=_sort_key)), suppressed)


def _suppress(
    corpus: Corpus, findings: list[Finding]
) -> tuple[list[Finding], int, list[tuple[Document, Ignore]]]:
    ignores = {d.path: d.ignores for d in corpus.documents if d.ignores}
    used: set[tuple[str, int]] = set()
    kept = []
    for finding in findings:
        path = finding.location.path
        hits = [ignore for ignore in ignores.get(path, ()) if _matches(ignore, finding)]
        used.update((path, ignore.text.start) for ignore in hits)
        if not hits:
            kept.append(finding)
    unused = [
        (document, ignore)
        for document in corpus.documents
        for ignore in document.ignores
        if (document.path, ignore.text.start) not in used
    ]
    return kept, len(findings) - len(kept), unused
