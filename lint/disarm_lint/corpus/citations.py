"""Which name a text gives to an id."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from disarm_lint.corpus.names import (
    LONGEST_NAME,
    SMALL_WORDS,
    NearNames,
    SpelledNames,
    is_same_name,
    score_resemblance,
    simplify_name,
    split_words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_REACH = 600
_LONGEST = 120
# Answers that an index of names remembers.
_REMEMBERED = 16384
_ID = r"[A-Z]{1,4}[0-9]{2,5}(?:\.[0-9]{1,4})?"
_FIRST_ITEM = re.compile(rf"\s*{_ID}\s*:")
_BEFORE_ID = re.compile(r"(?:[,;/]|\band)\s*\Z")
_NEXT_ITEM = re.compile(rf"[,;/]\s*(?:and\s+)?(?={_ID}\b)")
_BRACKET_STOP = re.compile(r"[<>|\r\n\[\]{}]|[.!?](?=\s)")
_WORD = re.compile(r"[^\W_]+")


def find_listed_name(text: str, id_start: int, start: int) -> int | None:
    """Return the end of the name that begins at `start`, if its id is in a list of citations.

    `id_start` is where the id begins. None unless the id is the first thing in
    parentheses or follows another citation there, and the words behind it are
    capitalised like a name.
    """
    opening = _find_opening_bracket(text, id_start)
    if opening is None:
        return None
    before = text[opening + 1 : id_start]
    if before.strip() and not (_FIRST_ITEM.match(before) and _BEFORE_ID.search(before)):
        return None
    end = _find_bracketed_end(text, start)
    if end is None or not _is_title(text[start:end]):
        return None
    return end


def _find_opening_bracket(text: str, position: int) -> int | None:
    depth = 0
    for offset in range(position - 1, max(-1, position - _REACH), -1):
        char = text[offset]
        if char == ")":
            depth += 1
        elif char == "(":
            if depth == 0:
                return offset
            depth -= 1
        elif char in "<>|\n":
            return None
    return None


def _find_bracketed_end(text: str, start: int) -> int | None:
    """Return where a name ends: before the next citation or the bracket that closes the list."""
    limit = min(len(text), start + _LONGEST)
    following = _NEXT_ITEM.search(text, start, limit)
    depth = 0
    for offset in range(start, limit):
        char = text[offset]
        if following is not None and offset == following.start():
            return offset
        if char == "(":
            depth += 1
        elif char == ")":
            if depth == 0:
                return offset
            depth -= 1
        elif _BRACKET_STOP.match(text, offset):
            return None
    return None


def _is_title(written: str) -> bool:
    words = _WORD.findall(written)
    return bool(words) and all(
        not word[0].islower() or (number > 0 and word in SMALL_WORDS)
        for number, word in enumerate(words)
    )


_PAST_BEFORE = re.compile(
    r"\b(?:previously|formerly|originally|once)\b[^.()|<>]{0,80}?"
    r"\b(?:IDs?|ids?|identifiers?|codes?|numbers?|documented|known|called|numbered|recorded"
    r"|tagged|covered|listed|named)\b[^.()|<>]{0,40}\Z",
    re.IGNORECASE,
)
_OLD = re.compile(
    r"\b(?:replac(?:es|ed|ing)|supersed(?:es|ed|ing)|deprecated|retired|renumbered from|old"
    r"|former|merged (?:from|with)|used the)\s+(?:the\s+)?(?:IDs?|ids?|techniques?|codes?)?\s*\Z",
    re.IGNORECASE,
)
_ADVERB = re.compile(r"\b(?:previously|formerly|originally)[\s,:(]*\Z", re.IGNORECASE)
_PAST_AFTER = re.compile(
    r"[^.()|<>;]{0,120}?(?:,\s*)?(?:\b(?:which|that)\s+)?\b(?:has|have|had|was|were|is|are)\s+"
    r"(?:since\s+|now\s+|also\s+)*(?:been\s+)?(?:since\s+|now\s+)?"
    r"(?:deprecated|retired|removed|merged|replaced|superseded|renamed|renumbered|withdrawn"
    r"|deleted|split|moved|dropped|obsolete)\b"
    r"|[^.()|<>;]{0,120}?\bno longer\b",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"(?:[^.()|<>;,]{0,60}?\((?:now\s+|since\s+)?"
    r"(?:deprecated|retired|obsolete|withdrawn|superseded|renumbered)"
    r"|\s*\((?:removed|old|formerly|renamed))\b",
    re.IGNORECASE,
)
_GROUP = re.compile(r"\([^()]*\)")


def is_about_past(text: str, start: int, end: int) -> bool:
    """Tell whether the sentence around the id at `start` to `end` says that it is history.

    An id in parentheses is a citation: what is said behind them is said of
    the thing cited, not of its id.
    """
    before = text[max(0, start - 160) : start]
    if _PAST_BEFORE.search(before) or _OLD.search(before) or _ADVERB.search(before):
        return True
    after = text[end : end + 260]
    past = _PAST_AFTER.match(after)
    if (past is not None and "(" not in past[0]) or _REMARK.match(after):
        return True
    flat = _GROUP.sub("", after)
    return flat != after and ")" not in flat[:160] and _PAST_AFTER.match(flat) is not None


# Words by which a text speaks of its own past: `previously used the ID T0019`.
_PREDECESSOR = re.compile(
    r"\b(?:replac(?:es|ed|ing)|supersed(?:es|ed|ing)|renumbered from|old|former"
    r"|merged (?:from|with)|used the)\s+(?:the\s+)?(?:IDs?|ids?|techniques?|codes?)?\s*\Z",
    re.IGNORECASE,
)


def is_predecessor(text: str, start: int) -> bool:
    """Tell whether a text says of the id at `start` that its own entity had it before."""
    before = text[max(0, start - 160) : start]
    found = _PAST_BEFORE.search(before) or _PREDECESSOR.search(before) or _ADVERB.search(before)
    return found is not None


_COLON = re.compile(r"[*_]{0,2}\s*:\s*(?:[*_]{1,2}\s*)?")
_DASH = re.compile(r"\s+[-–—]\s+")
# What people type for a colon by mistake. Only the id's own name behind it shows that.
_ODD_COLON = re.compile(r"[ \t\u00a0]*(?:;|：|::|:;|;:)[ \t\u00a0]*")
_BLANK = re.compile(r"\s+")
# An escaped pipe and the end of `&amp;` belong to a name and do not end it.
_HARD_STOP = re.compile(r"[<>\[\]{}\r\n\"“”]|(?<!\\)\||(?<!&amp);|\bhttps?:")
_STOP = re.compile(r"[,.:)(]")
# Characters that do not end a name that itself contains them.
_IN_NAMES = frozenset('"[]{}')
_TOKEN = re.compile(r"[^\W_]+")
_NEXT_ID = re.compile(r"\b[A-Z]{1,3}[0-9]{2,}\b")
_QUOTES = "\"“”'‘’"
_LINKING = " \t\r\n\u00a0,/+&("
_WORD_END = re.compile(r"(?<=\w)(?!\w)")

_RESEMBLES = 0.5
_RESEMBLES_LOWER_CASE = 0.85
_RESEMBLES_BEFORE_PROSE = 0.95
_RESEMBLES_SENTENCE = 0.75
_NEVER = 2.0
_RESEMBLES_OTHER = 0.86
_RESEMBLES_BEHIND_BLANK = 0.82


@dataclass(frozen=True, slots=True)
class WrittenName:
    """A name that a text gives to an id: `start` to `end` (exclusive) of the text.

    `right` says whether it is the entity's name, or one that is accepted for it.
    `meant` is the id whose name it is, or most resembles; `exact` says whether it
    is exactly that id's name.
    """

    start: int
    end: int
    right: bool
    meant: str | None
    exact: bool


class NameIndex:
    """The names of one kind of entity, ready to be looked for in prose.

    `accepted` are further names that the config accepts for an id, `glossary`
    maps a spelling to the one that it means. `former` are names that ids had
    before they were renamed.
    """

    def __init__(
        self,
        names: Mapping[str, str],
        accepted: Mapping[str, tuple[str, ...]],
        glossary: Mapping[str, str],
        former: Mapping[str, str] | None = None,
    ) -> None:
        self._former = former or {}
        self._names = {id_: name for id_, name in names.items() if 0 < len(name) <= LONGEST_NAME}
        self._accepted = accepted
        self._glossary = {a.casefold(): b.casefold() for a, b in glossary.items()}
        self._choices = {id_: simplify_name(name).casefold() for id_, name in self._names.items()}
        self._near = NearNames(self._choices)
        self._spelled = SpelledNames(self._names.items())
        self._own: dict[str, SpelledNames] = {}
        self._accepted_forms: dict[str, frozenset[str]] = {}
        self._by_name: dict[str, str] = {}
        for id_, name in self._names.items():
            self._by_name.setdefault(simplify_name(name), id_)
        self._longest = max((len(name) for name in self._names.values()), default=0)
        # The same text is read several times: most texts stand on two pages and in a worksheet.
        self._read_once = lru_cache(maxsize=_REMEMBERED)(self._read)

    def name(self, entity_id: str) -> str | None:
        """Return the name of an id."""
        return self._names.get(entity_id)

    def list_accepted(self, entity_id: str) -> tuple[str, ...]:
        """Return the id's name and whatever else is accepted for it."""
        own = self._names.get(entity_id)
        return (*((own,) if own else ()), *self._accepted.get(entity_id, ()))

    def find_closest(self, written: str, *, cutoff: float = 0.75) -> str | None:
        """Return the id whose name resembles `written` most, at least by `cutoff`."""
        return self._near.closest(simplify_name(written).casefold(), cutoff * 100)

    def find_id(self, written: str) -> str | None:
        """Return the id whose name is exactly `written`."""
        return self._by_name.get(simplify_name(written))

    def read(
        self, text: str, id_end: int, entity_id: str, *, id_start: int | None = None
    ) -> WrittenName | None:
        """Return the name written behind the id that ends at `id_end`, if one is.

        None means that the id is a mere reference: no name, or nothing that
        resembles any, outside of a bracketed list of citations (which needs
        `id_start`, where the id begins).
        """
        return self._read_once(text, id_end, entity_id, id_start)

    def _read(
        self, text: str, id_end: int, entity_id: str, id_start: int | None
    ) -> WrittenName | None:
        odd = _ODD_COLON.match(text, id_end)
        if odd is not None and (end := self._match_exactly(text, odd.end(), entity_id)) is not None:
            return WrittenName(odd.end(), end, True, entity_id, True)
        separator = _COLON.match(text, id_end) or _DASH.match(text, id_end)
        loose = separator is None
        separator = separator or _BLANK.match(text, id_end)
        if separator is None:
            return None
        start = separator.end()
        exact = self._match_exactly(text, start, entity_id)
        other = self._spelled.find_at(text, start)
        quoted = text[start : start + 1] in _QUOTES
        if exact is None and other is None and quoted and not self._name_begins_quoted(entity_id):
            start += 1
            exact = self._match_exactly(text, start, entity_id)
            other = self._spelled.find_at(text, start)
        if exact is not None and (other is None or other[0] <= exact or other[1] == entity_id):
            return WrittenName(start, exact, True, entity_id, True)
        if other is not None and (not loose or " " in simplify_name(text[start : other[0]])):
            wider = exact is None and (
                self._is_wider_own(text, start, entity_id, other[0])
                or _name_goes_on(text, start, other[0])
            )
            if not wider:
                return WrittenName(start, other[0], False, other[1], True)
        if (end := self._find_former(text, start, entity_id)) is not None:
            return WrittenName(start, end, False, entity_id, False)
        found = self._match_approximately(text, start, entity_id, loose=loose)
        if found is None and id_start is not None and text[id_end : id_end + 1] == ":":
            end = find_listed_name(text, id_start, start) if entity_id in self._names else None
            return WrittenName(start, end, False, None, False) if end is not None else None
        return found

    def _name_begins_quoted(self, entity_id: str) -> bool:
        return simplify_name(self._names.get(entity_id, ""))[:1] in ("'", '"')

    def _find_former(self, text: str, start: int, entity_id: str) -> int | None:
        """Return the end of a name that the id had before it was renamed."""
        name = self._former.get(entity_id)
        if name is None or not text.startswith(name, start):
            return None
        end = start + len(name)
        return end if not text[end : end + 1].isalnum() else None

    def judge(self, written: str, entity_id: str) -> WrittenName:
        """Judge a name that fills its place: a field, a cell or a link label."""
        if self._is_accepted(written, entity_id):
            return WrittenName(0, len(written), True, entity_id, True)
        named = self.find_id(written)
        if named is not None:
            return WrittenName(0, len(written), False, named, True)
        own = self._names.get(entity_id)
        if own is not None and score_resemblance(written, own) >= _RESEMBLES:
            return WrittenName(0, len(written), False, entity_id, False)
        return WrittenName(0, len(written), False, self.find_closest(written), False)

    def is_same(self, written: str, name: str) -> bool:
        """Tell whether two names are the same to a reader who knows the glossary."""
        if is_same_name(written, name):
            return True
        if not self._glossary or max(len(written), len(name)) > LONGEST_NAME:
            return False
        return self._apply_glossary(written) == self._apply_glossary(name)

    def _is_accepted(self, written: str, entity_id: str) -> bool:
        """Tell whether a writing is the id's name, or one that is accepted for it."""
        key = simplify_name(written)
        if len(key) > LONGEST_NAME:
            return False
        known = self._accepted_forms.get(entity_id)
        if known is None:
            forms = {simplify_name(name) for name in self.list_accepted(entity_id)}
            if self._glossary:
                forms |= {self._apply_glossary(name) for name in self.list_accepted(entity_id)}
            known = self._accepted_forms[entity_id] = frozenset(forms)
        return key in known or (bool(self._glossary) and self._apply_glossary(written) in known)

    def _apply_glossary(self, name: str) -> str:
        return _TOKEN.sub(lambda match: self._replace_word(match[0]), simplify_name(name))

    def _replace_word(self, word: str) -> str:
        found = self._glossary.get(word.casefold(), word)
        if word.isupper() and len(word) > 1:
            return found.upper()
        return found[:1].upper() + found[1:] if word[0].isupper() else found

    def _looks_named(self, written: str, other: str) -> bool:
        if written[0].isupper():
            return True
        return " " in written and simplify_name(written).casefold() == self._choices[other]

    def _match_exactly(self, text: str, start: int, entity_id: str) -> int | None:
        """Return the end of the name at `start`, if it is one that is accepted for an id."""
        own = self._own.get(entity_id)
        if own is None:
            named = ((entity_id, name) for name in self.list_accepted(entity_id))
            own = self._own[entity_id] = SpelledNames(named)
        found = own.find_at(text, start)
        return found[0] if found else None

    def _is_wider_own(self, text: str, start: int, entity_id: str, end: int) -> bool:
        """Tell whether the text up to the next stop is a misspelling of the id's own name.

        `Post Content Online` for `Post Content Onlin` begins with the name of
        another entity, and still does not cite that entity.
        """
        from rapidfuzz import fuzz

        own = self._names.get(entity_id)
        stop = self._list_ends(text, start, own)[0]
        if own is None or stop <= end:
            return False
        written = text[start:stop].strip()
        return fuzz.ratio(simplify_name(written).casefold(), simplify_name(own).casefold()) >= 90

    def _list_ends(self, text: str, start: int, own: str | None) -> list[int]:
        """Return the stops at which a name that begins at `start` may end, nearest first."""
        limit = min(len(text), start + self._longest + 60)
        limit = _find_hard_end(text, start, limit, own)
        limit = _find_next_id(text, start, limit, own)
        ends: list[int] = []
        # As many stops as the name itself has, and a few more.
        most = 6 + sum(char in ",.:()" for char in own or "")
        depth = 0
        for match in _STOP.finditer(text, start, limit):
            char, here = match[0], match.start()
            if char == "(":
                ends.append(here)
                depth += 1
            elif char == ")":
                if depth == 0:
                    limit = here
                    break
                depth -= 1
                ends.append(here + 1)
            elif depth == 0 and (char != "." or text[here + 1 : here + 2] in ("", " ", "<", "\n")):
                ends.append(here)
            if len(ends) >= most:
                break
        ends.append(limit)
        return [end for end in dict.fromkeys(ends) if end > start] or [start]

    def _match_approximately(
        self, text: str, start: int, entity_id: str, *, loose: bool
    ) -> WrittenName | None:
        from rapidfuzz import fuzz

        own = self._names.get(entity_id)
        ends = self._list_ends(text, start, own)
        candidates: dict[int, bool] = dict.fromkeys(ends, True)
        count = len(_WORD.findall(own)) + 3 if own else 0
        for match in list(_WORD_END.finditer(text, start, ends[0]))[:count]:
            candidates.setdefault(match.end(), False)
        best: tuple[float, int, str | None] = (0.0, start, None)
        for end, at_stop in candidates.items():
            written = text[start:end].rstrip()
            if not written or len(written) > min(self._longest + 40, LONGEST_NAME):
                continue
            if own is not None:
                score = score_resemblance(written, own)
                letters = (
                    fuzz.ratio(simplify_name(written).casefold(), simplify_name(own).casefold())
                    / 100
                )
                rank = score + letters + (0.1 if at_stop else 0.0)
                if score >= _choose_threshold(written, own, loose, at_stop) and rank > best[0]:
                    best = (rank, start + len(written), entity_id)
            if at_stop and not loose and best[0] < 1.2:
                other = self.find_closest(written, cutoff=_RESEMBLES_OTHER)
                if other is not None and other != entity_id and self._looks_named(written, other):
                    best = (1.2, start + len(written), other)
        if best[2] is None:
            return None
        same = self._glossary and own and self.is_same(text[start : best[1]], own)
        return WrittenName(start, best[1], bool(same), best[2], bool(same))


# Words with which prose goes on behind a name.
_TITLE_WORD = re.compile(r"[ \t\u00a0]+(?![A-Z]{1,4}[0-9])[A-Z][^\W\d_]+")
_LOWER_WORD = re.compile(r"[ \t\u00a0]+[a-z]")


def _name_goes_on(text: str, start: int, end: int) -> bool:
    """Tell whether the name at `start` to `end` is only the beginning of the name written there.

    `Lantern Parade Hijack` is not “Lantern”: a word with a capital belongs to
    the name, and behind a name of one word any word does.
    """
    if _TITLE_WORD.match(text, end):
        return True
    return " " not in text[start:end].strip() and _LOWER_WORD.match(text, end) is not None


_STRAIGHT = str.maketrans("“”", '""')
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def _find_hard_end(text: str, start: int, limit: int, own: str | None) -> int:
    """Return the latest end of a name: a sign such as a bracket that the name does not contain.

    A quotation mark or a bracket in the id's own name ends no slip of that name.
    """
    allowed = Counter(char for char in (own or "").translate(_STRAIGHT) if char in _IN_NAMES)
    entities = {match.end() - 1 for match in _ENTITY.finditer(text, start, limit)}
    for match in _HARD_STOP.finditer(text, start, limit):
        sign = match[0].translate(_STRAIGHT)
        if match.start() in entities:
            continue
        if not allowed[sign]:
            return match.start()
        allowed[sign] -= 1
    return limit


def _find_next_id(text: str, start: int, limit: int, own: str | None) -> int:
    """Return where a name ends at the latest: before the next id that is no part of `own`."""
    for match in _NEXT_ID.finditer(text, start, limit):
        if own is not None and match[0] in own:
            continue
        head = text[start : match.start()]
        while True:
            shorter = head.rstrip(_LINKING)
            if shorter.endswith("&amp;"):
                shorter = shorter.removesuffix("&amp;")
            else:
                shorter = shorter.rstrip(";")
            before, blank, last = shorter.rpartition(" ")
            if blank and last in ("and", "or"):
                shorter = before
            if shorter == head:
                return start + len(head)
            head = shorter
    return limit


def _has_small_word(name: str) -> bool:
    """Tell whether a word that a title would capitalise begins with a small letter."""
    return any(
        word[0].islower() and word not in SMALL_WORDS
        for word in _TOKEN.findall(simplify_name(name))
    )


def _choose_threshold(written: str, own: str, loose: bool, at_stop: bool) -> float:
    """Return how much a written name must resemble the id's own name to count as it.

    Words without capitals, and words behind which the sentence continues, are
    most likely prose.
    """
    capitals = written[0].isupper() or not own[0].isupper()
    title = capitals and (not _has_small_word(written) or _has_small_word(own))
    if loose:
        if not written[0].isupper():
            return _NEVER
        return _RESEMBLES_BEHIND_BLANK if title else _RESEMBLES_BEFORE_PROSE
    if not at_stop and len(split_words(written)) < 2:
        return _NEVER
    if not title:
        return _RESEMBLES_LOWER_CASE if at_stop else _RESEMBLES_BEFORE_PROSE
    return _RESEMBLES if at_stop or not _has_small_word(written) else _RESEMBLES_SENTENCE
