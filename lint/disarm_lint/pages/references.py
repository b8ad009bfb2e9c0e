"""Ids with their names where the place delimits them: fields, cells, link labels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.markdown.inline import Covered, InlineType, parse_inline
from disarm_lint.model.document import Link, Mention, Proof, Relation, Role, Row
from disarm_lint.model.profile import Format
from disarm_lint.pages.mentions import RawMention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.text import Text
    from disarm_lint.pages.mentions import IdFinder

_ALMOST_AN_ID = re.compile(r"[A-Za-z]{1,4}[ \t]?[0-9][0-9.,:]*(?![\w-])")
_BEFORE_NAME = re.compile(r"\s*[:–—-]?\s*")


class Reader:
    """Reads the mentions of one page; holds what does not change within it."""

    def __init__(self, finder: IdFinder) -> None:
        self._finder = finder

    def prose(
        self, leaf: Text, links: tuple[Link, ...], role: Role = Role.PROSE, row: Row | None = None
    ) -> Iterator[Mention]:
        """Yield the ids in running text, and those at the head of link labels."""
        raw = leaf.raw
        found = self._finder.find(raw)
        if not found:
            return
        masked = _masked(raw)
        for link in links:
            mention = None if link.bare or link.image else self.label(link, leaf, row=row)
            if mention is not None:
                masked.append((link.label.start - leaf.start, link.label.end - leaf.start))
                yield mention
        covered = Covered(masked)
        for item in found:
            if not covered.holds(item.start):
                yield _mention(role, leaf, item, row=row)

    def label(
        self,
        link: Link,
        leaf: Text,
        *,
        place: str = "",
        refers_to: str | None = None,
        member: bool = False,
        row: Row | None = None,
    ) -> Mention | None:
        """Return the id at the head of a link's label, with the name behind it."""
        raw = link.label.raw
        found = self._finder.find(raw)
        if not found or raw[: found[0].start].strip():
            return None
        return _mention(
            Role.LINK,
            link.label,
            found[0],
            leaf=leaf,
            name=_rest(link.label, raw, found[0].end, len(raw)),
            place=place,
            refers_to=refers_to,
            member=member,
            link=link,
            row=row,
        )

    def listed(
        self,
        role: Role,
        value: Text,
        format_: Format,
        *,
        place: str,
        refers_to: str | None,
        member: bool,
        relation: Relation = Relation.NONE,
        row: Row | None = None,
    ) -> Iterator[Mention]:
        """Yield the ids of a field or cell that holds `<ID> <name>` or a list of it."""
        raw = value.raw
        ids = format_ is Format.IDS
        heads = [
            item
            for item in self._finder.find(raw)
            # Among ids alone a blank or a line break begins a member too.
            if (ids and raw[item.start - 1 : item.start].isspace())
            or _begins_item(raw, item.start, item.end)
        ]
        if not heads and (almost := _ALMOST_AN_ID.match(raw)):
            flaw = "it has not the form of any id"
            heads = [RawMention(0, almost.end(), almost[0], flaw)]
        for index, item in enumerate(heads):
            end = heads[index + 1].start if index + 1 < len(heads) else len(raw)
            name = None
            if format_ is not Format.IDS:
                name = _rest(value, raw, item.end, end)
            yield _mention(
                role,
                value,
                item,
                name=name,
                place=place,
                refers_to=refers_to,
                member=member,
                relation=relation,
                row=row,
            )


def _begins_item(raw: str, start: int, end: int) -> bool:
    """Tell whether only blanks stand before `start`, back to the text's start or a separator.

    A list may have lost its separators: `T0010 - Cultivate Allies T0039 - Bait
    Influencer`. Then an id with a dash behind it begins a member all the same.
    """
    if raw[end : end + 3] == " - " and raw[max(0, start - 1) : start].isspace():
        return True
    while start > 0 and raw[start - 1].isspace():
        start -= 1
    return start == 0 or raw[start - 1] in ",;"


def _masked(raw: str) -> list[tuple[int, int]]:
    """Return the parts of a text in which an id is no mention: code, URLs, attributes."""
    masked = []
    for part in parse_inline(raw):
        if part.type in (InlineType.LINK, InlineType.IMAGE):
            masked.append((part.label[1], part.end))
        else:
            masked.append((part.start, part.end))
    return masked


def _rest(text: Text, raw: str, start: int, end: int) -> Text | None:
    """Return the name at `start` to `end` of a text that reads `raw`, None where there is none."""
    gap = _BEFORE_NAME.match(raw, start, end)
    start = gap.end() if gap else start
    while end > start and (raw[end - 1].isspace() or raw[end - 1] in ",;"):
        end -= 1
    return text.part(start, end) or None


def _mention(
    role: Role,
    text: Text,
    item: RawMention,
    *,
    leaf: Text | None = None,
    name: Text | None = None,
    place: str = "",
    refers_to: str | None = None,
    member: bool = False,
    relation: Relation = Relation.NONE,
    link: Link | None = None,
    row: Row | None = None,
) -> Mention:
    # Where an id is expected, what nearly is one was meant as one.
    prose = role is Role.PROSE
    otherwise = None
    if item.otherwise is not None and prose:
        otherwise = _mention(role, text, item.otherwise, leaf=leaf, row=row)
    return Mention(
        role=role,
        id=text.part(item.start, item.end),
        target=item.target,
        leaf=leaf or text,
        flaw=item.flaw,
        proof=item.proof if prose else Proof.NONE,
        otherwise=otherwise,
        name=name,
        place=place,
        refers_to=refers_to,
        member=member,
        relation=relation,
        link=link,
        row=row,
    )
