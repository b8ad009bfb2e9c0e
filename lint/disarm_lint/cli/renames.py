"""Findings that were there before, under another name: files and ids that got a new one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from disarm_lint.model.text import PageSource
from disarm_lint.rename.numbers import IdTokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from disarm_lint.cli.session import Linted
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding

# So much of a file is in its new place, as in git.
_ALIKE = 0.5
# The pairs of files that are compared line by line: what a person renames in one change.
_MOST = 40_000


def find_renamed(before: Linted, after: Linted) -> set[str]:
    """Return the fingerprints of findings that were there before a file or an id was renamed.

    A file that is gone is paired with one that is new and has half of its lines, and the id
    of a page with that of its pair.
    """
    if before.corpus is None or after.corpus is None:
        return set()
    moves = _pair_files(before.corpus, after.corpus)
    if not moves:
        return set()
    ids = {
        old.id: new.id
        for old, new in moves
        if old.kind is not None and old.id and new.id and old.id != new.id
    }
    translate = _make_translator({old.path: new.path for old, new in moves}, ids)
    old = [shown.finding for shown in before.findings]
    known = {finding.fingerprint for finding in old}
    # What one rule says of a row that nobody renamed may well be new.
    moved = [finding for finding in old if _moves(finding, translate)]
    new = [s.finding for s in after.findings if s.finding.fingerprint not in known]
    return set(match_findings(moved, new, translate).values())


def _make_translator(paths: Mapping[str, str], ids: Mapping[str, str]) -> Callable[[str], str]:
    """Return what gives a text with the new paths and ids."""
    tokens = IdTokens(ids) if ids else None

    def translate(text: str) -> str:
        for old, new in paths.items():
            if old in text:
                return new.join(map(translate, text.split(old)))
        return tokens.replace(text) if tokens is not None else text

    return translate


def _moves(finding: Finding, translate: Callable[[str], str]) -> bool:
    return _identify_words(finding, translate) != _identify_words(finding, str)


def match_findings(
    old: Sequence[Finding], new: Sequence[Finding], translate: Callable[[str], str]
) -> dict[str, str]:
    """Return the fingerprints of findings with those that the same ones have after a rename.

    `translate` returns a text with the new words.
    The same is what has the same fingerprint, what says the same of the new words, and what
    one rule says of one subject in one row: where a wrong name ends depends on the right one.
    """
    found: dict[str, str] = {}
    for identify in (_identify, _identify_words, _identify_row):
        waiting: dict[tuple[str, ...], list[str]] = {}
        for finding in reversed(old):
            waiting.setdefault(identify(finding, translate), []).append(finding.fingerprint)
        left = []
        for finding in new:
            # Equals in one place are told apart by their order.
            if same := waiting.get(identify(finding, str)):
                found[same.pop()] = finding.fingerprint
            else:
                left.append(finding)
        old, new = [finding for finding in old if finding.fingerprint not in found], left
    return found


def _identify(finding: Finding, translate: Callable[[str], str]) -> tuple[str, ...]:
    del translate
    return (finding.fingerprint,)


def _identify_words(finding: Finding, translate: Callable[[str], str]) -> tuple[str, ...]:
    return (*_identify_row(finding, translate), translate(finding.wrong))


def _identify_row(finding: Finding, translate: Callable[[str], str]) -> tuple[str, ...]:
    words = (finding.location.path, finding.subject, finding.origin)
    return finding.rule, *map(translate, words)


def _pair_files(before: Corpus, after: Corpus) -> list[tuple[Document, Document]]:
    """Return the pages that are gone with those that they became."""
    old, new = _list_pages(before), _list_pages(after)
    gone = [page for path, page in sorted(old.items()) if path not in new]
    come = [page for path, page in sorted(new.items()) if path not in old]
    if not gone or not come or len(gone) * len(come) > _MOST:
        return []
    lines = {page.path: _count_lines(page) for page in (*gone, *come)}
    likeness = sorted(
        (
            (-_compare(lines[a.path], lines[b.path]), a.path, b.path)
            for a in gone
            for b in come
            if a.kind is b.kind or a.kind is None or b.kind is None
        ),
    )
    pairs, taken = [], set[str]()
    for less, a, b in likeness:
        if -less < _ALIKE:
            break
        if a not in taken and b not in taken:
            taken |= {a, b}
            pairs.append((old[a], new[b]))
    return pairs


def _list_pages(corpus: Corpus) -> dict[str, Document]:
    return {d.path: d for d in corpus.all_documents if isinstance(d.source, PageSource)}


def _count_lines(page: Document) -> Counter[str]:
    text = page.source.text if isinstance(page.source, PageSource) else ""
    return Counter(line for line in text.splitlines() if line.strip())


def _compare(one: Counter[str], other: Counter[str]) -> float:
    """Return how much of two texts is alike, from 0 to 1."""
    whole = _measure_lines(one.elements()) + _measure_lines(other.elements())
    return 2 * _measure_lines((one & other).elements()) / whole if whole else 1.0


def _measure_lines(lines: Iterable[str]) -> int:
    return sum(map(len, lines))
