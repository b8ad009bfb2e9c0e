"""Links of a text, in Markdown and in HTML."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING

from disarm_lint.markdown.inline import InlineType, parse_inline
from disarm_lint.model.document import Link

if TYPE_CHECKING:
    from disarm_lint.model.text import Text


def find_links(leaf: Text) -> tuple[Link, ...]:
    """Return the links of a paragraph or cell, in their order."""
    raw = leaf.raw
    parts = parse_inline(raw)
    anchors = [part for part in parts if part.tag in ("a", "/a")]
    closings = dict(zip((part.start for part in anchors), anchors[1:], strict=False))
    found = []
    for part in parts:
        if part.type is InlineType.TAG:
            if part.tag == "a" and part.target != (0, 0):
                close = closings.get(part.start)
                label_end = close.start if close else part.end
                end = close.end if close and close.tag == "/a" else label_end
                found.append(
                    Link(
                        text=leaf.part(part.start, end),
                        label=leaf.part(part.end, label_end).strip(),
                        target=leaf.part(*part.target),
                        href=unescape(part.href),
                        html=True,
                    )
                )
        elif part.type is not InlineType.CODE:
            found.append(
                Link(
                    text=leaf.part(part.start, part.end),
                    label=leaf.part(*part.label).strip(),
                    target=leaf.part(*part.target),
                    href=part.href,
                    image=part.type is InlineType.IMAGE,
                    bare=part.type in (InlineType.AUTOLINK, InlineType.BARE_URL),
                )
            )
    return tuple(found)
