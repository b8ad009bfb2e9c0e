"""What left the framework: which ids a text gives up, and which took their place."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import fold_name
from disarm_lint.model.entity import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from disarm_lint.model.entity import RetiredId


_GONE = (
    r"(?:dropp(?:ed|ing)|delet(?:ed|ing|es)|remov(?:ed|ing|es)|deprecat(?:ed|ing|es)"
    r"|retir(?:ed|ing|es)|withdr(?:ew|awn)|merg(?:ed|ing|es)|fold(?:ed|ing|s)|replac(?:ed|ing|es)"
    r"|supersed(?:ed|ing|es)|discontinued|renumbered|absorbed|moved|obsolete|no longer"
    r"|left the framework|taken out|gave way|given up|went|subsumed|consolidated|incorporated"
    r"|rolled (?:up )?into|renamed|now (?:a )?part of|now covered|what (?:was|used to be))"
)
_GONE_WORD = re.compile(rf"\b{_GONE}\b", re.IGNORECASE)
# What a list of ids follows: `Release 2.4 dropped these:`.
_ANNOUNCED = re.compile(
    rf"\b{_GONE}\b[^.!?\n]{{0,80}}(?::|\b(?:these|the following|below)\b[^.!?\n]{{0,40}})\s*\Z",
    re.IGNORECASE,
)
# What stands before the id that is to be used from now on.
_TOWARDS = re.compile(
    r"\b(?:into|under|as|by|with|to|in|see|use|using|now|instead|becomes?|became|within|of|for)"
    r"[\s:“\"'(\[]*\Z",
    re.IGNORECASE,
)
# How a sentence begins that names the successor of what the one before gave up.
_INSTEAD = re.compile(
    r"\s*(?:please\s+|but\s+|and\s+|instead,?\s+|now,?\s+)?(?:use|see|record|tag|code|map|document|take"
    r"|file|instead|such|these|those|their|its|it|they|both|all|cases|evidence|it['’]s)\b",
    re.IGNORECASE,
)
_SEGMENT_END = re.compile(r"[.!?;](?=\s|\Z|<)|<br\s*/?>|[\r\n]+|\s+[-*•–]\s+(?=[A-Z]{1,4}[0-9])")
_BULLET = re.compile(r"[\s\-*•–,]*(?:and\s+|or\s+)?")


@dataclass(frozen=True, slots=True)
class NotedId:
    """An id in a text: its place in code points, what it names, and whether that lives."""

    start: int
    end: int
    target: str
    living: bool


@dataclass(frozen=True, slots=True)
class Removal:
    """An id that a text gives up, and the id that it names in its place, at `towards`."""

    id: NotedId
    towards: NotedId | None

    @property
    def successor(self) -> str | None:
        """The id to use from now on, which may be gone as well."""
        return self.towards.target if self.towards is not None else None


def read_removals(text: str, ids: Sequence[NotedId]) -> Iterator[Removal]:
    """Yield the ids that a text says have left the framework, in its order.

    `ids` are those in the text, in its order. An id that the text gives up in a
    list has the successor that is named behind the list. One in a sentence has that
    of this sentence, or of the next if it says what to use instead.
    """
    if all(one.living for one in ids) or not _GONE_WORD.search(text):
        return
    listed: list[NotedId] = []
    single: list[NotedId] = []
    announced = False
    starts = [one.start for one in ids]
    for start, end in _split_segments(text):
        inside = ids[bisect_left(starts, start) : bisect_left(starts, end)]
        towards = _find_successor(text, start, inside)
        gone = [one for one in inside if not one.living and one.target != _choose_target(towards)]
        segment = text[start:end]
        if single and towards is not None and not gone and _INSTEAD.match(segment):
            yield from (Removal(one, towards) for one in single)
        elif _GONE_WORD.search(segment) and not _is_in_brackets(segment):
            announced = _ANNOUNCED.search(segment) is not None
            if gone and (towards or announced):
                yield from (Removal(one, towards) for one in gone)
            elif announced:
                listed.clear()
            single = gone if towards is None and not announced else []
            continue
        elif announced and gone and _BULLET.fullmatch(segment[: gone[0].start - start]):
            listed += gone
        elif listed:
            yield from (Removal(one, towards) for one in listed)
            listed, announced = [], False
        single = []
    yield from (Removal(one, None) for one in listed)


def _choose_target(one: NotedId | None) -> str | None:
    return one.target if one is not None else None


def _split_segments(text: str) -> Iterable[tuple[int, int]]:
    start = 0
    for match in _SEGMENT_END.finditer(text):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _find_successor(text: str, start: int, ids: Sequence[NotedId]) -> NotedId | None:
    """Return the one id of a segment that a word such as `under` leads to.

    Living ids come first. One that is gone may itself have a successor, and counts
    if it follows what is given up.
    """
    led = [one for one in ids if _TOWARDS.search(text[start : one.start][-40:])]
    living = [one for one in led if one.living]
    if living:
        return living[0] if len({one.target for one in living}) == 1 else None
    last = ids[-1] if ids else None
    if last is None or [one.target for one in led] != [last.target] or len(ids) < _TWO:
        return None
    return last


_TWO = 2


def _is_in_brackets(segment: str) -> bool:
    """Tell whether a segment ends in parentheses: its words are about what is cited there."""
    return segment.count("(") > segment.count(")")


@dataclass(frozen=True, slots=True)
class Succession:
    """What took the place of an id, and what says so; None if nothing does.

    `evidence` may be there without `successor`: the configuration says that
    nothing took its place, or names what does not exist. `bearers` are the
    living ids that have its name: several of them are no evidence.
    """

    successor: str | None = None
    evidence: Evidence | None = None
    bearers: tuple[str, ...] = ()


def read_marks(retired: Iterable[RetiredId]) -> dict[str, Succession]:
    """Return what the configuration and living pages say of ids that are gone.

    That an orphan page is left says nothing of what became of its id.
    """
    return {
        gone.id: Succession(gone.successor, gone.evidence)
        for gone in retired
        if gone.evidence is not None
    }


class Successors:
    """The one rule for what took the place of an id.

    The configuration comes first, then what the text of a living page says,
    then a name that exactly one living entity of the kind has. A successor
    that is itself gone leads on to its own; a chain that ends nowhere, or in a
    cycle, gives none.
    """

    def __init__(
        self, marks: Mapping[str, Succession], living: Iterable[tuple[str, str, str]]
    ) -> None:
        """Take the marks of a release, and the id, kind and name of each of its entities."""
        self._marks = marks
        self._living: set[str] = set()
        self._named: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for entity_id, kind, name in living:
            self._living.add(entity_id)
            self._named[kind, fold_name(name)].append(entity_id)

    def bearers(self, kind: str, name: str) -> tuple[str, ...]:
        """Return the living entities of a kind that have a name, in any letter case."""
        folded = fold_name(name)
        return tuple(sorted(self._named.get((kind, folded), ()))) if folded else ()

    def find(self, entity_id: str, named: Mapping[str, tuple[str, str]]) -> Succession:
        """Return what took the place of an id that is gone.

        `named` gives the kind and the name of ids that are gone, if they are known.
        """
        found = first = self._find_next(entity_id, named)
        seen = {entity_id}
        while found.successor is not None and found.successor not in self._living:
            if found.successor in seen:
                return replace(first, successor=None)
            seen.add(found.successor)
            found = self._find_next(found.successor, named)
        return replace(first, successor=found.successor)

    def _find_next(self, entity_id: str, named: Mapping[str, tuple[str, str]]) -> Succession:
        """Return the next successor of an id, whether that lives or not."""
        bearers = self.bearers(*named.get(entity_id, ("", "")))
        mark = self._marks.get(entity_id, Succession())
        if mark.successor or mark.evidence is Evidence.CONFIGURATION:
            return replace(mark, bearers=bearers)
        if len(bearers) == 1:
            return Succession(bearers[0], Evidence.NAME, bearers)
        return replace(mark, bearers=bearers)
