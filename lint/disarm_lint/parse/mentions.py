"""Ids in prose, and what a page refers to with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from disarm_lint.model.document import EvidenceNeeded, Link, Mention, Relation, Role, Row
from disarm_lint.model.profile import Format
from disarm_lint.parse.definitions import NO_DEFINITIONS, Definitions
from disarm_lint.parse.inline import CoveredSpans, find_opaque

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from disarm_lint.model.ids import IdTemplate
    from disarm_lint.model.profile import Profile
    from disarm_lint.model.text import Text

# `T0097 109` and `T0097, 109` are an id and a number, unless the name is a sub-entity's.
_APART = re.compile(r"(?:\.?[ \u00a0]|,)([0-9]{1,6})(?!\w)")


class RawMention(Struct, frozen=True, gc=False):
    """An id at `start` to `end` (exclusive) of a text.

    `target` is the id that is meant; `malformation` says what is wrong
    with the written one. A reading with `evidence_needed` only holds where the target is known
    to the corpus, or where the target's name stands behind it; `fallback` is
    the reading that holds where it does not.
    """

    start: int
    end: int
    target: str
    malformation: str | None = None
    evidence_needed: EvidenceNeeded = EvidenceNeeded.NONE
    fallback: RawMention | None = None


@dataclass(frozen=True, slots=True, eq=False)
class IdFinder:
    """Finds ids of a profile's kinds (`own`) and of other frameworks in texts.

    `single` matches an id of the profile, `joined` several without anything between, and
    `whole` one or several that no letter or digit touches.
    """

    own: tuple[IdTemplate, ...]
    foreign: tuple[IdTemplate, ...]
    pattern: re.Pattern[str]
    single: re.Pattern[str]
    joined: re.Pattern[str]
    whole: re.Pattern[str]

    def find(self, text: str) -> tuple[RawMention, ...]:
        """Return the ids in a text, in their order."""
        return _find(self, text)

    def find_flawless(self, text: str) -> list[str]:
        """Return the ids of the profile's kinds in a text, as they stand there."""
        return [one for run in self.whole.findall(text) for one in self.single.findall(run)]


@lru_cache(maxsize=8)
def build_id_finder(profile: Profile) -> IdFinder:
    """Return the finder for a profile's kinds and the frameworks that it knows of."""
    own = tuple(form.template for kind in profile.kinds for form in kind.forms)
    foreign = tuple(t for other in profile.foreign for t in (*other.ids, *other.mentioned_ids))
    prefixes = sorted({t.letters for t in (*own, *foreign)}, key=lambda p: (-len(p), p))
    upper = "|".join(prefixes)
    lower = "|".join(p for prefix in prefixes for p in sorted({prefix.lower(), prefix.title()}))
    pattern = re.compile(
        rf"(?<![\w\\=@])(?<![^0-9]/)(?P<prefix>{upper}|{lower})"
        r"(?P<digits>[0-9][0-9O]*+|O(?=O*+[0-9])[0-9O]*+)"
        r"(?:(?P<sep>[.:_-]|[ \u00a0]\.|\.\.)(?P<sub>[0-9][0-9O]*+))?"
        r"(?!\w)(?!,000(?![\w.]))(?!\.(?:md|html?|json|csv|png|jpe?g|xlsx)\b)"
    )
    single = "|".join(
        rf"{t.prefix}[0-9]{{{t.digits}}}"
        + (rf"(?:\.[0-9]{{{t.sub_digits}}})?" if t.sub_digits else "")
        for t in own
    )
    joined = re.compile(rf"(?:{single}){{2,}}")
    whole = re.compile(rf"(?<!\w)(?:{single})+(?!\w|\.[0-9])")
    return IdFinder(own, foreign, pattern, re.compile(single), joined, whole)


NO_FORM = "it has not the form of any id"
# What may be an id that somebody garbled: digits, or letters in their place, with a few
# letters before them, and a name behind them.
_GARBLED = re.compile(
    r"(?<![\w./\\=@#-])(?:[^\W\d_]{1,4}+[_‐‑–-]?|[^\W\d_a-z]{1,2}+[ \u00a0])?"
    r"(?=[oOlI]{0,2}\d)[\doOlI]{2,12}+"
    r"(?:[ \u00a0]?[.,:_/·•‐‑–-]?[ \u00a0]?[oOlI]{0,2}\d[\doOlI]{0,3}+){0,3}+[a-z]?+"
    r"(?=[ \u00a0]*+(?:[:–—-][ \u00a0]*+)?[“\"‘']?[^\W\d_])"
)


@lru_cache(maxsize=8192)
def _find_garbled(text: str) -> tuple[RawMention, ...]:
    """Return what may be garbled ids; the name behind each decides."""
    return tuple(
        RawMention(m.start(), m.end(), m[0], NO_FORM, EvidenceNeeded.SLIP)
        for m in _GARBLED.finditer(text)
    )


def _merge(found: tuple[RawMention, ...], garbled: Iterable[RawMention]) -> tuple[RawMention, ...]:
    """Return ids with what may be garbled ones: where both begin together, the longer first."""
    at = {item.start: item for item in found}
    held = CoveredSpans((item.start, item.end) for item in found)
    for item in garbled:
        same = at.get(item.start)
        if same is not None and item.end > same.end:
            at[item.start] = replace(item, fallback=same)
        elif same is None and not held.holds(item.start):
            at[item.start] = item
    return tuple(at[start] for start in sorted(at))


@lru_cache(maxsize=8192)
def _find(finder: IdFinder, text: str) -> tuple[RawMention, ...]:
    found = (_judge(finder, match) for match in finder.pattern.finditer(text))
    return tuple(mention for mention in found if mention is not None)


def _judge(finder: IdFinder, match: re.Match[str]) -> RawMention | None:
    """Return the best reading of a match: an id, an id before other text, a malformed id."""
    written = match[0]
    for template in finder.own:
        if template.matches(written):
            return _read_apart(template, match) or RawMention(match.start(), match.end(), written)
    prefix = match["prefix"].upper()
    templates = [template for template in finder.own if template.prefix == prefix]
    readings = [reading for t in templates if (reading := _read(t, match)) is not None]
    foreign = None
    if any(template.matches(written) for template in finder.foreign):
        foreign = RawMention(match.start(), match.end(), written)
    if readings:
        best = min(
            readings,
            key=lambda reading: (reading.evidence_needed is EvidenceNeeded.NAMED, -reading.end),
        )
        doubtful = best.evidence_needed is EvidenceNeeded.NAMED and best.fallback is None
        return replace(best, fallback=foreign) if doubtful else best
    return foreign


def _read_apart(template: IdTemplate, match: re.Match[str]) -> RawMention | None:
    """Return the id of a sub-entity whose last part a space or a comma cuts off."""
    if not template.sub_digits or match["sub"] is not None:
        return None
    behind = _APART.match(match.string, match.end())
    if behind is None or len(behind[1]) != template.sub_digits:
        return None
    plain = RawMention(match.start(), match.end(), match[0])
    flaw = "a full stop alone belongs between its parts"
    target = f"{match[0]}.{behind[1]}"
    return RawMention(match.start(), behind.end(), target, flaw, EvidenceNeeded.NAMED, plain)


def _read(template: IdTemplate, match: re.Match[str]) -> RawMention | None:
    """Read a match, which is no id of this shape as it stands, as one of this shape."""
    digits, sep, sub = match["digits"], match["sep"], match["sub"]
    if match["prefix"].islower() and _TAGGED.match(
        match.string[max(0, match.start() - 2) : match.start()]
    ):
        # `attack.t0146`, `misp-galaxy:...="t0146"`: another system's tag.
        return None
    start, clean = match.start(), match["prefix"].isupper() and digits.isdecimal()
    surplus = len(digits) - template.digits
    stem = _fit_stem(template, digits)
    plain = None
    if clean and surplus == 0:
        plain = RawMention(start, match.end("digits"), match["prefix"] + digits)
    if stem is not None and sub is not None and template.sub_digits:
        right_sub = len(sub) == template.sub_digits
        dotted = sep == "." and (surplus == 0 or (right_sub and abs(surplus) == 1))
        if dotted or (right_sub and surplus == 0):
            sure = dotted and clean and sub.isdecimal()
            target = f"{stem}.{sub.replace('O', '0')}"
            proof = EvidenceNeeded.NONE if sure else EvidenceNeeded.KNOWN
            return RawMention(start, match.end(), target, _find_flaw(template, match), proof, plain)
    if plain is not None or stem is None or sub is not None:
        return plain
    if abs(surplus) <= 2:
        # `T106` and `P2` may be anything; `T00029` and `I0096` hardly are.
        proof = (
            EvidenceNeeded.KNOWN if len(digits) >= 4 and abs(surplus) <= 1 else EvidenceNeeded.NAMED
        )
        return RawMention(start, match.end(), stem, _find_flaw(template, match), proof)
    return None


def _fit_stem(template: IdTemplate, digits: str) -> str | None:
    """Return the stem that `digits` were most likely written for, if there is one."""
    plain = digits.replace("O", "0").rjust(template.digits, "0")
    surplus = plain[: len(plain) - template.digits]
    return None if surplus.strip("0") else template.prefix + plain[len(surplus) :]


def _find_flaw(template: IdTemplate, match: re.Match[str]) -> str:
    digits, sep, sub = match["digits"], match["sep"], match["sub"] or ""
    if "O" in digits + sub:
        return "it has the letter O instead of a zero"
    if not match["prefix"].isupper():
        return "its letters belong in capitals"
    if sep is not None and sep != ".":
        if sep.strip() != sep:
            return "there is a space in it"
        return f"it has `{sep}` instead of a full stop"
    if len(digits) != template.digits:
        return f"it has {len(digits)} digits instead of {template.digits}"
    return f"its last part has {len(sub)} digits instead of {template.sub_digits}"


_TAGGED = re.compile(r"(?:\w[.:/]|=[\"'])\Z")
_ALMOST_AN_ID = re.compile(r"[A-Za-z]{1,4}[ \t]?[0-9][0-9.,:]*(?![\w-])")
# All that a field holds, in letters and digits of any script: an id without its letters, say.
_ALONE = re.compile(r"\s*(?P<id>(?=\D{0,4}\d)[^\W_]{1,8})\s*")
# A third level behind an id of two.
_SURPLUS = re.compile(r"\s*[.:,_/-]\s*[0-9]{1,4}")
# Such levels at once behind an id.
_PARTS = re.compile(r"(?:\.[0-9]++)+")
# What people do not see, and the hyphens that programs put where a word may break.
_UNSEEN = r"\s\u00ad\u200b-\u200f\u2010\u2011\u2060\ufeff"
_UNSEEN_RUN = re.compile(rf"[{_UNSEEN}]+")
# What is seen between the separators of a list of ids.
_SEEN = re.compile(rf"[^{_UNSEEN},;](?:[^,;]*[^{_UNSEEN},;])?")
# A member of a list of ids, without the spaces around it.
_MEMBER = re.compile(r"[^\s,;](?:[^,;\n]*[^\s,;])?")
_BEFORE_NAME = re.compile(r"\s*[:–—-]?\s*")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where mentions stand: the key of a field or table, the kind that it refers to, the row.

    `member` and `relation` say what is stated there; see Mention.
    """

    place: str = ""
    refers_to: str | None = None
    member: bool = False
    relation: Relation = Relation.NONE
    row: Row | None = None


class MentionReader:
    """Reads the mentions of one page; holds what does not change within it."""

    def __init__(self, finder: IdFinder, definitions: Definitions = NO_DEFINITIONS) -> None:
        self._finder = finder
        self._definitions = definitions

    def read_prose(
        self, leaf: Text, links: tuple[Link, ...], role: Role = Role.PROSE, row: Row | None = None
    ) -> Iterator[Mention]:
        """Yield the ids in running text, and those at the head of link labels."""
        slot = Slot(row=row)
        raw = leaf.raw
        found = self._finder.find(raw)
        if garbled := _find_garbled(raw):
            found = _merge(found, garbled)
        if not found:
            return
        masked = find_opaque(raw, self._definitions.labels)
        masked += self._definitions.list_spans(leaf)
        for link in links:
            mention = None if link.bare or link.image else self.read_label(link, leaf, slot)
            if mention is not None:
                masked.append((link.label.start - leaf.start, link.label.end - leaf.start))
                yield mention
        covered = CoveredSpans(masked)
        for item in found:
            if not covered.holds(item.start):
                yield _build_mention(role, leaf, item, slot)

    def read_label(self, link: Link, leaf: Text, slot: Slot) -> Mention | None:
        """Return the id at the head of a link's label, with the name behind it."""
        raw = link.label.raw
        plain = tuple(_read_surplus(raw, item) for item in self._finder.find(raw)[:1])
        found = _merge(plain, _find_garbled(raw))
        if not found or raw[: found[0].start].strip():
            return None

        def read(item: RawMention) -> Mention:
            name = _read_rest(link.label, raw, item.end, len(raw))
            mention = _build_mention(
                Role.LINK, link.label, item, slot, leaf=leaf, name=name, link=link
            )
            if item.evidence_needed is not EvidenceNeeded.SLIP or item.fallback is None:
                return mention
            return replace(mention, fallback=read(item.fallback))

        return read(found[0])

    def read_listed(
        self, role: Role, value: Text, format_: Format, slot: Slot
    ) -> Iterator[Mention]:
        """Yield the ids of a field or cell that holds `<ID> <name>` or a list of it.

        Among ids alone, a member without one is a garbled id.
        """
        raw = value.raw
        if format_ is Format.IDS:
            for item in self._list_ids(raw):
                yield _build_mention(role, value, item, slot)
            return
        heads = [
            _read_surplus(raw, item)
            for item in self._finder.find(raw)
            if _begins_item(raw, item.start, item.end)
        ]
        if not heads and (almost := _ALMOST_AN_ID.match(raw)):
            plain = RawMention(0, almost.end(), almost[0], NO_FORM)
            heads = [replace(plain, evidence_needed=EvidenceNeeded.SLIP, fallback=plain)]
            garbled = _find_garbled(raw)
            if garbled and garbled[0].start == 0:
                heads = [replace(garbled[0], fallback=plain)]
        elif not heads and slot.refers_to and (alone := _ALONE.fullmatch(raw)):
            heads = [RawMention(*alone.span("id"), alone["id"], NO_FORM, EvidenceNeeded.SLIP)]
        for index, item in enumerate(heads):
            end = heads[index + 1].start if index + 1 < len(heads) else len(raw)
            yield _build_mention(
                role, value, item, slot, name=_read_rest(value, raw, item.end, end)
            )

    def _list_ids(self, raw: str) -> Iterator[RawMention]:
        """Yield the ids of a list without names, and the members that hold none."""
        found = self._join_torn(raw, self._finder.find(raw))
        number = 0
        for match in _MEMBER.finditer(raw):
            if number and match.end() <= found[number - 1].end:
                # A comma, or a line break, stands in the id before.
                continue
            held = []
            while number < len(found) and found[number].start < match.end():
                held.append(found[number])
                number += 1
            if len(held) == 1 and _SURPLUS.fullmatch(raw, held[0].end, match.end()):
                held = []
            if not held:
                held = self._split_joined(match) or [
                    RawMention(match.start(), match.end(), match[0], NO_FORM, EvidenceNeeded.SLIP)
                ]
            yield from held

    def _join_torn(self, raw: str, found: tuple[RawMention, ...]) -> tuple[RawMention, ...]:
        """Return the ids with those in which a line break or something unseen stands."""
        for match in _SEEN.finditer(raw):
            whole = _UNSEEN_RUN.sub("", match[0])
            start, end = match.span()
            if whole == match[0] or not self._finder.single.fullmatch(whole):
                continue
            torn = RawMention(start, end, whole, _describe_torn(match[0]))
            others = (item for item in found if not start <= item.start < end)
            found = tuple(sorted((*others, torn), key=lambda item: item.start))
        return found

    def _split_joined(self, member: re.Match[str]) -> list[RawMention]:
        """Return the ids of a member that is nothing but ids, one behind the other."""
        if not self._finder.joined.fullmatch(member[0]):
            return []
        return [
            RawMention(member.start() + m.start(), member.start() + m.end(), m[0])
            for m in self._finder.single.finditer(member[0])
        ]


def _read_surplus(raw: str, item: RawMention) -> RawMention:
    """Return an id, but with what follows it at once as one more part: that begins no name.

    Such as `T0097.109.1 Romantic Suitor`, and `T0097.109Romantic Suitor`, where the letter
    behind it keeps the last part from being read.
    """
    behind = _PARTS.match(raw, item.end)
    if behind is None:
        return item
    whole = RawMention(item.start, behind.end(), raw[item.start : behind.end()], NO_FORM)
    return replace(whole, evidence_needed=EvidenceNeeded.SLIP, fallback=whole)


def _describe_torn(written: str) -> str:
    if "\n" in written or "\r" in written:
        return "there is a line break in it"
    if any(char.isspace() for char in written):
        return "there is a space in it"
    return (
        "there is another hyphen in it"
        if re.search("[\u2010\u2011]", written)
        else ("there is something invisible in it")
    )


def _begins_item(raw: str, start: int, end: int) -> bool:
    """Tell whether only spaces stand before `start`, back to the text's start or a separator.

    A list may have lost its separators: `T0010 - Cultivate Allies T0039 - Bait
    Influencer`. Then an id with a dash behind it begins a member all the same.
    """
    if raw[end : end + 3] == " - " and raw[max(0, start - 1) : start].isspace():
        return True
    while start > 0 and raw[start - 1].isspace():
        start -= 1
    return start == 0 or raw[start - 1] in ",;"


def _read_rest(text: Text, raw: str, start: int, end: int) -> Text | None:
    """Return the name at `start` to `end` of a text that reads `raw`, None if there is none."""
    gap = _BEFORE_NAME.match(raw, start, end)
    start = gap.end() if gap else start
    while end > start and (raw[end - 1].isspace() or raw[end - 1] in ",;"):
        end -= 1
    return text.part(start, end) or None


def _build_mention(
    role: Role,
    text: Text,
    item: RawMention,
    slot: Slot,
    *,
    leaf: Text | None = None,
    name: Text | None = None,
    link: Link | None = None,
) -> Mention:
    # Where an id is expected, what nearly is one was meant as one.
    prose = role is Role.PROSE
    garbled = item.evidence_needed is EvidenceNeeded.SLIP
    fallback = None
    if item.fallback is not None and prose:
        fallback = _build_mention(role, text, item.fallback, Slot(row=slot.row), leaf=leaf)
    elif item.fallback is not None and garbled:
        fallback = _build_mention(role, text, item.fallback, slot, leaf=leaf, name=name, link=link)
    return Mention(
        role=role,
        id=text.part(item.start, item.end),
        target=item.target,
        leaf=leaf or text,
        malformation=item.malformation,
        evidence_needed=item.evidence_needed if prose or garbled else EvidenceNeeded.NONE,
        fallback=fallback,
        name=name,
        place=slot.place,
        refers_to=slot.refers_to,
        member=slot.member,
        relation=slot.relation,
        link=link,
        row=slot.row,
    )
