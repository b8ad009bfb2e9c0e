"""One pass of expat over a part of a workbook, within limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.workbooks.guard import BadWorkbookError, damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_ELEMENTS = 500_000
"""In one part. Real parts have some ten thousand once the blank tail of a sheet is cut."""
MOST_ATTRIBUTES = 100
"""On one element: some parsers compare each with each."""

_UTF8 = {"utf-8", "utf8", "us-ascii"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")


def walk(
    data: bytes,
    what: str,
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Call back for each element, with its name without prefix, and for text.

    Raises BadWorkbookError where the part, `what` in words, is not well-formed,
    is not UTF-8, has a document type (and so could have entities), or is too large.
    """
    from xml.parsers import expat

    if data.startswith(_UTF16):
        raise damaged(f"{what} is not in UTF-8")
    seen = 0

    def opened(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal seen
        seen += 1
        if seen > MOST_ELEMENTS:
            raise BadWorkbookError(f"{what} holds more than {MOST_ELEMENTS:,} elements")
        if len(attributes) > MOST_ATTRIBUTES:
            raise BadWorkbookError(f"{what} has an element with too many attributes")
        start(name.rpartition(":")[2] if ":" in name else name, attributes)

    def closed(name: str) -> None:
        if end is not None:
            end(name.rpartition(":")[2] if ":" in name else name)

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _UTF8:
            raise damaged(f"{what} is not in UTF-8")

    def doctype(*_: object) -> None:
        raise BadWorkbookError(f"{what} has a document type, which no workbook needs")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = opened
    parser.XmlDeclHandler = declared
    parser.StartDoctypeDeclHandler = doctype
    if end is not None:
        parser.EndElementHandler = closed
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError) as problem:
        raise damaged(f"{what} is not well-formed") from problem
