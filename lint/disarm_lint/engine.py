"""Running rules: findings, what suppresses them, causes, root causes and fingerprints."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import replace

from disarm_lint.corpus.names import simplify_name
from disarm_lint.corpus.provenance import Tracer
from disarm_lint.corpus.reference import find_subjects
from disarm_lint.model.finding import Edit, Finding, Fix, Repair, Root
from disarm_lint.model.text import Location, Regions, split_ref
from disarm_lint.parse.cell_text import cut_edits, fits_run, is_number
from disarm_lint.ruleset import PageScope, RuleScope, matches_selector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.release import ReleaseChanges
    from disarm_lint.model.baseline import ListedEntry
    from disarm_lint.model.document import Document, Ignore
    from disarm_lint.model.finding import Origin
    from disarm_lint.model.text import CellSpan
    from disarm_lint.parse.workbook import CellForms
    from disarm_lint.ruleset import LoadedRule, Rule


# A defect that nine in ten pages of a kind share, and at least ten, is one of the template.
_TEMPLATE_SHARE, _TEMPLATE_PAGES = 0.9, 10


def digest(*parts: str) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the parts."""
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def assign_roots(
    corpus: Corpus | None, findings: Iterable[Finding], rules: Mapping[str, Rule]
) -> list[Finding]:
    """Give findings with a cause and a source their root cause and the pages that they reach.

    The id of a root cause stays the same as long as the rule describes it in the same way; it
    depends neither on lines nor on the number of findings.
    """
    found = list(findings)
    templates = _find_templates(corpus, found) if corpus is not None else {}
    reach = _Reach(corpus) if corpus is not None else None
    places = _find_places(found)
    # What a rule finds in one rendering of a text is also true of the others.
    told = {finding.cause: finding.root for finding in reversed(found) if finding.root is not None}
    done = []
    for finding in found:
        rule = rules.get(finding.rule)
        root = (
            finding.root
            or told.get(finding.cause)
            or templates.get(_find_slot(finding))
            or _build_root(finding, rule)
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
                reach=reach.find_pages(finding) if reach is not None else (),
            )
        )
    return done


def _build_root(finding: Finding, rule: Rule | None) -> Root:
    action = rule.action if rule is not None else ""
    return Root(finding.cause, finding.message, action, by_place=False)


def _find_places(findings: Iterable[Finding]) -> dict[str, str]:
    """Return the place of each cause: a column, if one of its findings is in a column."""
    places: dict[str, str] = {}
    for finding in findings:
        place = place_of(finding)
        known = places.setdefault(finding.cause, place)
        if "!" in place and "!" not in known:
            places[finding.cause] = place
    return places


def place_of(finding: Finding) -> str:
    """Return the column that a finding is in or comes from, else the folder of its page."""
    cell, path = finding.location.cell, finding.location.path
    if cell is None and finding.written_in is not None:
        cell, path = finding.written_in.cell, finding.written_in.path
    if cell is not None:
        return f"{path}!{cell.sheet}!{split_ref(cell.ref)[0]}"
    return path.rpartition("/")[0]


_Slot = tuple[str, str, str]


def _find_slot(finding: Finding) -> _Slot:
    """Return what the findings of one template share: the rule, the folder, the section."""
    path, _, section = finding.origin.partition("#")
    return finding.rule, path.rpartition("/")[0], section.partition("/")[0]


def _find_templates(corpus: Corpus, findings: Iterable[Finding]) -> dict[_Slot, Root]:
    """Return the root causes of defects that nearly all pages of a kind have, by slot."""
    totals: dict[str, set[str]] = defaultdict(set)
    for page in corpus.live_pages:
        totals[page.path.rpartition("/")[0]].add(page.path)
    first: dict[_Slot, Finding] = {}
    pages: dict[_Slot, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.root is None and finding.written_in is None and finding.location.cell is None:
            slot = _find_slot(finding)
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

    def find_pages(self, finding: Finding) -> tuple[str, ...]:
        """Return the paths of the pages, each once; findings of one row share one tuple."""
        if finding.location.cell is None:
            return (finding.location.path,)
        if finding.origin in self._rows:
            return self._find_pages_of_row(finding.origin)
        return self._list_paths(finding.subject.split("/"))

    def _find_pages_of_row(self, origin: str) -> tuple[str, ...]:
        if origin not in self._paths_of_rows:
            self._paths_of_rows[origin] = self._list_paths(self._rows[origin])
        return self._paths_of_rows[origin]

    def _list_paths(self, ids: Iterable[str]) -> tuple[str, ...]:
        found = (self._corpus.page(entity_id) for entity_id in ids)
        return tuple(dict.fromkeys(page.path for page in found if page is not None))

    @cached_property
    def _rows(self) -> dict[str, tuple[str, ...]]:
        """The ids of the entities whose pages show a row of a worksheet, by the row's origin."""
        listed: dict[str, list[str]] = defaultdict(list)
        for item in self._corpus.statements:
            if item.listed_in is not None:
                listed[_describe_origin(item.document.path, item.document.origin_at(0))].append(
                    item.target
                )
        found = {}
        for row in self._corpus.rows:
            origin = _describe_origin(row.path, row.origin_at(0))
            subjects = find_subjects(self._corpus.members, row)
            found[origin] = (*subjects, *listed.get(origin, ()))
        return found


def _describe_origin(path: str, section: str) -> str:
    return f"{path}#{section}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run: the findings, sorted, and how many were suppressed by comments."""

    findings: tuple[Finding, ...]
    suppressed: int


_Region = tuple[tuple[int, int], tuple[int, int]]


def _find_region(place: Location) -> tuple[str, _Region] | None:
    """Return the file or cell of a place, and the offsets in it; None for a whole file."""
    span, cell = place.span, place.cell
    if cell is not None:
        # An empty cell is a place as well.
        region = ((0, cell.offset), (0, max(cell.end_offset, 1)))
        return f"{place.path}!{cell.sheet}!{cell.ref}", region
    if span is None:
        return None
    return place.path, ((span.line, span.column), (span.end_line, span.end_column))


def _drop_superseded(findings: list[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """Drop findings at words where a rule that supersedes theirs has a finding.

    The related places of a finding count too: a name that differs from a garbled heading is
    not a second defect.
    """
    dominant = {code for code, rule in rules.items() if rule.dominant}
    superseding = {
        code: {*rule.superseded_by, *(() if rule.dominant else dominant)}
        for code, rule in rules.items()
    }
    at_source = {code: rule.superseded_at_source for code, rule in rules.items()}
    winners = set().union(*superseding.values(), *at_source.values()) if superseding else set()
    spans: dict[tuple[str, str], list[_Region]] = {}
    silenced: dict[str, set[str]] = {}
    for finding in findings:
        if finding.rule not in winners:
            continue
        if finding.silences:
            silenced.setdefault(finding.rule, set()).update(finding.silences)
        for place in (finding.location, *finding.covers):
            if (found := _find_region(place)) is not None:
                spans.setdefault((found[0], finding.rule), []).append(found[1])
    spoken = {place: Regions(found) for place, found in spans.items()}

    def speaks(codes: Iterable[str], places: Iterable[Location]) -> bool:
        regions = [found for place in places if (found := _find_region(place)) is not None]
        return any(
            (where, code) in spoken and spoken[where, code].overlap(region)
            for code in codes
            for where, region in regions
        )

    def is_silenced(finding: Finding) -> bool:
        codes = superseding.get(finding.rule, set()) & silenced.keys()
        return any(not silenced[code].isdisjoint(finding.named) for code in codes)

    def is_redundant(finding: Finding) -> bool:
        if is_silenced(finding):
            return True
        related = [item.location for item in finding.related]
        return speaks(superseding.get(finding.rule, ()), [finding.location, *related]) or speaks(
            at_source.get(finding.rule, ()), related
        )

    return [finding for finding in findings if not is_redundant(finding)]


def _drop_repeated(findings: Iterable[Finding]) -> list[Finding]:
    """Keep the first of equal findings of a rule at the same words.

    Links that share a definition share its target, but what a rule says of that may depend on
    the label of each link. Whether two of them say the same is known only from their findings.
    """
    seen: set[tuple[str, Location, str, str]] = set()
    kept = []
    for finding in findings:
        key = finding.rule, finding.location, finding.wrong, finding.message
        if key not in seen:
            seen.add(key)
            kept.append(finding)
    return kept


def _assign_causes(findings: Iterable[Finding], tracer: Tracer | None = None) -> list[Finding]:
    """Give each finding its source, cause and fingerprint.

    A text on a page and in the cell that it was made from has one cause and one
    fingerprint. Equal findings in one place are distinguished by an ordinal.
    """
    done: list[Finding] = []
    seen: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        source = tracer.trace(finding) if tracer is not None else None
        origin = source.row if source else finding.origin
        subject = finding.subject
        if source is not None and finding.own:
            subject = source.key
        cause = _digest_cause(finding, subject)
        stem = digest(cause, origin)
        ordinal = seen[finding.origin, stem]
        seen[finding.origin, stem] += 1
        done.append(
            replace(
                finding,
                cause=cause,
                fingerprint=_digest_equal(stem, ordinal),
                source=source,
                fix=_fix_at_source(finding, source),
            )
        )
    return done


def _digest_cause(finding: Finding, subject: str) -> str:
    return digest(finding.rule, subject, simplify_name(finding.wrong).casefold())


def _digest_equal(stem: str, ordinal: int) -> str:
    """Return the fingerprint of the nth equal finding in one place, counted from 0."""
    return digest(stem, str(ordinal)) if ordinal else stem


# How many equal findings in one place are distinguished.
_EQUALS = 8


def list_fingerprints_at(finding: Finding, path: str) -> frozenset[str]:
    """Return the fingerprints that a finding could have had under another path of its file.

    There are none for a finding that comes from a cell, because the path is not part of it.
    """
    if finding.source is not None:
        return frozenset()
    here = finding.location.path
    subject, origin = (text.replace(here, path) for text in (finding.subject, finding.origin))
    stem = digest(_digest_cause(finding, subject), origin)
    return frozenset(_digest_equal(stem, ordinal) for ordinal in range(_EQUALS))


# What is lost if a fix replaces words across several formatted parts of a cell.
_LOST_FORM = "the formatting of the words that it replaces"


def _judge_fixes(corpus: Corpus, findings: Iterable[Finding]) -> list[Finding]:
    """Remove fixes of cells that cannot be edited; make fixes that lose formatting unsafe."""
    forms = {workbook.path: workbook.forms for workbook in corpus.workbooks}
    return [
        replace(finding, fix=_judge_fix(forms, finding, finding.fix))
        if finding.fix is not None and forms
        else finding
        for finding in findings
    ]


def _judge_fix(forms: Mapping[str, CellForms], finding: Finding, fix: Fix) -> Fix | None:
    for edit in fix.edits:
        cell, form = edit.location.cell, forms.get(edit.location.path)
        if cell is None or form is None:
            continue
        place = cell.sheet, cell.ref
        if place in form.formulas:
            return None
        if place in form.numbers and not is_number(edit.replacement):
            return None
        if edit.moved_from is not None and (cell.sheet, edit.moved_from) in form.formulas:
            return None
        runs = form.runs.get(place)
        if runs and edit.moved_from is None and not _fits_runs(runs, cell, finding, edit):
            fix = replace(fix, repair=Repair.UNSAFE, loses=_LOST_FORM)
    return fix


def _fits_runs(runs: Sequence[int], cell: CellSpan, finding: Finding, edit: Edit) -> bool:
    """Tell whether each change in a cell lies within one formatted part of its text."""
    old = None
    if finding.source is not None and finding.source.cell == cell:
        old = finding.source.text
    elif finding.text is not None and edit.location == finding.location:
        old = finding.text.raw
    if old is None or fits_run(runs, cell.offset, cell.end_offset):
        return fits_run(runs, cell.offset, cell.end_offset)
    return all(
        fits_run(runs, cell.offset + start, cell.offset + end)
        for start, end, _ in cut_edits(old, edit.replacement)
    )


def _fix_at_source(finding: Finding, source: Origin | None) -> Fix | None:
    """Return a finding's fix with the same edit in the cell that holds the same words."""
    fix, text = finding.fix, finding.text
    if fix is None or source is None or not source.exact or text is None:
        return fix
    if fix.edits and all(edit.location.cell is not None for edit in fix.edits):
        return fix
    if source.text != text.raw or finding.suggestion is None:
        # The generator made another text of the cell, so an edit of the page would not last.
        return None if source.text.strip() else fix
    place = Location(source.path, cell=source.cell)
    return replace(fix, edits=(*fix.edits, Edit(place, finding.suggestion)))


class CleanDocuments(Protocol):
    """Knows in which documents the rules of the scope PAGE found nothing in an earlier run."""

    def is_clean(self, document: Document, rules: str) -> bool:
        """Tell whether `rules`, with their options, are known to find nothing in a document."""

    def keep_clean(self, document: Document, rules: str) -> None:
        """Note that `rules`, with their options, find nothing in a document."""


def _check_pages(
    corpus: Corpus,
    rules: Sequence[tuple[LoadedRule, Any]],
    clean: CleanDocuments | None,
) -> list[Finding]:
    """Run rules of the scope PAGE, with their options, on the documents not known to be clean."""
    name = " ".join(f"{loaded.rule.code} {options!r}" for loaded, options in rules)
    documents = corpus.checked_documents
    if clean is not None:
        documents = tuple(d for d in documents if not clean.is_clean(d, name))
    given = PageScope(documents)
    found: list[Finding] = []
    for loaded, options in rules:
        if loaded.check is not None:
            found.extend(loaded.check(given, options))
    if clean is not None:
        spoken = {id(finding.text.source) for finding in found if finding.text is not None}
        # A finding without a text is about its file as a whole.
        files = {finding.location.path for finding in found if finding.text is None}
        for document in documents:
            if id(document.source) not in spoken and document.path not in files:
                clean.keep_clean(document, name)
    return found


def _selects(selector: str, finding: Finding) -> bool:
    return matches_selector(finding.rule, finding.name, (selector,))


def run_rules(
    corpus: Corpus,
    rules: Sequence[LoadedRule],
    options: Mapping[str, Any] | None = None,
    *,
    selected: Callable[[str], bool] = lambda _: True,
    clean: CleanDocuments | None = None,
) -> Outcome:
    """Run rules on a corpus.

    All of `rules` run, whatever is `selected` (a predicate on codes), because what a rule
    reports must not depend on which others are shown. `options` maps codes to option
    objects. Rules of the scope PAGE do not run on documents that are `clean`.
    """
    by_page = [item for item in rules if item.rule.scope is RuleScope.PAGE]
    apart = [(item, _choose_options(item, options)) for item in by_page]
    found = _check_pages(corpus, apart, clean)
    for loaded in rules:
        if loaded.check is not None and loaded.rule.scope is not RuleScope.PAGE:
            found.extend(loaded.check(corpus, _choose_options(loaded, options)))
    by_code = _map_by_code(rules)
    found = _drop_repeated(_drop_superseded(found, by_code))
    found.sort(key=Finding.order)
    # A rule that cannot ask the web now may need its comment next time; so may a rule that
    # has no earlier release to compare with.
    inactive = {
        word
        for loaded in rules
        if (loaded.rule.online and corpus.context.prober is None) or loaded.compare is not None
        for word in (loaded.rule.code, loaded.rule.name)
    }
    kept, hidden, unused = _suppress(corpus, found, inactive)
    # What a comment suppresses must not depend on the selection either, nor may
    # the ordinals of what is kept depend on what is suppressed.
    tracer = Tracer(corpus) if corpus.rows else None
    kept = _judge_fixes(corpus, _assign_causes(kept, tracer))
    kept = assign_roots(corpus, kept, by_code)
    kept = [finding for finding in kept if selected(finding.rule)]
    suppressed = sum(selected(finding.rule) for finding in hidden)
    for loaded in rules:
        if loaded.review is not None and selected(loaded.rule.code):
            found = _assign_causes(loaded.review(corpus, unused, _choose_options(loaded, options)))
            kept.extend(assign_roots(corpus, found, by_code))
    return Outcome(tuple(sorted(kept, key=Finding.order)), suppressed)


def compare_rules(
    corpus: Corpus,
    changes: ReleaseChanges,
    rules: Sequence[LoadedRule],
    options: Mapping[str, Any] | None = None,
    *,
    selected: Callable[[str], bool] = lambda _: True,
) -> list[Finding]:
    """Return the findings of rules that compare a corpus with an earlier release.

    Suppression comments apply as in `run_rules`, which explains `options` and `selected`.
    """
    found: list[Finding] = []
    for loaded in rules:
        if loaded.compare is not None and selected(loaded.rule.code):
            found += loaded.compare(corpus, changes, _choose_options(loaded, options))
    kept, _, _ = _suppress(corpus, sorted(found, key=Finding.order), set())
    return assign_roots(corpus, _assign_causes(kept), _map_by_code(rules))


def review_baseline(
    entries: Sequence[ListedEntry],
    rules: Sequence[LoadedRule],
    options: Mapping[str, Any] | None = None,
) -> list[Finding]:
    """Return the findings of rules on baseline entries that match no finding."""
    found: list[Finding] = []
    for loaded in rules:
        if loaded.review_baseline is not None:
            found += loaded.review_baseline(entries, _choose_options(loaded, options))
    causes = _assign_causes(sorted(found, key=Finding.order))
    return assign_roots(None, causes, _map_by_code(rules))


def _choose_options(loaded: LoadedRule, options: Mapping[str, Any] | None) -> Any:
    """Return the options that a rule is given: those configured for its code, else its defaults."""
    return (options or {}).get(loaded.rule.code) or loaded.rule.options()


def _map_by_code(rules: Iterable[LoadedRule]) -> dict[str, Rule]:
    return {loaded.rule.code: loaded.rule for loaded in rules}


def _suppress(
    corpus: Corpus, findings: list[Finding], inactive: set[str]
) -> tuple[list[Finding], list[Finding], list[tuple[Document, Ignore]]]:
    """Split findings into kept and suppressed ones.

    The third part are the comments that matched nothing; a comment with several rules is
    listed with those that it does not need. `inactive` are the names of rules that did not
    run.
    """
    # By file and line (None: all of the file), the selectors of the comments.
    ignores: dict[tuple[str, int | None], set[str]] = {}
    for document in corpus.checked_documents:
        for ignore in document.ignores:
            place = (document.path, ignore.line)
            ignores.setdefault(place, set()).update(ignore.selectors)
    used: set[tuple[str, int | None, str]] = set()
    kept: list[Finding] = []
    hidden: list[Finding] = []
    words: dict[str, dict[tuple[str, int | None], tuple[str, ...]]] = {}
    for finding in findings:
        span, path = finding.location.span, finding.location.path
        chosen = words.setdefault(finding.rule, {})
        hit = False
        for place in {(path, None), (path, span.line if span else None)}:
            if place not in ignores:
                continue
            if place not in chosen:
                chosen[place] = tuple(n for n in ignores[place] if _selects(n, finding))
                used.update((*place, name) for name in chosen[place])
            hit = hit or bool(chosen[place])
        (hidden if hit else kept).append(finding)
    unused = []
    for document in corpus.checked_documents:
        for ignore in document.ignores:
            idle = [
                name
                for name in ignore.selectors
                if (document.path, ignore.line, name) not in used and name not in inactive
            ]
            if idle or not ignore.selectors:
                unused.append((document, replace(ignore, selectors=tuple(idle))))
    return kept, hidden, unused
