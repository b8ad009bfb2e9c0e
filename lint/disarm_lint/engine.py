"""Running rules: findings, what suppresses them, causes and fingerprints."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from disarm_lint.corpus.names import plain
from disarm_lint.rule import NoOptions
from disarm_lint.selection import matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from disarm_lint.baseline.model import Listed
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Ignore
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Span
    from disarm_lint.rule import LoadedRule, Rule


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found: the findings, sorted, and how many comments suppressed."""

    findings: tuple[Finding, ...]
    suppressed: int


def _sort_key(finding: Finding) -> tuple[Any, ...]:
    """Return what findings are sorted by: path, line, column, code, then what is left."""
    span = finding.location.span
    start = (span.line, span.column) if span else (0, 0)
    end = (span.end_line, span.end_column) if span else (0, 0)
    path = finding.location.path
    return (path, *start, finding.rule, *end, finding.subject, finding.message)


def digest(*parts: str) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the parts."""
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class _Spans:
    """The spans of one rule's findings in one file, to be asked whether one overlaps them."""

    def __init__(self, spans: list[Span]) -> None:
        spans.sort()
        self._starts = [(span.line, span.column) for span in spans]
        ends = ((span.end_line, span.end_column) for span in spans)
        self._furthest = list(accumulate(ends, max))

    def overlap(self, span: Span) -> bool:
        """Tell whether one of the spans has a code point in common with `span`."""
        before = bisect_left(self._starts, (span.end_line, span.end_column))
        return before > 0 and self._furthest[before - 1] > (span.line, span.column)


def _without_superfluous(findings: list[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """Drop findings at words about which a rule that comes first already speaks.

    The words that a finding compares its own with (its related places) count
    too: a name that differs from a garbled heading is no second defect.
    """
    yielding = {code: set(rule.yields_to) for code, rule in rules.items() if rule.yields_to}
    winners = set().union(*yielding.values()) if yielding else set()
    spans: dict[tuple[str, str], list[Span]] = {}
    for finding in findings:
        if finding.rule in winners and finding.location.span is not None:
            spans.setdefault((finding.location.path, finding.rule), []).append(
                finding.location.span
            )
    spoken = {place: _Spans(found) for place, found in spans.items()}

    def superfluous(finding: Finding) -> bool:
        places = [finding.location, *(item.location for item in finding.related)]
        return any(
            (place.path, code) in spoken and spoken[place.path, code].overlap(place.span)
            for code in yielding.get(finding.rule, ())
            for place in places
            if place.span is not None
        )

    return [finding for finding in findings if not superfluous(finding)]


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
    return not ignore.selectors or any(_selects(name, finding) for name in ignore.selectors)


def _selects(selector: str, finding: Finding) -> bool:
    return matches(finding.rule, finding.name, (selector,))


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
    # A rule that cannot ask the web now may need its comment next time.
    asleep = {
        word
        for loaded in rules
        if loaded.rule.online and corpus.context.prober is None
        for word in (loaded.rule.code, loaded.rule.name)
    }
    kept, hidden, unused = _suppress(corpus, found, asleep)
    # What a comment suppresses must not hang on the selection either; nor may
    # the ordinals of what is kept hang on what is suppressed.
    kept = [finding for finding in _with_causes(kept) if selected(finding.rule)]
    suppressed = sum(selected(finding.rule) for finding in hidden)
    for loaded in rules:
        if loaded.review is not None and selected(loaded.rule.code):
            kept.extend(_with_causes(loaded.review(corpus, unused, options_of(loaded))))
    return Outcome(tuple(sorted(kept, key=_sort_key)), suppressed)


def review_baseline(
    entries: Sequence[Listed],
    rules: Sequence[LoadedRule],
    options: Mapping[str, Any] | None = None,
) -> list[Finding]:
    """Return what rules say of entries of the baseline that match no finding."""
    options = options or {}
    found: list[Finding] = []
    for loaded in rules:
        if loaded.review_baseline is not None:
            default = loaded.options() if loaded.options else NoOptions()
            found += loaded.review_baseline(entries, options.get(loaded.rule.code, default))
    return _with_causes(sorted(found, key=_sort_key))


def _suppress(
    corpus: Corpus, findings: list[Finding], asleep: set[str]
) -> tuple[list[Finding], list[Finding], list[tuple[Document, Ignore]]]:
    """Part findings into kept and suppressed ones.

    The third part are the comments that matched nothing; one that names
    several rules stands there with those that it does not need. `asleep` are
    names of rules that did not run.
    """
    ignores = {d.path: d.ignores for d in corpus.documents if d.ignores}
    used: set[tuple[str, int, str]] = set()
    kept: list[Finding] = []
    hidden: list[Finding] = []
    for finding in findings:
        path = finding.location.path
        hits = [ignore for ignore in ignores.get(path, ()) if _matches(ignore, finding)]
        for ignore in hits:
            named = [name for name in ignore.selectors if _selects(name, finding)]
            used.update((path, ignore.text.start, name) for name in named or [""])
        (hidden if hits else kept).append(finding)
    unused = []
    for document in corpus.documents:
        for ignore in document.ignores:
            idle = [
                name
                for name in ignore.selectors or ("",)
                if (document.path, ignore.text.start, name) not in used and name not in asleep
            ]
            if idle:
                left = replace(ignore, selectors=tuple(name for name in idle if name))
                unused.append((document, left))
    return kept, hidden, unused
