"""A relative link whose target, or the part of it that `#` names, does not exist.

The reader of the page lands on “404 not found”. Most often the page was
renamed or removed, was never generated, or the path has one `..` too many or
too few. If one file of the corpus fits, the message says which path would
work: the page of the id that the link names, or the one file with that name.

Targets are looked up in folder listings, so the result is the same on every system.
Links in Markdown and in HTML count, and so do images and files that are not pages. The
target of a reference-style link, `[text][label]`, is in the definition of its label. A
path with Windows backslashes works on no web site; a space inside a Markdown target
ends it, so that readers see the raw text instead of a link.

An absolute path (`/generated_pages/...`) to a file that is there is a warning where the
corpus writes relative links: it leads nowhere unless the site begins at the root of the
repository.

All links from one page into one folder that does not exist are one cause. If the id
in the link's text is itself unknown, retired or malformed, or if an index lists an
entity that has no page, another rule reports that. Without a corpus, no link can be
checked.

## Bad

```markdown generated_pages/techniques/T0001.md
# Technique T0001: 5Ds (dismiss, distort, distract, dismay, divide)

**Summary**: See [TA01 Plan Strategy](⟦../tactic/TA01.md⟧).
```

```markdown generated_pages/tactics/TA01.md
# Tactic TA01: Plan Strategy

* **Summary:** Define the desired end state ([more](⟦#souces⟧)).

### Sources
```

```text findings
“tactics/TA01.md” has no heading or anchor “souces”; “sources” is the closest
the link leads nowhere: there is no folder “generated_pages/tactic”; write “../tactics/TA01.md”
```

## Good

```markdown generated_pages/techniques/T0001.md
# Technique T0001: 5Ds (dismiss, distort, distract, dismay, divide)

**Summary**: See [TA01 Plan Strategy](../tactics/TA01.md).
```

```markdown generated_pages/tactics/TA01.md
# Tactic TA01: Plan Strategy

* **Summary:** Define the desired end state ([more](#sources)).

### Sources
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.links import LinkOutcome, LinkTarget, fold_path
from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.ruleset import NoOptions, Rule
from disarm_rules._links import (
    LinkFixer,
    build_misnamed_root,
    build_missing_root,
    build_page_key,
    convert_backslashes,
    escape_target,
    find_missing_page,
    find_unparsed_links,
    is_label_gone,
    is_page_renamed,
    locate_target,
    read_file_id,
    resolve_links,
    rewrite_target,
    writes_rooted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.links import ResolvedLink
    from disarm_lint.model.document import Document, Link
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="L301",
    name="broken-link",
    severity=Severity.ERROR,
    harm=Harm.ASTRAY,
    action="correct the target of the link",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each relative link that leads nowhere."""
    del options
    fixer = LinkFixer(corpus)
    yield from _check_parsed(corpus, fixer)
    if corpus.known:
        yield from _check_unparsed(corpus, fixer)


def _check_parsed(corpus: Corpus, fixer: LinkFixer) -> Iterator[Finding]:
    for document, link, found in resolve_links(corpus):
        if link.href.startswith("/") and found.fate is LinkOutcome.FOUND:
            yield from _check_rooted(corpus, document, link, found)
        if found.fate not in (LinkOutcome.MISSING, LinkOutcome.NO_FRAGMENT):
            continue
        if is_label_gone(corpus, document, link) or find_missing_page(corpus, document, link):
            continue
        if is_page_renamed(corpus, found.path):
            continue
        if found.fate is LinkOutcome.NO_FRAGMENT:
            yield _report_fragment(corpus, document, link, found)
        else:
            yield _report_missing(corpus, document, link, found, fixer)


def _check_rooted(
    corpus: Corpus, document: Document, link: Link, found: ResolvedLink
) -> Iterator[Finding]:
    """Yield a finding for an absolute path among relative ones: not every site has that root."""
    if writes_rooted(corpus):
        return
    written = "../" * document.path.count("/")
    suggestion = corpus.links.build_href(document.path, f"{written}{found.path}", found.path)
    if "#" in link.href:
        suggestion += "#" + link.href.partition("#")[2]
    yield RULE.at(
        document,
        locate_target(link),
        "an absolute path leads nowhere unless the site begins at the root of the repository, "
        f"and the other links here are relative; write “{suggestion}”",
        subject=build_page_key(document),
        wrong=link.href,
        suggestion=suggestion,
        severity=Severity.WARNING,
    )


def _check_unparsed(corpus: Corpus, fixer: LinkFixer) -> Iterator[Finding]:
    """Yield a finding for each link that a space in its target keeps from being one."""
    for document in corpus.checked_documents:
        for link in find_unparsed_links(document):
            if link.external or is_label_gone(corpus, document, link):
                continue
            if not is_page_renamed(corpus, corpus.links.resolve(document, link).path):
                yield _report_space(corpus, document, link, fixer)


def _report_missing(
    corpus: Corpus, document: Document, link: Link, found: ResolvedLink, fixer: LinkFixer
) -> Finding:
    folder = found.absent_folder
    path = fixer.find_path(document, link, found)
    suggestion = rewrite_target(corpus, document, link, path) if path else None
    if path and convert_backslashes(link):
        what = "a path with backslashes only works on Windows"
    elif folder is not None:
        what = f"the link leads nowhere: there is no folder “{folder}”"
    else:
        what = f"the link leads nowhere: there is no “{found.path}”"
    hint = f"; write “{suggestion}”" if suggestion else ""
    if folder is not None:
        return RULE.at(
            document,
            locate_target(link),
            what + hint,
            subject=build_page_key(document),
            wrong=folder,
            suggestion=suggestion,
            repair=_repair(path, found.path),
            breaks=found.path,
            root=Root(
                f"folder {folder}",
                f"links lead into a folder that does not exist, “{folder}”",
                "correct the links, or the template that writes them"
                if suggestion
                else "generate the pages of that folder, or remove the links from the template",
                by_place=False,
            ),
        )
    file_id = read_file_id(corpus, found.path)
    entity = corpus.entity(file_id) if file_id is not None else None
    root = _find_root(corpus, entity, path) if entity is not None else None
    return RULE.at(
        document,
        locate_target(link),
        what if root is not None else what + hint,
        subject=file_id,
        wrong=found.path,
        suggestion=suggestion if root is None else None,
        repair=_repair(path, found.path),
        breaks=found.path,
        root=root,
    )


def _find_root(corpus: Corpus, entity: Entity, path: str | None) -> Root | None:
    """Return the root cause that C604 or S102 has, where the page itself is what is wrong."""
    if entity.page is None and entity.kind.folder is not None:
        return build_missing_root(corpus, entity.kind)
    if entity.page is None:
        return None
    if path == entity.page.path and not path.endswith(f"/{entity.id}.md"):
        return build_misnamed_root(entity.page, entity.id)
    return None


def _repair(path: str | None, meant: str) -> Repair:
    """Return how a target can be fixed: where the file is the same, only the way to it differs."""
    same = path is not None and path.rpartition("/")[2] == meant.rpartition("/")[2]
    return Repair.SAFE if same else Repair.UNSAFE


def _report_fragment(
    corpus: Corpus, document: Document, link: Link, found: ResolvedLink
) -> Finding:
    from rapidfuzz import fuzz, process

    anchors = corpus.links.anchors(found.path)
    folded = {fold_path(anchor): name for anchor, name in anchors.items()}
    same = folded.get(fold_path(found.fragment))
    best = process.extractOne(
        found.fragment.casefold(), list(anchors), scorer=fuzz.ratio, score_cutoff=70
    )
    nearest = same or (anchors[best[0]] if best else None)
    target = LinkTarget.parse(link.href)
    head = target.path + target.tail.partition("#")[0]
    hint = f"; “{nearest}” is the closest" if nearest else ""
    if same is not None:
        hint = " in this Unicode normal form (of accents); the heading has it in another"
    shown = found.path.removeprefix(f"{corpus.profile.pages}/")
    return RULE.at(
        document,
        link.target,
        f"“{shown}” has no heading or anchor “{found.fragment}”{hint}",
        subject=read_file_id(corpus, found.path),
        wrong=f"{found.path}#{found.fragment}",
        suggestion=escape_target(link, f"{head}#{nearest}") if nearest else None,
        breaks=found.path,
    )


def _report_space(corpus: Corpus, document: Document, link: Link, fixer: LinkFixer) -> Finding:
    found = corpus.links.resolve(document, link)
    path = found.path if found.fate is LinkOutcome.FOUND else fixer.find_path(document, link, found)
    suggestion = rewrite_target(corpus, document, link, path) if path else None
    hint = f"; write “{suggestion}”" if suggestion else ""
    return RULE.at(
        document,
        link.target,
        f"a space inside the target: readers see no link but the raw text{hint}",
        subject=read_file_id(corpus, found.path),
        wrong=found.path,
        suggestion=suggestion,
        breaks=found.path,
    )
