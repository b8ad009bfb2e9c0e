"""Ids in running text: the well-formed ones, and those that only nearly are."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from disarm_lint.model.document import Proof

if TYPE_CHECKING:
    from disarm_lint.model.ids import IdTemplate
    from disarm_lint.model.profile import Profile


# `T0097 109` and `T0097, 109` are a number behind an id unless the name tells otherwise.
_APART = re.compile(r"(?:\.?[ \u00a0]|,)([0-9]{1,6})(?!\w)")


@dataclass(frozen=True, slots=True)
class RawMention:
    """An id at `start` to `end` (exclusive) of a text.

    `target` is the id that is meant; `flaw` says what is wrong with the
    written one. A reading with `proof` only holds where the target is known
    to the corpus, or where the target's name stands behind it; `otherwise` is
    the reading that holds where it does not.
    """

    start: int
    end: int
    target: str
    flaw: str | None = None
    proof: Proof = Proof.NONE
    otherwise: RawMention | None = None


@dataclass(frozen=True, slots=True, eq=False)
class IdFinder:
    """Finds ids of a profile's kinds (`own`) and of other frameworks in texts."""

    own: tuple[IdTemplate, ...]
    foreign: tuple[IdTemplate, ...]
    pattern: re.Pattern[str]

    def find(self, text: str) -> tuple[RawMention, ...]:
        """Return the ids in a text, in their order."""
        return _find(self, text)


@lru_cache(maxsize=8)
def id_finder(profile: Profile) -> IdFinder:
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
        r"(?!\w)(?!,000)(?!\.(?:md|html?|json|csv|png|jpe?g|xlsx)\b)"
    )
    return IdFinder(own, foreign, pattern)


@lru_cache(maxsize=8192)
def _find(finder: IdFinder, text: str) -> tuple[RawMention, ...]:
    found = (_judge(finder, match) for match in finder.pattern.finditer(text))
    return tuple(mention for mention in found if mention is not None)


def _judge(finder: IdFinder, match: re.Match[str]) -> RawMention | None:
    """Return the best reading of a match: an id, an id before other text, a malformed id."""
    written = match[0]
    for template in finder.own:
        if template.matches(written):
            return _apart(template, match) or RawMention(match.start(), match.end(), written)
    prefix = match["prefix"].upper()
    templates = [template for template in finder.own if template.prefix == prefix]
    readings = [reading for t in templates if (reading := _read(t, match)) is not None]
    foreign = None
    if any(template.matches(written) for template in finder.foreign):
        foreign = RawMention(match.start(), match.end(), written)
    if readings:
        best = min(readings, key=lambda reading: (reading.proof is Proof.NAMED, -reading.end))
        doubtful = best.proof is Proof.NAMED and best.otherwise is None
        return replace(best, otherwise=foreign) if doubtful else best
    return foreign


def _apart(template: IdTemplate, match: re.Match[str]) -> RawMention | None:
    """Return the id of a sub-entity whose last part a blank or a comma cuts off."""
    if not template.sub_digits or match["sub"] is not None:
        return None
    behind = _APART.match(match.string, match.end())
    if behind is None or len(behind[1]) != template.sub_digits:
        return None
    plain = RawMention(match.start(), match.end(), match[0])
    flaw = "a full stop alone belongs between its parts"
    target = f"{match[0]}.{behind[1]}"
    return RawMention(match.start(), behind.end(), target, flaw, Proof.NAMED, plain)


def _read(template: IdTemplate, match: re.Match[str]) -> RawMention | None:
    """Read a match, which is no id of this shape as it stands, as one of this shape."""
    digits, sep, sub = match["digits"], match["sep"], match["sub"]
    start, clean = match.start(), match["prefix"].isupper() and digits.isdecimal()
    surplus = len(digits) - template.digits
    stem = _fitted(template, digits)
    plain = None
    if clean and surplus == 0:
        plain = RawMention(start, match.end("digits"), match["prefix"] + digits)
    if stem is not None and sub is not None and template.sub_digits:
        right_sub = len(sub) == template.sub_digits
        dotted = sep == "." and (surplus == 0 or (right_sub and abs(surplus) == 1))
        if dotted or (right_sub and surplus == 0):
            sure = dotted and clean and sub.isdecimal()
            target = f"{stem}.{sub.replace('O', '0')}"
            proof = Proof.NONE if sure else Proof.KNOWN
            return RawMention(start, match.end(), target, _flaw(template, match), proof, plain)
    if plain is not None or stem is None or sub is not None:
        return plain
    if abs(surplus) <= 2:
        # `T106` and `P2` may be anything; `T00029` and `I0096` hardly are.
        proof = Proof.KNOWN if len(digits) >= 4 and abs(surplus) <= 1 else Proof.NAMED
        return RawMention(start, match.end(), stem, _flaw(template, match), proof)
    return None


def _fitted(template: IdTemplate, digits: str) -> str | None:
    """Return the stem that `digits` were most likely written for, if there is one."""
    plain = digits.replace("O", "0").rjust(template.digits, "0")
    surplus = plain[: len(plain) - template.digits]
    return None if surplus.strip("0") else template.prefix + plain[len(surplus) :]


def _flaw(template: IdTemplate, match: re.Match[str]) -> str:
    digits, sep, sub = match["digits"], match["sep"], match["sub"] or ""
    if "O" in digits + sub:
        return "the letter O stands where a zero belongs"
    if not match["prefix"].isupper():
        return "its letters belong in capitals"
    if sep is not None and sep != ".":
        if sep.strip() != sep:
            return "a blank stands inside it"
        return f"`{sep}` stands where a full stop belongs"
    if len(digits) != template.digits:
        return f"it has {len(digits)} digits instead of {template.digits}"
    return f"its last part has {len(sub)} digits instead of {template.sub_digits}"
