"""Where links lead, and which anchors a page has."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

from disarm_lint.model.text import PageSource
from disarm_lint.parse.blocks import BlockType, parse_blocks
from disarm_lint.parse.inline import InlineType, parse_inline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from disarm_lint.model.document import Document, Link
    from disarm_lint.model.profile import Profile
    from disarm_lint.sources.filesystem import Tree

_ID_ATTRIBUTE = re.compile(r"""\b(?:id|name)\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_HTML_HEADING = re.compile(r"<h[1-6]\b[^<>]*>([^<]*)", re.IGNORECASE)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_SETEXT = re.compile(r"\n[ \t]*(?:=+|-+)[ \t]*\Z")


def list_anchors(source: PageSource) -> Mapping[str, str]:
    """Return the fragments of a page as GitHub makes them, by their case-folded forms."""
    anchors: dict[str, str] = {}
    seen: dict[str, int] = {}

    def add(heading: str) -> None:
        slug = make_slug(heading)
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


def make_slug(heading: str) -> str:
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


def fold_path(path: str) -> str:
    """Return a path without what some systems do not tell apart: letter case, normal form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


class LinkOutcome(StrEnum):
    """What becomes of a relative link."""

    FOUND = "found"
    MISSING = "missing"
    OTHER_CASE = "other_case"
    ESCAPES = "escapes"
    NO_FRAGMENT = "no_fragment"


@dataclass(frozen=True, slots=True)
class ResolvedLink:
    """Where a link leads: `path` is relative to the corpus root.

    `actual` is the path as the folders write it (OTHER_CASE: in other letter case, or in
    another Unicode normal form), `absent` the
    first folder or file on the way that does not exist, `fragment` what
    follows `#`, decoded.
    """

    fate: LinkOutcome
    path: str
    actual: str = ""
    absent: str = ""
    fragment: str = ""

    @property
    def absent_folder(self) -> str | None:
        """The folder whose absence breaks the link; None where only the last part is absent."""
        return self.absent if self.absent and self.absent != self.path else None


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """The parts of a written target: `path` as written, and `tail`, its query and fragment."""

    path: str
    tail: str
    fragment: str

    @classmethod
    def parse(cls, href: str) -> LinkTarget:
        """Split a relative target; `fragment` is decoded, the rest is as written."""
        href = href.strip()
        head, _, fragment = href.partition("#")
        path = head.partition("?")[0]
        return cls(path, href[len(path) :], unquote(fragment))


_LINES = re.compile(r"L\d+(?:C\d+)?(?:-L\d+(?:C\d+)?)?\Z")
# Characters of a file's name that would end or change a target.
_UNSAFE = frozenset("\"'()<>[]\\^`{|}%#? \t\r\n*&")


def quote_path(path: str) -> str:
    """Return a path as a link writes it: what would end or change the target is percent-encoded."""
    return "".join(f"%{ord(char):02X}" if char in _UNSAFE else char for char in path)


class LinkResolver:
    """Resolves the relative links of a corpus.

    `unreadable` are paths that cannot be judged: nothing below them is missing.
    """

    def __init__(
        self,
        tree: Tree,
        profile: Profile,
        documents: Mapping[str, Document],
        unreadable: frozenset[str] = frozenset(),
    ) -> None:
        self._tree = tree
        self._documents = documents
        self._unreadable = unreadable
        # If the root is itself the folder of the pages, links may contain its name,
        # which is not known here.
        self._pages = profile.folder
        self._nameless = not self._pages
        self._known: dict[str, ResolvedLink] = {}
        self._anchors: dict[str, Mapping[str, str]] = {}
        self._folded: dict[str, dict[str, str]] = {}

    def resolve(self, document: Document, link: Link) -> ResolvedLink:
        """Say where a relative link of a document leads."""
        return self.resolve_href(document.path, link.href)

    def resolve_href(self, source: str, href: str) -> ResolvedLink:
        """Say where a relative target leads that stands in the file `source`."""
        target = LinkTarget.parse(href)
        folder = source.rpartition("/")[0]
        written = unquote(target.path)
        if not written:
            path = source
        elif written.startswith("/"):
            path = written.lstrip("/")
        else:
            path = f"{folder}/{written}" if folder else written
        found = self._known.get(path)
        if found is None:
            found = self._known[path] = self._find(path, rooted=written.startswith("/"))
        fragment = target.fragment
        if (
            fragment
            and found.fate is LinkOutcome.FOUND
            and not self.has_anchor(found.path, fragment)
        ):
            return ResolvedLink(LinkOutcome.NO_FRAGMENT, found.path, fragment=fragment)
        return found

    def has_anchor(self, path: str, fragment: str) -> bool:
        """Tell whether a page has a fragment; True for files that are no known pages."""
        if path not in self._documents:
            return True
        if fragment.startswith((":~:", "/", "!")) or _LINES.match(fragment):
            return True
        wanted = fragment.casefold()
        return wanted == "top" or wanted.removeprefix("user-content-") in self.anchors(path)

    def anchors(self, path: str) -> Mapping[str, str]:
        """Return the fragments of a page, by their lower-case forms; empty for other files."""
        if path not in self._anchors:
            document = self._documents.get(path)
            source = document.source if document else None
            self._anchors[path] = list_anchors(source) if isinstance(source, PageSource) else {}
        return self._anchors[path]

    def build_href(self, source: str, written: str, path: str) -> str:
        """Return the target that leads from the file `source` to `path`.

        It is written in the style of `written`: from the root with a slash,
        up to the root and down again, or by the shortest way.
        """
        style = LinkTarget.parse(written).path
        encoded = quote_path(path)
        if style.startswith("/"):
            return f"/{encoded}"
        here = source.split("/")[:-1]
        # As far up as the root: what is misspelt may be the folder of the pages.
        rooted = bool(here) and style.startswith("../" * len(here))
        if self._pages and (rooted or f"../{quote_path(self._pages)}/" in style):
            return "../" * len(here) + encoded if here else f"../{encoded}"
        there = path.split("/")
        common = 0
        while common < min(len(here), len(there) - 1) and here[common] == there[common]:
            common += 1
        return "../" * (len(here) - common) + quote_path("/".join(there[common:]))

    def respell(self, source: str, written: str, actual: str) -> str:
        """Return `written` with the letter case of `actual`, the path that it leads to."""
        target = LinkTarget.parse(written)
        pieces = target.path.split("/")
        folder = [] if target.path.startswith("/") else source.split("/")[:-1]
        stack: list[int | None] = [None] * len(folder)
        for number, piece in enumerate(pieces):
            part = unquote(piece)
            if part == "..":
                if stack:
                    stack.pop()
            elif part not in ("", "."):
                stack.append(number)
        parts = actual.split("/")
        if len(stack) != len(parts) or any("/" in unquote(piece) for piece in pieces):
            return self.build_href(source, written, actual) + target.tail
        for place, part in zip(stack, parts, strict=True):
            if place is not None and unquote(pieces[place]) != part:
                pieces[place] = quote_path(part)
        return "/".join(pieces) + target.tail

    def _find(self, path: str, *, rooted: bool) -> ResolvedLink:
        parts: list[str] = []
        above = 0
        for part in path.split("/"):
            if part in ("", "."):
                continue
            if part != "..":
                parts.append(part)
            elif parts:
                parts.pop()
            else:
                above += 1
        if self._nameless and above + rooted == 1 and len(parts) > 1:
            inside = self._walk(parts[1:])
            top = self._tree.names("") or frozenset()
            if inside.fate is LinkOutcome.FOUND or (above and parts[1] in top):
                return inside
        return ResolvedLink(LinkOutcome.ESCAPES, path) if above else self._walk(parts)

    def _find_in_other_case(self, folder: str, names: Iterable[str], part: str) -> str | None:
        """Return the first name in a folder that only case or normal form tells from `part`."""
        if folder not in self._folded:
            ordered = sorted(names, reverse=True)
            self._folded[folder] = {fold_path(name): name for name in ordered}
        return self._folded[folder].get(fold_path(part))

    def _walk(self, parts: list[str]) -> ResolvedLink:
        path = "/".join(parts)
        other_case = False
        walked: list[str] = []
        for part in parts:
            folder = "/".join(walked)
            names = self._tree.names(folder)
            if names is None:
                if folder in self._unreadable:
                    return ResolvedLink(LinkOutcome.FOUND, path)
                return ResolvedLink(LinkOutcome.MISSING, path, absent=folder)
            if part not in names:
                same = self._find_in_other_case(folder, names, part)
                if same is None:
                    return ResolvedLink(LinkOutcome.MISSING, path, absent="/".join([*walked, part]))
                part, other_case = same, True
            walked.append(part)
        if other_case:
            return ResolvedLink(LinkOutcome.OTHER_CASE, path, actual="/".join(walked))
        return ResolvedLink(LinkOutcome.FOUND, path)
