"""Where relative links lead, judged by the names that folders really hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote

from disarm_lint.markdown.blocks import BlockType, parse_blocks
from disarm_lint.markdown.inline import InlineType, parse_inline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from disarm_lint.model.document import Document, Link
    from disarm_lint.model.profile import Profile
    from disarm_lint.reading.tree import Tree


class Fate(StrEnum):
    """What becomes of a relative link."""

    FOUND = "found"
    MISSING = "missing"
    OTHER_CASE = "other_case"
    ESCAPES = "escapes"
    NO_FRAGMENT = "no_fragment"


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where a link leads: `path` is relative to the corpus root.

    `actual` is the path as the folders write it (OTHER_CASE), `absent` the
    nearest folder on the way that does not exist, `fragment` what follows `#`.
    """

    fate: Fate
    path: str
    actual: str = ""
    absent: str = ""
    fragment: str = ""


_ID_ATTRIBUTE = re.compile(r"""\b(?:id|name)\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


class LinkResolver:
    """Resolves the relative links of a corpus."""

    def __init__(
        self, tree: Tree, profile: Profile, documents: Mapping[str, Document]
    ) -> None:
        self._tree = tree
        self._profile = profile
        self._documents = documents
        self._known: dict[str, Resolved] = {}
        self._anchors: dict[str, frozenset[str]] = {}

    def resolve(self, document: Document, link: Link) -> Resolved:
        """Say where a relative link of a document leads."""
        target, _, fragment = link.href.partition("#")
        target = unquote(target.partition("?")[0])
        folder = document.path.rpartition("/")[0]
        if not target:
            path = document.path
        elif target.startswith("/"):
            path = target.lstrip("/")
        else:
            path = f"{folder}/{target}" if folder else target
        found = self._known.get(path)
        if found is None:
            found = self._known[path] = self._find(path)
        if fragment and found.fate is Fate.FOUND and not self.has_anchor(found.path, fragment):
            return Resolved(Fate.NO_FRAGMENT, found.path, fragment=fragment)
        return found

    def has_anchor(self, path: str, fragment: str) -> bool:
        """Tell whether a page has a fragment; True for files that are no known pages."""
        document = self._documents.get(path)
        if document is None or re.fullmatch(r"L\d+(-L\d+)?", fragment):
            return True
        if path not in self._anchors:
            self._anchors[path] = _anchors(document)
        return unquote(fragment).casefold() in self._anchors[path]

    def _find(self, path: str) -> Resolved:
        parts: list[str] = []
        for part in path.split("/"):
            if part in ("", "."):
                continue
            if part == "..":
                if not parts:
                    return Resolved(Fate.ESCAPES, path)
                parts.pop()
            else:
                parts.append(part)
        other_case = False
        walked: list[str] = []
        for part in parts:
            names = self._tree.names("/".join(walked))
            if names is None:
                return Resolved(Fate.MISSING, "/".join(parts), absent="/".join(walked))
            if part not in names:
                same = [name for name in sorted(names) if name.casefold() == part.casefold()]
                if not same:
                    absent = "/".join([*walked, part])
                    return Resolved(Fate.MISSING, "/".join(parts), absent=absent)
                part, other_case = same[0], True
            walked.append(part)
        if other_case:
            return Resolved(Fate.OTHER_CASE, "/".join(parts), actual="/".join(walked))
        return Resolved(Fate.FOUND, "/".join(parts))


def _anchors(document: Document) -> frozenset[str]:
    """Return the fragments of a page as GitHub makes them, in lower case."""
    anchors: set[str] = set()
    seen: dict[str, int] = {}
    text = document.source.text
    for block in parse_blocks(document.source):
        raw = text[block.start : block.end]
        if block.type is BlockType.HEADING:
            slug = slug_of(raw.strip().strip("#").strip())
            count = seen.get(slug, 0)
            seen[slug] = count + 1
            anchors.add(f"{slug}-{count}" if count else slug)
        if "id=" in raw or "name=" in raw:
            anchors.update(found.casefold() for found in _ID_ATTRIBUTE.findall(raw))
    return frozenset(anchors)


def slug_of(heading: str) -> str:
    """Return the fragment that GitHub gives to a heading."""
    for part in reversed(parse_inline(heading)):
        if part.type is InlineType.LINK:
            label = heading[part.label[0] : part.label[1]]
            heading = heading[: part.start] + label + heading[part.end :]
        elif part.type is InlineType.TAG:
            heading = heading[: part.start] + heading[part.end :]
    return _NOT_IN_SLUG.sub("", heading.strip().casefold()).replace(" ", "-")
