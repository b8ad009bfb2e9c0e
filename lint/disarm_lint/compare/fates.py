"""What became of faults since an earlier state: fixed, altered, gone, or not known."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

from disarm_lint.model.document import PageType
from disarm_lint.model.words import squeeze
from disarm_lint.ruleset import matches_selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Location
    from disarm_lint.ruleset import Rule

T = TypeVar("T")

# A path, and a row or section there; without one, the whole file.
RowPlace = tuple[str, str]


class Fate(StrEnum):
    """What became of a fault that is not reported any more, the best known first.

    It is fixed if its place is still there, was checked, and is right now; altered if
    something else is wrong at its place; and gone if its entity or row is gone. Nothing
    is known of the rest, because what would show it was not compared.
    """

    FIXED = "fixed"
    ALTERED = "altered"
    GONE = "gone"
    UNCOMPARED = "not compared"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is needed of a finding to look for it in another state.

    `places` are its own place, and the worksheet row that its words come from;
    `sources` are what another state must have to show it: folders of pages, worksheets
    as `path!sheet`, files.
    """

    rule: str
    cause: str
    fingerprint: str
    subject: str
    wrong: str
    places: tuple[RowPlace, ...]
    sources: frozenset[str]

    @property
    def path(self) -> str:
        """The file that it is in."""
        return self.places[0][0]


def read_fault(finding: Finding) -> Fault:
    """Return what is needed of a finding to look for it."""
    places = [_split_origin(finding.origin)]
    locations = [finding.location, *(item.location for item in finding.related)]
    sources = {_find_source(location) for location in locations}
    if (cell := finding.written_in) is not None:
        places.append(_split_origin(cell.row))
        sources.add(f"{cell.path}!{cell.cell.sheet}")
    if places[0][0] != finding.location.path:
        places.insert(0, (finding.location.path, ""))
    return Fault(
        finding.rule,
        finding.cause,
        finding.fingerprint,
        finding.subject,
        squeeze(finding.wrong),
        tuple(dict.fromkeys(places)),
        frozenset(sources),
    )


def _split_origin(origin: str) -> RowPlace:
    path, _, where = origin.partition("#")
    return path, where


def _find_source(location: Location) -> str:
    if location.cell is not None:
        return f"{location.path}!{location.cell.sheet}"
    return _find_source_of_file(location.path)


def _find_source_of_file(path: str) -> str:
    """Return the folder of a page, and the path of any other file."""
    folder, _, name = path.rpartition("/")
    return folder if name.endswith(".md") and folder else path


@dataclass(frozen=True)
class Coverage:
    """What was checked in one state, and what was found there.

    `rules` are the codes that were reported, `living` the ids of entities.
    `places` holds the rows and sections of each file that was checked, `owners`
    the id of each page's entity. `silenced` are the selectors of the comments
    of each file, `restyled` the pages in a layout whose structure was not
    checked, `masters` the worksheets. `faults` are those of each file, `templates` the
    rules with one finding for most pages of a folder. `unsure` says why the state proves
    nothing, as in `was checked in part`; it is empty if the state does.
    """

    rules: frozenset[str] = frozenset()
    living: frozenset[str] = frozenset()
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    sources: frozenset[str] = frozenset()
    masters: frozenset[str] = frozenset()
    silenced: Mapping[str, frozenset[str]] = field(default_factory=dict)
    restyled: frozenset[str] = frozenset()
    faults: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)
    templates: frozenset[tuple[str, str]] = frozenset()
    unsure: str = ""

    def list_faults(self) -> Iterator[Fault]:
        """Yield the faults that were found, each once."""
        for path, faults in self.faults.items():
            yield from (fault for fault in faults if fault.path == path)

    def lacks(self, source: str) -> bool:
        """Tell whether a state lacks a folder of pages, a worksheet or a file."""
        return source not in self.sources

    def name_missing(self, source: str) -> str:
        """Return the missing part of a source, in words: the outermost folder that is missing."""
        path, _, sheet = source.partition("!")
        if sheet and any(known.startswith(f"{path}!") for known in self.masters):
            return f"sheet {sheet} in {path}"
        folders = {str(p) for known in self.sources for p in PurePosixPath(known).parents}
        parts = (*reversed(PurePosixPath(path).parents), PurePosixPath(path))
        missing = (str(p) for p in parts if str(p) not in folders and str(p) not in self.sources)
        return next(missing, path)


def read_coverage(
    corpora: Iterable[Corpus], findings: Iterable[Finding], rules: Iterable[str]
) -> Coverage:
    """Return what was checked in the corpora of one state.

    `findings` are what was found in them, `rules` the codes that were reported.
    """
    places: defaultdict[str, set[str]] = defaultdict(set)
    silenced: defaultdict[str, set[str]] = defaultdict(set)
    owners: dict[str, str] = {}
    living: set[str] = set()
    sources: set[str] = set()
    masters: set[str] = set()
    restyled: set[str] = set()
    for corpus in corpora:
        restyled.update(corpus.stale_layouts)
        living.update(corpus.registry.entities)
        masters.update(f"{book.path}!{sheet}" for book in corpus.workbooks for sheet in book.sheets)
        for document in corpus.checked_documents:
            places[document.path].update(_list_origins(document))
            if document.type is PageType.ROW:
                continue
            sources.add(_find_source_of_file(document.path))
            if document.id and document.type is PageType.ENTITY:
                owners[document.path] = document.id
            for ignore in document.ignores:
                silenced[document.path].update(ignore.selectors)
        for artefact in corpus.artefacts:
            if artefact.source is not None or artefact.object_id is not None:
                places[artefact.path].add("")
                sources.add(artefact.path)
        for problem in corpus.unreadable:
            places.pop(problem.path, None)
    faults, templates = _list_faults(findings)
    return Coverage(
        rules=frozenset(rules),
        living=frozenset(living),
        places={path: frozenset(found) for path, found in places.items()},
        owners=owners,
        sources=frozenset(sources | masters),
        masters=frozenset(masters),
        silenced={path: frozenset(found) for path, found in silenced.items()},
        restyled=frozenset(restyled),
        faults=faults,
        templates=templates,
    )


def share_parts(coverage: Coverage, pool: dict[object, Any]) -> Coverage:
    """Return a coverage that shares equal parts with earlier ones; `pool` holds the parts."""

    def shared(part: T) -> T:
        found: T = pool.setdefault(part, part)
        return found

    return replace(
        coverage,
        rules=shared(coverage.rules),
        living=shared(coverage.living),
        places={path: shared(found) for path, found in coverage.places.items()},
        sources=shared(coverage.sources),
        faults={
            path: shared(tuple(map(shared, faults))) for path, faults in coverage.faults.items()
        },
    )


def _list_origins(document: Document) -> Iterator[str]:
    """Yield the rows, tables and fields of a document as findings name them."""
    yield ""
    if document.type is PageType.ROW:
        yield document.origin_at(0)
        return
    for item in document.fields:
        yield document.origin_at(item.text.start)
    for table in document.tables:
        yield table.key or "table"
        for row in table.rows:
            yield document.origin_at(row.text.start)


def _list_faults(
    findings: Iterable[Finding],
) -> tuple[dict[str, tuple[Fault, ...]], frozenset[tuple[str, str]]]:
    found: defaultdict[str, list[Fault]] = defaultdict(list)
    templates = set()
    for finding in findings:
        fault = read_fault(finding)
        for path in dict.fromkeys(path for path, _ in fault.places):
            found[path].append(fault)
        if finding.root is not None and finding.root.template:
            templates.add((finding.rule, _find_source_of_file(finding.location.path)))
    return {path: tuple(faults) for path, faults in found.items()}, frozenset(templates)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a fault; if it was not compared, the reason: `has no generated_files`."""

    fate: Fate
    reason: str = ""


_FIXED, _GONE, _ALTERED = Verdict(Fate.FIXED), Verdict(Fate.GONE), Verdict(Fate.ALTERED)
_UNKNOWN = Verdict(Fate.UNCOMPARED)


@dataclass(frozen=True)
class Judge:
    """Says what became of faults of one state that a later one does not have.

    `before` and `after` say what was checked; `superseding` gives for each code those of
    the rules whose findings replace its own.
    """

    before: Coverage
    after: Coverage
    superseding: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def judge_cause(self, faults: Iterable[Fault]) -> Verdict:
        """Return what became of a cause: it is fixed if all its remaining places are right."""
        verdicts = [self.judge(fault) for fault in faults]
        return min(verdicts, key=lambda one: _WEIGHT.index(one.fate), default=_UNKNOWN)

    def judge(self, fault: Fault) -> Verdict:
        """Return what became of a fault: it is fixed if its place was checked and is right now."""
        if self.after.unsure:
            return Verdict(Fate.UNCOMPARED, self.after.unsure)
        if self.before.unsure:
            reason = f"is compared with what {self.before.unsure}"
            return Verdict(Fate.UNCOMPARED, reason)
        if self._is_altered(fault):
            return _ALTERED
        sheets = sorted(s for s in fault.sources & self.before.masters if self.after.lacks(s))
        if sheets:
            return Verdict(Fate.UNCOMPARED, f"has no {self.after.name_missing(sheets[0])}")
        if self._is_gone(fault):
            return _GONE
        if reason := self._find_gap(fault):
            return Verdict(Fate.UNCOMPARED, reason)
        if fault.path in self.after.places and not self._has_row(fault):
            return _GONE
        return _FIXED

    def _is_altered(self, fault: Fault) -> bool:
        """Tell whether something else is wrong at the place now."""
        wanted = {fault.rule, *self.superseding.get(fault.rule, ())}
        return any(
            other.rule in wanted
            and not set(other.places).isdisjoint(fault.places)
            and (other.subject == fault.subject or other.wrong == fault.wrong)
            for path, _ in fault.places
            for other in self.after.faults.get(path, ())
        )

    def _is_gone(self, fault: Fault) -> bool:
        """Tell whether a fault is about an entity that existed before, and does not any more."""
        ids = {*fault.subject.split("/"), self.before.owners.get(fault.path, "")}
        ids.update(where.rpartition("/")[2] for _, where in fault.places)
        return bool(ids & (self.before.living - self.after.living))

    def _find_gap(self, fault: Fault) -> str:
        """Return why the later state does not show whether a place is right; else nothing."""
        after, path = self.after, fault.path
        if fault.rule not in after.rules:
            return f"did not report {fault.rule}"
        if missing := sorted(source for source in fault.sources if after.lacks(source)):
            return f"has no {after.name_missing(missing[0])}"
        page = path.endswith(".md")
        leftover = page and self.before.owners.get(path, path) not in self.before.living
        if leftover and (missing := sorted(self.before.masters - after.masters)):
            # Only the workbooks can show that a page is a leftover.
            return f"has no {after.name_missing(missing[0])}"
        if path not in after.places and (path in self.before.places or not page):
            return f"has no {path}"
        if path in after.restyled:
            return f"has {path} in another layout than other pages"
        if (fault.rule, _find_source_of_file(path)) in after.templates:
            return f"tells {fault.rule} once for all pages of a template"
        if matches_selector(fault.rule, fault.rule, after.silenced.get(path, ())):
            return f"silences {fault.rule} in {path}"
        return ""

    def _has_row(self, fault: Fault) -> bool:
        return any(where in self.after.places.get(path, ()) for path, where in fault.places)


# The fate of a cause is the first of these that one of its places has.
_WEIGHT = (Fate.ALTERED, Fate.UNCOMPARED, Fate.FIXED, Fate.GONE)


def map_superseding(rules: Iterable[Rule]) -> dict[str, frozenset[str]]:
    """Return for each code the codes of the rules whose findings replace its own."""
    known = list(rules)
    dominant = {rule.code for rule in known if rule.dominant}
    return {
        rule.code: frozenset({*rule.superseded_by, *rule.superseded_at_source, *dominant})
        for rule in known
    }
