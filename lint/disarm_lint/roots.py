"""Root causes: which findings one act of a person fixes, and which pages each of them reaches."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from disarm_lint.corpus.statements import find_subjects
from disarm_lint.model.finding import Root

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.finding import Finding
    from disarm_lint.ruleset import Rule

# A fault that nine in ten pages of a kind share, and no fewer than ten, is that of a template.
_TEMPLATE_SHARE, _TEMPLATE_PAGES = 0.9, 10


def digest(*parts: str) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the parts."""
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def assign_roots(
    corpus: Corpus | None, findings: Iterable[Finding], rules: Mapping[str, Rule]
) -> list[Finding]:
    """Give each finding, which has its cause and source, its root cause and what it reaches.

    The id of a root cause is the same in every run in which the rule says the
    same of it: neither a line nor the number of its findings counts.
    """
    found = list(findings)
    templates = _find_templates(corpus, found) if corpus is not None else {}
    reach = _Reach(corpus) if corpus is not None else None
    places = _find_places(found)
    # What a rule says of one rendering of a text holds for the others.
    told = {finding.cause: finding.root for finding in reversed(found) if finding.root is not None}
    done = []
    for finding in found:
        rule = rules.get(finding.rule)
        root = (
            finding.root
            or told.get(finding.cause)
            or templates.get(_slot(finding))
            or _root_of_cause(finding, rule)
        )
        parts = ["" if root.shared else finding.rule, root.key]
        if root.by_place:
            parts.append(places[finding.cause])
        harm = root.harm
        if harm is None:
            harm = rule.harm if rule is not None else finding.harm
        done.append(
            replace(
                finding,
                root=root,
                root_cause=digest(*parts),
                harm=harm,
                reach=reach.pages(finding) if reach is not None else (),
            )
        )
    return done


def _root_of_cause(finding: Finding, rule: Rule | None) -> Root:
    action = rule.action if rule is not None else ""
    return Root(finding.cause, finding.message, action, by_place=False)


def _find_places(findings: Iterable[Finding]) -> dict[str, str]:
    """Return the place of each cause: a column, where one of its findings has one."""
    places: dict[str, str] = {}
    for finding in findings:
        place = place_of(finding)
        known = places.setdefault(finding.cause, place)
        if "!" in place and "!" not in known:
            places[finding.cause] = place
    return places


def place_of(finding: Finding) -> str:
    """Return the column that a finding stands in or comes from, else the folder of its page."""
    cell, path = finding.location.cell, finding.location.path
    if cell is None and finding.written_in is not None:
        cell, path = finding.written_in.cell, finding.written_in.path
    if cell is not None:
        return f"{path}!{cell.sheet}!{cell.ref.rstrip('0123456789')}"
    return path.rpartition("/")[0]


_Slot = tuple[str, str, str]


def _slot(finding: Finding) -> _Slot:
    """Return what findings of one template have in common: the rule, the folder, the section."""
    path, _, section = finding.origin.partition("#")
    return finding.rule, path.rpartition("/")[0], section.partition("/")[0]


def _find_templates(corpus: Corpus, findings: Iterable[Finding]) -> dict[_Slot, Root]:
    """Return the root causes of what nearly all pages of a kind have, by slot."""
    totals: dict[str, set[str]] = defaultdict(set)
    for page in corpus.live_pages:
        totals[page.path.rpartition("/")[0]].add(page.path)
    first: dict[_Slot, Finding] = {}
    pages: dict[_Slot, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.root is None and finding.written_in is None and finding.location.cell is None:
            slot = _slot(finding)
            first.setdefault(slot, finding)
            pages[slot].add(finding.location.path)
    roots = {}
    for slot, found in pages.items():
        rule, folder, section = slot
        share = found & totals.get(folder, set())
        if len(share) < max(_TEMPLATE_PAGES, _TEMPLATE_SHARE * len(totals.get(folder, ()))):
            continue
        roots[slot] = Root(
            f"template {rule} {section}",
            f"{len(share):,} of {len(totals[folder]):,} pages in {folder}/ share a fault of their "
            f"template: {first[slot].message}",
            "correct the template that the pages are generated from",
        )
    return roots


class _Reach:
    """Finds the pages on which a finding shows."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._paths_of_rows: dict[str, tuple[str, ...]] = {}

    def pages(self, finding: Finding) -> tuple[str, ...]:
        """Return the paths of the pages, none twice; those of one row are one object."""
        if finding.location.cell is None:
            return (finding.location.path,)
        if finding.origin in self._rows:
            return self._pages_of_row(finding.origin)
        return self._paths(finding.subject.split("/"))

    def _pages_of_row(self, origin: str) -> tuple[str, ...]:
        if origin not in self._paths_of_rows:
            self._paths_of_rows[origin] = self._paths(self._rows[origin])
        return self._paths_of_rows[origin]

    def _paths(self, ids: Iterable[str]) -> tuple[str, ...]:
        found = (self._corpus.page(entity_id) for entity_id in ids)
        return tuple(dict.fromkeys(page.path for page in found if page is not None))

    @cached_property
    def _rows(self) -> dict[str, tuple[str, ...]]:
        """The ids of the entities on whose pages each row of a worksheet stands, by origin."""
        listed: dict[str, list[str]] = defaultdict(list)
        for item in self._corpus.statements:
            if item.listed_in is not None:
                listed[_origin(item.document.path, item.document.origin_at(0))].append(item.target)
        found = {}
        for row in self._corpus.rows:
            origin = _origin(row.path, row.origin_at(0))
            subjects = find_subjects(self._corpus.members, row)
            found[origin] = (*subjects, *listed.get(origin, ()))
        return found


def _origin(path: str, section: str) -> str:
    return f"{path}#{section}"
