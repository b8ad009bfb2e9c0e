"""What the rules on links share: which links they judge, and what would fix one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from disarm_lint.corpus.links import LinkOutcome, LinkTarget
from disarm_lint.corpus.reference import Status
from disarm_lint.corpus.registry import find_kind
from disarm_lint.model.document import Link
from disarm_lint.model.finding import Harm, Root
from disarm_lint.model.text import Regions
from disarm_lint.parse.inline import InlineType, parse_inline
from disarm_lint.parse.mentions import build_id_finder
from disarm_lint.ruleset import derived
from disarm_rules._urls import find_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.links import ResolvedLink
    from disarm_lint.corpus.reference import Reference
    from disarm_lint.model.document import Document
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.profile import Kind
    from disarm_lint.model.text import Text

# `[text](a b.md)`: a space ends the target, so that Markdown sees no link.
_WITH_BLANK = re.compile(r"\]\((?P<target>[^()<>\"'|\n]{0,500}?)\)")
_PATH = re.compile(
    r"\.{1,2}/|https?:/|www\.|.*\.(?:md|html?|png|jpe?g|gif|svg|pdf|csv)\Z", re.IGNORECASE
)
_LABEL_LIMIT = 500
_GONE = frozenset({Status.UNKNOWN, Status.RETIRED, Status.MALFORMED})


def parse_spans(raw: str) -> Regions[int]:
    """Return where a text holds links, code and tags: what Markdown has understood."""
    parts = parse_inline(raw)
    return Regions([(p.start, p.end) for p in parts if p.type is not InlineType.BARE_URL])


@derived
def list_links(corpus: Corpus) -> tuple[tuple[Document, Link], ...]:
    """Return the links of the documents, but those in rows without an id: they are C605's."""
    blank: dict[str, list[tuple[int, int]]] = {}
    for document, row in corpus.registry.blank_rows:
        blank.setdefault(document.path, []).append((row.text.start, row.text.end))
    found: list[tuple[Document, Link]] = []
    for document in corpus.checked_documents:
        if document.path not in blank:
            found.extend((document, link) for link in document.links)
            continue
        rows = Regions(blank[document.path])
        found.extend(
            (document, link)
            for link in document.links
            if not rows.overlap((link.text.start, link.text.end))
        )
    return tuple(found)


def find_unparsed_links(document: Document) -> Iterator[Link]:
    """Yield what was meant for a link, but is none because its target holds a space."""
    for leaf in document.leaves:
        raw = leaf.raw
        if "](" not in raw:
            continue
        taken: Regions[int] | None = None
        for match in _WITH_BLANK.finditer(raw):
            target = match["target"]
            if " " not in target.strip() or not _PATH.match(target.strip()):
                continue
            taken = taken or parse_spans(raw)
            if taken.overlap(match.span()):
                continue
            start = raw.rfind("[", max(0, match.start() - _LABEL_LIMIT), match.start())
            if start >= 0:
                yield Link(
                    text=leaf.part(start, match.end()),
                    label=leaf.part(start + 1, match.start()).strip(),
                    target=leaf.part(*match.span("target")).strip(),
                    href=target.strip(),
                )


@derived
def resolve_links(corpus: Corpus) -> tuple[tuple[Document, Link, ResolvedLink], ...]:
    """Return the relative links with where they lead; none where no corpus is known.

    What only looks like a path, because it is a placeholder or a URL without
    its scheme, is left out.
    """
    if not corpus.known:
        return ()
    resolved = []
    for document, link in list_links(corpus):
        # A cell's links are judged where they lead from: on the pages that show the cell.
        if link.external or document.sheet is not None:
            continue
        found = corpus.links.resolve(document, link)
        exists = found.fate is LinkOutcome.FOUND and link.href.strip()
        if exists or find_fault(link) is None:
            resolved.append((document, link, found))
    return tuple(resolved)


def is_label_gone(corpus: Corpus, document: Document, link: Link) -> bool:
    """Tell whether the link's text names an id about which a rule on ids already speaks."""
    return any(
        reference.status in _GONE for reference in corpus.references_in(document, link.label)
    )


def find_missing_page(corpus: Corpus, document: Document, link: Link) -> Entity | None:
    """Return the entity without a page that a link of an index row stands for: C604's.

    The row defines the entity, its kind has a folder, and other entities of
    the kind have pages.
    """
    if document.index is None or document.index.lists is None:
        return None
    for reference in corpus.references_in(document, link.label):
        entity = corpus.entity(reference.target)
        if reference.status is not Status.DEFINED or entity is None or entity.page is not None:
            continue
        if entity.kind.key != document.index.lists or entity.kind.folder is None:
            continue
        if entity.kind.key in corpus.kinds_with_pages and any(
            definition.document.path == document.path
            and definition.row is not None
            and definition.row.text.start <= link.text.start < definition.row.text.end
            for definition in entity.definitions
        ):
            return entity
    return None


def build_missing_root(corpus: Corpus, kind: Kind) -> Root:
    """Return the root cause of pages that are not there: C604's, and that of links to them."""
    folder = f"{corpus.profile.prefix}{kind.folder}"
    return Root(
        f"missing {kind.key}",
        f"pages are missing from {folder}/ that are listed or linked in {{places}}",
        "generate the pages again, or remove these entities from the list",
        by_place=False,
        shared=True,
        harm=Harm.LOST,
    )


def build_misnamed_root(page: Document, entity_id: str) -> Root:
    """Return the root cause of a page whose file is not called after its id, S102's."""
    file = page.path.rpartition("/")[2]
    return Root(
        f"misnamed {page.path}",
        f"the file of {entity_id} is called “{file}”, and links to {entity_id} miss it",
        f"rename the file to “{entity_id}.md”",
        by_place=False,
        shared=True,
        harm=Harm.ASTRAY,
    )


def is_page_renamed(corpus: Corpus, path: str) -> bool:
    """Tell whether the page that belongs at `path` has a name that differs in spaces or letter case: S102's.

    One page with a wrong name breaks all links to it; renaming it fixes them.
    """
    folder, _, file = path.rpartition("/")
    stem = "".join(file.removesuffix(".md").split()).upper()
    page = corpus.page(stem)
    if page is None or page.path.rpartition("/")[0] != folder or page.stem == page.id:
        return False
    return "".join(page.stem.split()).upper() == page.id


def read_file_id(corpus: Corpus, path: str) -> str | None:
    """Return the id that a path's last part names, with or without a suffix."""
    name = path.replace("\\", "/").rstrip("/").rpartition("/")[2].strip()
    for stem in (name, name.rpartition(".")[0].strip()):
        if stem and find_kind(stem, corpus.profile) is not None:
            return stem
    return None


def read_label_ids(corpus: Corpus, document: Document, link: Link) -> dict[str, Reference]:
    """Return the references to living entities in a link's text, by id."""
    return {
        reference.target: reference
        for reference in corpus.references_in(document, link.label)
        if reference.status is Status.DEFINED
    }


class LinkFixer:
    """Finds the file that a broken link was most likely meant for."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._by_name: dict[str, list[str]] | None = None

    def find_path(self, document: Document, link: Link, found: ResolvedLink) -> str | None:
        """Return the path of the one file that the link can mean, relative to the root."""
        corpus = self._corpus
        windows = convert_backslashes(link)
        if windows is not None:
            other = corpus.links.resolve_href(document.path, windows)
            if other.fate is LinkOutcome.FOUND:
                return other.path
        target_id = read_file_id(corpus, found.path)
        named = list(read_label_ids(corpus, document, link))
        if target_id is not None and named and target_id not in named:
            # Text and target disagree, and the target is gone: the text is what is left.
            target_page = corpus.page(target_id)
            return (
                None if target_page else self._find_page_path(named[0]) if len(named) == 1 else None
            )
        for candidate in (target_id, *(named if len(named) == 1 else ())):
            page = self._find_page_path(candidate) if candidate else None
            if page is not None:
                return page
        same = self._names.get(found.path.rpartition("/")[2].casefold(), [])
        return same[0] if len(same) == 1 else None

    def _find_page_path(self, entity_id: str) -> str | None:
        page = self._corpus.page(entity_id)
        return page.path if page else None

    @property
    def _names(self) -> dict[str, list[str]]:
        if self._by_name is None:
            corpus = self._corpus
            self._by_name = {}
            hidden = {d.path for d in corpus.all_documents} - {
                d.path for d in corpus.checked_documents
            }
            found = corpus.tree.walk(corpus.profile.folder)
            below = {path for path in found if isinstance(path, str)}
            for path in sorted((below | {d.path for d in corpus.checked_documents}) - hidden):
                name = path.rpartition("/")[2].casefold()
                self._by_name.setdefault(name, []).append(path)
        return self._by_name


def convert_backslashes(link: Link) -> str | None:
    """Return the target with slashes, where it is written with the backslashes of Windows."""
    raw = link.target.raw
    # What is left of a backslash in the target escapes nothing.
    if "\\" not in link.href or "://" in raw:
        return None
    return unquote(raw.replace("\\", "/"))


def rewrite_target(corpus: Corpus, document: Document, link: Link, path: str) -> str:
    """Return the target that leads to `path`, in the style of the link's own.

    Its query is kept, and its fragment where the page at `path` has it.
    """
    href = convert_backslashes(link) or link.href
    if href.startswith("/") and not writes_rooted(corpus):
        # The path of a disk, where all others are relative.
        href = "../" * document.path.count("/")
    target = LinkTarget.parse(href)
    tail = target.tail
    if target.fragment and not corpus.links.has_anchor(path, target.fragment):
        tail = tail.partition("#")[0]
    return escape_target(link, corpus.links.build_href(document.path, href, path) + tail)


# A corpus writes absolute paths, if so many of its links to its own files have one.
_ROOTED_SHARE = 0.3


@derived
def writes_rooted(corpus: Corpus) -> bool:
    """Tell whether the links of a corpus are absolute paths, as a rule."""
    hrefs = [link.href for _, link, _ in resolve_links(corpus)]
    return sum(href.startswith("/") for href in hrefs) > len(hrefs) * _ROOTED_SHARE


def escape_target(link: Link, href: str) -> str:
    """Return a target as the source of a link writes it: escaped in HTML."""
    return href.replace("&", "&amp;").replace('"', "&quot;") if link.html else href


def locate_target(link: Link) -> Text:
    """Return where a finding about a link's target stands: the whole link where it has none."""
    return link.target if link.target else link.text


def find_mismatched_target(
    corpus: Corpus, document: Document, link: Link, found: ResolvedLink
) -> tuple[Reference, str] | None:
    """Return the reference in a link's text and the other id whose page the link leads to.

    None if the text names no living id, or the target's among others, or
    where the target is no page of an id.
    """
    if found.fate not in (LinkOutcome.FOUND, LinkOutcome.NO_FRAGMENT):
        return None
    file = found.path.rpartition("/")[2].removesuffix(".md")
    if link.label.raw.partition(" ")[0] == file:
        return None
    named = read_label_ids(corpus, document, link)
    if len(named) != 1 or is_label_gone(corpus, document, link):
        return None
    reference = next(iter(named.values()))
    if not _is_head(reference, link, corpus):
        return None
    target = read_file_id(corpus, found.path)
    if target is None or not found.path.endswith(".md"):
        return None
    if any(
        target == other.target for other in build_id_finder(corpus.profile).find(link.label.raw)
    ):
        return None
    return reference, target


def _is_head(reference: Reference, link: Link, corpus: Corpus) -> bool:
    """Tell whether a link's text is a name for its id: `T0001 ...`, `see T0001`, `tactic TA01`.

    `child of T0087` names another thing than T0087.
    """
    before = link.label.part(0, reference.mention.id.start - link.label.start).raw
    words = " ".join(re.findall(r"[^\W\d_]+", before[:_LABEL_LIMIT].casefold()))
    kind = find_kind(reference.target, corpus.profile)
    own = {word.casefold() for word in (kind.title, *kind.words)} if kind else set()
    return words.removeprefix("see ").removeprefix("also ") in {"", "see", "see also", *own}


def build_page_key(document: Document) -> str:
    """Return the subject of a finding about a page as such: its id, or for a list its path."""
    return (document.id if document.kind else None) or document.path
