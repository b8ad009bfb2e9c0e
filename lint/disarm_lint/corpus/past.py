"""Sentences that speak of an id's past: `previously used the ID T0019`."""

from __future__ import annotations

import re

_BEFORE = re.compile(
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
_AFTER = re.compile(
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


def speaks_of_past(text: str, start: int, end: int) -> bool:
    """Tell whether the sentence around the id at `start` to `end` says that it is history.

    An id in parentheses is a citation: what is said behind them is said of
    the thing cited, not of its id.
    """
    before = text[max(0, start - 160) : start]
    if _BEFORE.search(before) or _OLD.search(before) or _ADVERB.search(before):
        return True
    after = text[end : end + 260]
    if _AFTER.match(after) and "(" not in after[: len(_AFTER.match(after)[0])]:  # type: ignore[index]
        return True
    if _REMARK.match(after):
        return True
    flat = _GROUP.sub("", after)
    return flat != after and ")" not in flat[:160] and _AFTER.match(flat) is not None
