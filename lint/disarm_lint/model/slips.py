"""Ids that no longer look like ids: `TT0146`, `0146`, `T 0146`, letters of another script.

Nothing but the name behind such a text shows which id was meant. So it counts only
where that is exactly one entity's name, and its id is one slip of a finger away.
"""

from __future__ import annotations

import re
import unicodedata

# Letters of other scripts that look like those that ids begin with.
_LOOKALIKES = str.maketrans("АВЕІКМОРСТХΑΒΕΙΚΜΟΡΤΧ", "ABEIKMOPCTXABEIKMOPTX")
_DIGITS = str.maketrans("OIL|", "0111")
_APART = re.compile(r"[\s.,:_/‐‑–—-]+")
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
