"""Ids: the templates that describe them, and texts that no longer look like ids.

In a template, `T####` is a T and four digits, `.###` the part of a sub-entity. Unlike a
regular expression from a file, a template cannot run away, and it says what is wrong with
an id that does not fit.

A slip is a text such as `TT0146`, `0146`, `T 0146`, or one with letters of another script.
Only the name behind it shows which id was meant, so it counts only where that is exactly
one entity's name, and its id is one slip of a finger away.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_TEMPLATE = re.compile(r"([A-Z]{1,4}[0-9]{0,4})(#{1,10})")
_SUB = re.compile(r"\.(#{1,6})")


@dataclass(frozen=True, slots=True)
class IdTemplate:
    """The shape of a kind's ids: a prefix, a number of digits, digits of a sub-id (0: none).

    The prefix may end in digits that all ids share: `T1###`.
    """

    prefix: str
    digits: int
    sub_digits: int = 0

    @classmethod
    def parse(cls, template: str, sub: str | None = None) -> IdTemplate:
        """Read `T####` and an optional `.###`; raise ValueError for anything else."""
        match = _TEMPLATE.fullmatch(template)
        if match is None:
            raise ValueError(
                f"{template!r} is no id template; write a prefix and digits as in T####"
            )
        if sub is None:
            return cls(match[1], len(match[2]))
        sub_match = _SUB.fullmatch(sub)
        if sub_match is None:
            raise ValueError(f"{sub!r} is no sub-id template; write a dot and digits as in .###")
        return cls(match[1], len(match[2]), len(sub_match[1]))

    @property
    def pattern(self) -> str:
        """A regular expression (ECMA 262 and Python alike) that matches whole ids."""
        sub = rf"(\.[0-9]{{{self.sub_digits}}})?" if self.sub_digits else ""
        return rf"^{self.prefix}[0-9]{{{self.digits}}}{sub}$"

    @property
    def shown(self) -> str:
        """The template as people read it: `T0000`."""
        return self.prefix + "0" * self.digits

    @property
    def letters(self) -> str:
        """The prefix without digits."""
        return self.prefix.rstrip("0123456789")

    def matches(self, written: str) -> bool:
        """Tell whether `written` is an id of this shape."""
        if not written.startswith(self.prefix):
            return False
        stem, dot, sub = written[len(self.prefix) :].partition(".")
        if len(stem) != self.digits or not (stem.isascii() and stem.isdecimal()):
            return False
        if not dot:
            return True
        return len(sub) == self.sub_digits > 0 and sub.isascii() and sub.isdecimal()


def find_stem(entity_id: str) -> str:
    """Return the id without its sub-part: `T0087` for `T0087.001`."""
    return entity_id.partition(".")[0]


def is_sub(entity_id: str) -> bool:
    """Tell whether the id has a sub-part."""
    return "." in entity_id


# Letters of other scripts that look like those that ids begin with.
_LOOKALIKES = str.maketrans("АВЕІКМОРСТХΑΒΕΙΚΜΟΡΤΧ", "ABEIKMOPCTXABEIKMOPTX")
_DIGITS = str.maketrans("OIL|", "0111")
_APART = re.compile(r"[\s.,:_/·•‐‑–—-]+")
_LEVEL = re.compile(r"[0-9]{1,3}")


def describe_slip(written: str, entity_id: str) -> str | None:
    """Say in what way a text is a slip of an id; None if it is no slip of it."""
    if written == entity_id:
        return None
    plain = unicodedata.normalize("NFKC", written).upper().translate(_LOOKALIKES)
    if plain == entity_id:
        return _describe_characters(written)
    letters = entity_id.rstrip("0123456789.")
    meant = squeeze_id(entity_id)
    found = squeeze_id(plain)
    if found == meant:
        return _describe_spacing(written, plain, entity_id)
    if found == meant[len(letters) :]:
        return f"the {letters} at its beginning is missing"
    if found == squeeze_id(letters) + meant:
        return f"the {letters} at its beginning appears twice"
    if found == squeeze_id(letters[:1]) + meant:
        return f"the {letters[:1]} at its beginning appears twice"
    if found.startswith(meant) and "." in entity_id and _LEVEL.fullmatch(found[len(meant) :]):
        return "it has a part too many"
    from rapidfuzz.distance import OSA

    if len(meant) < 4 or OSA.distance(found, meant, score_cutoff=1) > 1:
        return None
    if len(found) == len(meant):
        return "two of its characters are swapped, or one is wrong"
    return f"a character is {'missing' if len(found) < len(meant) else 'too many'}"


def strip_id(text: str) -> str:
    """Return an id in capitals, without separators, letters of other scripts as those alike."""
    plain = unicodedata.normalize("NFKC", text).upper().translate(_LOOKALIKES)
    return _APART.sub("", plain)


def read_digits(text: str) -> str:
    """Return digits, with those for the letters that look like them."""
    return text.translate(_DIGITS)


def squeeze_id(text: str) -> str:
    """Return what is left of an id without separators, with one form for what looks alike."""
    return read_digits(strip_id(text))


def _describe_characters(written: str) -> str:
    strange = next(char for char in written if not char.isascii())
    name = unicodedata.name(strange, "").split()
    script = name[0].capitalize() if name else "another script"
    what = "digit" if strange.isdecimal() else "letter"
    return f"“{strange}” is a {what} of another script ({script})"


def _describe_spacing(written: str, plain: str, entity_id: str) -> str:
    if any(char.isspace() for char in written):
        return "there is a space in it"
    if len(plain) < len(entity_id):
        return "the full stop between its parts is missing"
    if len(plain) > len(entity_id):
        extra = next((c for c in written if not c.isalnum() and c != "."), ".")
        return f"there is `{extra}` in it"
    wrong = next((a, b) for a, b in zip(plain, entity_id, strict=True) if a != b)
    if wrong[0].isalpha():
        digit = {"O": "zero"}.get(wrong[0], "one")
        index = next(n for n, (a, b) in enumerate(zip(plain, entity_id, strict=True)) if a != b)
        return f"it has the letter {written[index]} instead of a {digit}"
    return f"it has `{wrong[0]}` instead of a full stop"
