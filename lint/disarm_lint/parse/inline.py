"""Links, code, tags and addresses inside a block."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from disarm_lint.parse.definitions import build_references, normalise_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MAY_HOLD_INLINE = re.compile(r"[\[<`]")
_BARE_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>|\]]+", re.IGNORECASE)
# The attribute of a tag that leads somewhere.
_TARGETS = {
    **dict.fromkeys(("a", "area"), "href"),
    **dict.fromkeys(("img", "video", "audio", "source", "track", "iframe", "embed"), "src"),
}
_ATTRIBUTE = re.compile(
    r"""\s++(?P<name>[^\s"'<>/=]++)"""
    r"""(?:\s*+=\s*+(?:"(?P<dq>[^"]*+)"|'(?P<sq>[^']*+)'|(?P<bare>[^\s>"']++)))?+"""
)
_NONE: frozenset[str] = frozenset()
_SENTENCE_MARKS = ".,;:!?'\"”’*_"
_LONE_LINK = re.compile(r"\[(?P<label>[^\[\]<>`\\!]+)\]\((?P<href>(?:\.\./)*+[A-Za-z0-9_./-]+)\)")
_LONE_ANCHOR = re.compile(
    r"(?P<open><a href=\"(?P<href>[A-Za-z0-9_./-]*)\">)(?P<label>[^\[\]<>`\\!]*)</a>"
)
_PLAIN_TAG = re.compile(r"<(/)?(?P<name>[A-Za-z][A-Za-z0-9-]*)(?(1)| ?/?)>")
_TAG_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")


class InlineType(StrEnum):
    """What an inline part is."""

    LINK = "link"
    IMAGE = "image"
    AUTOLINK = "autolink"
    BARE_URL = "bare_url"
    CODE = "code"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Inline:
    """An inline part: offsets from the start of the text, ends exclusive.

    `label` and `target` are the offsets of a link's text and of what it points
    at; `href` is the target with its escapes undone. A tag has a `tag` name in
    lower case, with a slash before it where it closes. The target of a link with a
    `reference` stands in the definition of that label.
    """

    type: InlineType
    start: int
    end: int
    label: tuple[int, int] = (0, 0)
    target: tuple[int, int] = (0, 0)
    href: str = ""
    tag: str = ""
    reference: str = ""


def _find_target(text: str, label_end: int, end: int) -> tuple[int, int]:
    """Return where the destination of an inline link stands, without `<>` and title."""
    start = label_end + 1
    if text[start : start + 1] != "(":
        return (end, end)
    start += 1
    while start < end and text[start] in " \t\r\n":
        start += 1
    if text[start : start + 1] == "<":
        close = text.find(">", start)
        return (start + 1, close if 0 <= close < end else end - 1)
    stop = start
    depth = 0
    while stop < end - 1 and text[stop] not in " \t\r\n":
        if text[stop] == "\\":
            stop += 1
        elif text[stop] == "(":
            depth += 1
        elif text[stop] == ")":
            if depth == 0:
                break
            depth -= 1
        stop += 1
    return (start, min(stop, end - 1))


def _read_link_at(state: StateInline, start: int) -> Inline:
    image = state.src[start] == "!"
    bracket = start + 1 if image else start
    end = state.pos
    state.pos = start
    label_end = state.md.helpers.parseLinkLabel(state, bracket, not image)
    state.pos = end
    type_ = InlineType.IMAGE if image else InlineType.LINK
    if end == label_end + 1 or state.src[label_end + 1] == "[":
        written = state.src[label_end + 2 : end - 1] or state.src[bracket + 1 : label_end]
        reference = normalise_reference(written)
        return Inline(type_, start, end, (bracket + 1, label_end), reference=reference)
    target = _find_target(state.src, label_end, end)
    href = state.src[target[0] : target[1]]
    if "\\" in href or "&" in href:
        from markdown_it.common.utils import unescapeAll

        href = unescapeAll(href)
    return Inline(type_, start, end, (bracket + 1, label_end), target, href)


def _make_autolink(state: StateInline, start: int) -> Inline:
    inside = (start + 1, state.pos - 1)
    href = state.src[inside[0] : inside[1]]
    return Inline(InlineType.AUTOLINK, start, state.pos, inside, inside, href)


def _make_code(state: StateInline, start: int) -> Inline | None:
    if not state.tokens or state.tokens[-1].type != "code_inline":
        return None
    return Inline(InlineType.CODE, start, state.pos)


def _make_tag(state: StateInline, start: int) -> Inline:
    raw = state.src[start : state.pos]
    name = _TAG_NAME.match(raw)
    tag = (name[1] + name[2].lower()) if name else ""
    target, href = (0, 0), ""
    if name is not None and tag in _TARGETS:
        match = _find_attribute(raw, name.end(), _TARGETS[tag])
        # Of `srcset="a.png 2x, b.png 1x"` the first counts.
        first = match is None and tag == "source"
        match = _find_attribute(raw, name.end(), "srcset") if first else match
        if match is not None:
            begin, end = match.span(match.lastgroup or "bare")
            if first:
                end = begin + len(raw[begin:end].partition(",")[0].partition(" ")[0])
            target = (start + begin, start + end)
            href = raw[begin:end]
    return Inline(InlineType.TAG, start, state.pos, target=target, href=href, tag=tag)


def _find_attribute(tag: str, position: int, wanted: str) -> re.Match[str] | None:
    """Return the attribute with a value that has a name, from an offset in a tag."""
    while (match := _ATTRIBUTE.match(tag, position)) is not None:
        if match["name"].lower() == wanted:
            return match if match.lastgroup != "name" else None
        position = match.end()
    return None


def _note_matches(
    rule: Callable[[StateInline, bool], bool],
    found: Callable[[StateInline, int], Inline | None],
) -> Callable[[StateInline, bool], bool]:
    def run(state: StateInline, silent: bool) -> bool:
        start, parts = state.pos, state.env["parts"]
        known = len(parts)
        matched = rule(state, silent)
        if matched and not silent and (part := found(state, start)) is not None:
            if part.type is InlineType.IMAGE:
                # What looks like a link in the text of an image is none, and is read apart.
                del parts[known:]
            parts.append(part)
        return matched

    return run


class _LenientParser(MarkdownIt):
    """Reads links to files and to scripts as well: L305 says what is wrong with them."""

    def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002 - markdown-it's
        return True


@lru_cache(maxsize=1)
def _build_parser() -> MarkdownIt:
    parser = _LenientParser("commonmark")
    parser.inline.ruler.enableOnly(
        ["text", "escape", "backticks", "link", "image", "autolink", "html_inline"]
    )
    parser.inline.ruler2.enableOnly([])
    found = {
        "link": _read_link_at,
        "image": _read_link_at,
        "autolink": _make_autolink,
        "backticks": _make_code,
        "html_inline": _make_tag,
    }
    for rule in parser.inline.ruler.__rules__:
        if rule.name in found:
            parser.inline.ruler.at(rule.name, _note_matches(rule.fn, found[rule.name]))
    return parser


def find_opaque(text: str, labels: frozenset[str] = _NONE) -> list[tuple[int, int]]:
    """Return the parts of a text that nobody reads as words: code, URLs, tags, link targets.

    For `labels` see `parse_inline`.
    """
    found: list[tuple[int, int]] = []
    for part in parse_inline(text, labels):
        if part.type in (InlineType.LINK, InlineType.IMAGE):
            found += ((part.start, part.label[0]), (part.label[1], part.end))
        else:
            found.append((part.start, part.end))
    return found


class CoveredSpans:
    """Parts of a text, as pairs of offsets, to be asked about offsets in rising order."""

    def __init__(self, parts: Iterable[tuple[int, int]]) -> None:
        self._parts = sorted(parts)
        self._next = 0
        self._end = 0

    def holds(self, offset: int) -> bool:
        """Tell whether one of the parts holds an offset that is no less than the last one."""
        while self._next < len(self._parts) and self._parts[self._next][0] <= offset:
            self._end = max(self._end, self._parts[self._next][1])
            self._next += 1
        return offset < self._end


def _find_url_end(text: str, start: int, end: int) -> int:
    """Return where a bare URL ends: before the punctuation of the sentence around it."""
    surplus = text.count(")", start, end) - text.count("(", start, end)
    while end > start:
        if text[end - 1] == ")" and surplus > 0:
            surplus -= 1
        elif text[end - 1] not in _SENTENCE_MARKS:
            break
        end -= 1
    return end


def _parse_parts(text: str, labels: frozenset[str] = _NONE) -> list[Inline]:
    parts: list[Inline] = []
    parser = _build_parser()
    env = {"parts": parts, "references": build_references(labels)}
    parser.inline.tokenize(StateInline(text, parser, env, []))
    return parts


def _split_plain(text: str) -> list[Inline] | None:
    """Return the parts of a text of the plainest sorts without parsing it, else None.

    Nearly all texts of generated pages are of these sorts: a lone link or
    anchor, or prose with tags that have no attributes. The outcome is the parser's.
    """
    link = _LONE_LINK.fullmatch(text)
    if link is not None:
        href = link["href"]
        return [Inline(InlineType.LINK, 0, len(text), link.span("label"), link.span("href"), href)]
    anchor = _LONE_ANCHOR.fullmatch(text)
    if anchor is not None:
        href = anchor.span("href")
        opening = Inline(
            InlineType.TAG, 0, anchor.end("open"), target=href, href=anchor["href"], tag="a"
        )
        return [opening, Inline(InlineType.TAG, anchor.end("label"), len(text), tag="/a")]
    if "](" in text or "`" in text or "\\" in text or text.count("<") != text.count(">"):
        return None
    tags = list(_PLAIN_TAG.finditer(text))
    if len(tags) != text.count("<"):
        return None
    return [
        Inline(InlineType.TAG, *match.span(), tag=(match[1] or "") + match["name"].lower())
        for match in tags
    ]


@lru_cache(maxsize=8192)
def parse_inline(text: str, labels: frozenset[str] = _NONE) -> tuple[Inline, ...]:
    """Return the links, code spans, tags and bare URLs of a text in their order.

    The text is read as it stands in the file, so that offsets need no
    adjustment: an escape or an entity counts as the code points that it is
    written with. `labels` are those that the page defines, in their normal form:
    only these make a link of `[text][label]` or `[label]`.
    """
    parts: list[Inline] = []
    if _MAY_HOLD_INLINE.search(text):
        plain = None if labels and "[" in text else _split_plain(text)
        parts = _parse_parts(text, labels) if plain is None else plain
    if "://" in text or "www." in text.lower():
        taken = ((p.start, p.end) for p in parts if p.type is not InlineType.TAG or p.href)
        covered = CoveredSpans(taken)
        for match in _BARE_URL.finditer(text):
            if not covered.holds(match.start()):
                span = (match.start(), _find_url_end(text, *match.span()))
                parts.append(Inline(InlineType.BARE_URL, *span, span, span, text[slice(*span)]))
    parts.sort(key=lambda part: (part.start, -part.end))
    return tuple(parts)
