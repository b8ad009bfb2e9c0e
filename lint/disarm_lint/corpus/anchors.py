"""The fragments of a page: what can follow `#` in a link to it."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from typing import TYPE_CHECKING

from disarm_lint.markdown.blocks import BlockType, parse_blocks
from disarm_lint.markdown.inline import InlineType, parse_inline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from disarm_lint.model.text import PageSource

_ID_ATTRIBUTE = re.compile(r"""\b(?:id|name)\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_HTML_HEADING = re.compile(r"<h[1-6]\b[^<>]*>([^<]*)", re.IGNORECASE)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_SETEXT = re.compile(r"\n[ \t]*(?:=+|-+)[ \t]*\Z")


def anchors_of(source: PageSource) -> Mapping[str, str]:
    """Return the fragments of a page as GitHub makes them, by their case-folded forms."""
    anchors: dict[str, str] = {}
    seen: dict[str, int] = {}

    def add(heading: str) -> None:
        slug = slug_of(heading)
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        numbered = f"{slug}-{count}" if count else slug
        anchors.setdefault(numbered.casefold(), numbered)
        # Whether underscores are emphasis or part of a word is the renderer's matter.
        anchors.setdefault(numbered.replace("_", "").casefold(), numbered)

    for block in parse_blocks(source):
        raw = source.text[block.start : block.end].strip()
        if block.type is BlockType.HEADING:
            add(_SETEXT.sub("", raw.replace("\r\n", "\n")).strip("#").strip())
        for match in _HTML_HEADING.finditer(raw):
            add(match[1])
        for found in _ID_ATTRIBUTE.findall(raw):
            anchors.setdefault(found.casefold(), found)
    return anchors


def slug_of(heading: str) -> str:
    """Return the fragment that GitHub gives to a heading."""
    for part in reversed(parse_inline(heading)):
        if part.type in (InlineType.LINK, InlineType.IMAGE):
            label = heading[part.label[0] : part.label[1]] if part.type is InlineType.LINK else ""
            heading = heading[: part.start] + label + heading[part.end :]
        elif part.type is InlineType.TAG:
            heading = heading[: part.start] + heading[part.end :]
    text = _ESCAPE.sub(r"\1", unescape(heading)).strip().lower()
    return "".join(
        "-" if char == " " else char
        for char in text
        if char in " -_" or char.isalnum() or unicodedata.category(char)[0] == "M"
    )
