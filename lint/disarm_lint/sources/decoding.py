"""From bytes to text, with what is wrong with the bytes."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.model.text import PageSource

if TYPE_CHECKING:
    from collections.abc import Iterable

_BINARY_MAGIC = (
    b"PK\x03\x04",
    b"\x89PNG",
    b"%PDF-",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"\x7fELF",
)
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_WESTERN, _CENTRAL = "Windows-1252", "Windows-1250"
_LEGACY = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "mac_roman": "Mac Roman",
    "cp437": "DOS code page 437",
}
"""What text that is not UTF-8 may be in, as people call it, the likeliest first."""
# What stands only in words of western languages, or is what Windows-1252 makes of Czech and Polish.
_IS_WESTERN = re.compile(r"[ñÑ][aeiouáéíóúAEIOU]|[åÅàÀ]|[aeou]ï|ès\b|ø[bdglnr]|ê[lmt]|œ[uit]")
_IS_CENTRAL = re.compile(
    r"[šžŠŽ]|[ìòùÌÒÙ][^\W\d_]|ñ(?![aeiouáéíóú])|œ(?![uit])|[æê]\b|ø[iíý]|è(?=[^\W\d_aeiou]*í)"
)
_LETTER = re.compile(r"[^\x00-\x7f]")
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27})


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text and how its bytes were read.

    `bom` names a byte order mark that was there (it is not in `text`);
    `encoding` is `utf-8`, or what the file is in instead: `unknown` where that is not
    clear, two names with “or” between them where it is one of two. `invalid` are the
    offsets in `text` of the code points that stand for bytes which are not UTF-8, with
    those bytes. Each such byte is shown as in `encoding`, of two the first, or else as in
    Windows-1252.
    """

    text: str
    encoding: str = "utf-8"
    bom: str | None = None
    invalid: tuple[tuple[int, int], ...] = ()


def is_binary(data: bytes) -> bool:
    """Tell whether bytes are no text at all, rather than text with a slip in it."""
    if data.startswith(_BINARY_MAGIC):
        return True
    if data.startswith(tuple(_UTF16)):
        return False
    head = data[:8192]
    controls = len(head) - len(head.translate(None, _CONTROL))
    return controls * 10 > len(head)


def decode(data: bytes) -> Decoded:
    """Decode bytes as UTF-8; what is not UTF-8 is read in another encoding and noted."""
    for mark, encoding in _UTF16.items():
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, errors="replace")
            return Decoded(text, encoding=encoding.upper(), bom=encoding.upper())
    bom = None
    if data.startswith(codecs.BOM_UTF8):
        data, bom = data[len(codecs.BOM_UTF8) :], "UTF-8"
    try:
        return Decoded(data.decode("utf-8"), bom=bom)
    except UnicodeDecodeError:
        pass
    if bom is None and (whole := _read_legacy(data)) is not None:
        return whole
    chars = list(data.decode("utf-8", errors="surrogateescape"))
    invalid = []
    for offset, char in enumerate(chars):
        if "\udc80" <= char <= "\udcff":
            byte = ord(char) - 0xDC00
            invalid.append((offset, byte))
            chars[offset] = bytes([byte]).decode("cp1252", errors="replace")
            if chars[offset] == "\ufffd":
                chars[offset] = chr(byte)
    return Decoded("".join(chars), encoding="unknown", bom=bom, invalid=tuple(invalid))


def _read_legacy(data: bytes) -> Decoded | None:
    """Return a file as read in the first encoding in which all of it makes sense; None if none.

    Two letters of such a file may be one of UTF-8 by chance: the whole counts, not the bytes
    that are no UTF-8.
    """
    mixed = re.search("[^\x00-\x7f\udc80-\udcff]", data.decode("utf-8", "surrogateescape"))
    for codec, label in _LEGACY.items():
        text = data.decode(codec, errors="replace")
        # Nearly all its bytes are letters, so those of UTF-8 make words of a kind in it.
        if _is_sensible(text) and not (mixed and label == _CENTRAL):
            if label == _WESTERN:
                label = _choose_windows(text, data.decode("cp1250", errors="replace"))
                text = data.decode("cp1250") if label == _CENTRAL else text
            invalid = ((match.start(), data[match.start()]) for match in _LETTER.finditer(text))
            return Decoded(text, encoding=label, invalid=tuple(invalid))
    return None


def _choose_windows(western: str, central: str) -> str:
    """Return which of two encodings, whose letters are much the same, has the likelier words."""
    if western == central or not _is_sensible(central):
        return _WESTERN
    one, other = _IS_WESTERN.search(western), _IS_CENTRAL.search(western)
    if (one is None) == (other is None):
        return f"{_WESTERN} or {_CENTRAL}"
    return _WESTERN if one else _CENTRAL


def _is_sensible(text: str) -> bool:
    return all(_makes_sense(text, match.start()) for match in _LETTER.finditer(text))


def _makes_sense(text: str, offset: int) -> bool:
    """Tell whether a letter or mark may be where it is: no capital inside a word, and so on."""
    char = text[offset]
    before = text[offset - 1] if offset else " "
    after = text[offset + 1] if offset + 1 < len(text) else " "
    if before.isalpha() and after.isalpha() and not before.isascii() and not after.isascii():
        # A word in letters of another script, whose bytes are letters of this encoding too.
        return False
    if char.islower():
        return before.isalpha() or after.isalpha() or (before + after).isspace()
    if char.isupper():
        return not before.islower() and (after.isalpha() or after in " ’'.-")
    if char in "“‘„«":
        return not before.isalnum()
    if char in "”’»":
        return not before.isspace() or after.isalnum()
    if char in "•€£§©®™°":
        return not (before.isalpha() and after.isalpha())
    return char in "–—…\xa0"


def decode_source(path: str, data: bytes) -> PageSource:
    """Return the decoded text file at a path."""
    found = decode(data)
    return PageSource(path, found.text, found.encoding, found.bom, found.invalid)


def splice(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Return a text with parts replaced, from one offset to another; they must not overlap."""
    parts, position = [], 0
    for start, end, replacement in sorted(edits):
        parts += [text[position:start], replacement]
        position = end
    return "".join([*parts, text[position:]])


def replace_texts(source: PageSource, data: bytes, edits: Iterable[tuple[int, int, str]]) -> bytes:
    """Return the bytes of a UTF-8 file with texts replaced, from one offset to another.

    `data` are the bytes that `source` was decoded from. The edits must not
    overlap; a byte order mark and all line ends stay as they are.
    """
    mark = data[: len(data) - len(source.text.encode("utf-8"))]
    return mark + splice(source.text, edits).encode("utf-8")
