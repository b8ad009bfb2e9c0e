"""A set of rules: loading it, and selecting from it."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import wraps
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from disarm_lint.model.finding import (
    Confidence,
    Edit,
    Finding,
    Fix,
    Harm,
    Related,
    Repair,
    Root,
    Severity,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import ModuleType

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.corpus.release import ReleaseChanges
    from disarm_lint.model.baseline import ListedEntry
    from disarm_lint.model.config import Config
    from disarm_lint.model.document import Document, Ignore
    from disarm_lint.model.text import Location, Text


T = TypeVar("T")


class RuleScope(StrEnum):
    """What a rule reads: each document alone, or all of the corpus."""

    PAGE = "page"
    CORPUS = "corpus"


@dataclass(frozen=True, slots=True)
class PageScope:
    """What a rule of the scope PAGE is given instead of the corpus."""

    checked_documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class NoOptions:
    """The options of a rule that has none."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's metadata.

    A rule module has one as `RULE`, its manual as the docstring, and one of these pure
    generators:

    - `check(corpus, options)`;
    - `review(corpus, unused, options)`, for what only shows once suppression comments
      have been applied, and with it `review_baseline(entries, options)`, for entries of
      the baseline that match no finding;
    - `compare(corpus, changes, options)`, for a rule that compares with an earlier
      release; it does not run if there is none.

    `superseded_by` are the codes of rules whose findings at the same words make those of
    this rule redundant; `superseded_at_source` those whose findings at a related place
    do. A finding of a `dominant` rule makes all others at the same words redundant. An
    `online` rule asks the corpus's prober, and finds nothing if there is none: only a run
    that selects such a rule has one. `harm` is what its findings do to the framework,
    `action` what to do about one, in a few words, and `repair` says whether its
    suggestions can be applied without looking. `library` is a module that it needs and
    that may not be installed: then it only runs if it is selected by its code or name. A
    rule of the `scope` PAGE is given a `PageScope`, and says the same of a document
    whatever others there are. `options` is the frozen dataclass of what can be configured.
    """

    code: str
    name: str
    severity: Severity
    default: bool = True
    superseded_by: tuple[str, ...] = ()
    superseded_at_source: tuple[str, ...] = ()
    online: bool = False
    dominant: bool = False
    harm: Harm = Harm.HYGIENE
    action: str = ""
    repair: Repair = Repair.UNSAFE
    library: str = ""
    scope: RuleScope = RuleScope.CORPUS
    options: type[Any] = NoOptions

    def at(  # noqa: PLR0913 - what a finding may say, by keyword
        self,
        document: Document,
        text: Text,
        message: str,
        *,
        subject: str | None = None,
        suggestion: str | None = None,
        wrong: str | None = None,
        confidence: Confidence = Confidence.HIGH,
        related: Sequence[Related] = (),
        severity: Severity | None = None,
        breaks: str | None = None,
        origin: str | None = None,
        own: bool = False,
        gone: str | None = None,
        root: Root | None = None,
        covers: Sequence[Text] = (),
        repair: Repair | None = None,
    ) -> Finding:
        """Return a finding at a text of a document.

        `subject` is the id that the finding is about (default: what
        `Document.subject_at` says of the text); `wrong` what is wrong, for the
        cause (default: the text itself); `origin` the row or section (default:
        what holds the text). `own` if the subject is only the entity whose text it is.
        `gone` is the id that does not exist, if that is what the finding says. Rules
        that this one supersedes report nothing at the texts that it `covers`. `repair`
        overrides that of the rule.
        """
        where = document.origin_at(text.start) if origin is None else origin
        repair = repair or self.repair
        fix = None
        if suggestion is not None and repair is not Repair.BY_HAND:
            fix = Fix(repair, (Edit(text.location, suggestion),))
        return Finding(
            rule=self.code,
            name=self.name,
            severity=severity or self.severity,
            location=text.location,
            message=message,
            subject=subject or document.subject_at(text.start),
            wrong=text.raw if wrong is None else wrong,
            suggestion=suggestion,
            confidence=confidence,
            related=tuple(related),
            origin=f"{document.path}#{where}" if where else document.path,
            breaks=breaks,
            text=text,
            own=own or subject is None,
            gone=gone,
            covers=tuple(text.location for text in covers),
            fix=fix,
            root=root,
            harm=self.harm,
        )

    def in_file(  # noqa: PLR0913 - what a finding may say, by keyword
        self,
        location: Location,
        message: str,
        *,
        subject: str,
        wrong: str,
        pointer: str | None = None,
        related: Sequence[Related] = (),
        origin: str | None = None,
        root: Root | None = None,
    ) -> Finding:
        """Return a finding about a file that is no document, or about a place in one.

        `pointer` is the JSON pointer to the place, in a file that is JSON;
        `origin` what holds the wrong text (default: the file).
        """
        return Finding(
            rule=self.code,
            name=self.name,
            severity=self.severity,
            location=location,
            message=message,
            subject=subject,
            wrong=wrong,
            related=tuple(related),
            origin=location.path if origin is None else origin,
            pointer=pointer,
            root=root,
            harm=self.harm,
        )


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule with its module's functions."""

    rule: Rule
    manual: str
    check: Callable[[Any, Any], Iterator[Finding]] | None
    review: Callable[[Corpus, Sequence[tuple[Document, Ignore]], Any], Iterator[Finding]] | None
    review_baseline: Callable[[Sequence[ListedEntry], Any], Iterator[Finding]] | None = None
    compare: Callable[[Corpus, ReleaseChanges, Any], Iterator[Finding]] | None = None

    @property
    def summary(self) -> str:
        """The first line of the manual."""
        return self.manual.strip().partition("\n")[0]


def load_rules(package: ModuleType) -> tuple[LoadedRule, ...]:
    """Return the rules in a package, one for each module that has a RULE, sorted by code.

    Raises ValueError where two rules share a code or a name.
    """
    found: dict[str, LoadedRule] = {}
    names: set[str] = set()
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        rule = getattr(module, "RULE", None)
        if not isinstance(rule, Rule):
            continue
        if rule.code in found or rule.name in names:
            raise ValueError(f"two rules are called {rule.code} or {rule.name}")
        names.add(rule.name)
        found[rule.code] = LoadedRule(
            rule,
            module.__doc__ or "",
            getattr(module, "check", None),
            getattr(module, "review", None),
            getattr(module, "review_baseline", None),
            getattr(module, "compare", None),
        )
    return tuple(found[code] for code in sorted(found))


def derived(make: Callable[[Corpus], T]) -> Callable[[Corpus], T]:
    """Let a function of the corpus be called once: the corpus keeps what it returns."""

    @wraps(make)
    def ask(corpus: Corpus) -> T:
        return corpus.derive(make)

    return ask


def relate(text: Text, message: str) -> Related:
    """Return another place that a finding speaks of."""
    return Related(text.location, message)


class UnknownSelectorError(ValueError):
    """A selector that fits no rule; the message says what was probably meant."""


def matches_selector(code: str, name: str, selectors: Iterable[str]) -> bool:
    """Tell whether a rule fits one of the selectors."""
    return any(
        selector == "ALL" or selector == name or code.startswith(selector.upper())
        for selector in selectors
    )


def check_selectors(selectors: Iterable[str], rules: Sequence[LoadedRule]) -> None:
    """Raise UnknownSelectorError for the first selector that fits no rule."""
    for selector in dict.fromkeys(selectors):
        if selector and any(matches_selector(r.rule.code, r.rule.name, (selector,)) for r in rules):
            continue
        raise UnknownSelectorError(_describe_unknown(selector, rules))


def _describe_unknown(selector: str, rules: Sequence[LoadedRule]) -> str:
    from rapidfuzz import fuzz, process

    known = [word for r in rules for word in (r.rule.code, r.rule.name)]
    word = selector[:60]
    best = process.extractOne(
        word, known, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=60
    )
    hint = f"did you mean “{best[0]}”?" if best else "`disarm-lint rules` lists them"
    return f"no rule is called “{word}”; {hint}"


def build_selection(
    rules: Sequence[LoadedRule], select: Sequence[str], ignore: Sequence[str]
) -> Callable[[str], bool]:
    """Return the predicate on codes for a selection.

    `select` replaces the default set and so turns on rules that are off by
    default; `ignore` subtracts. A rule whose library is not installed has to be named.
    """
    chosen = {
        r.rule.code
        for r in rules
        if (matches_selector(r.rule.code, r.rule.name, select) if select else r.rule.default)
        and not matches_selector(r.rule.code, r.rule.name, ignore)
        and (_is_installed(r.rule.library) or _is_named(r.rule, select))
    }
    return chosen.__contains__


def _is_named(rule: Rule, select: Iterable[str]) -> bool:
    return any(rule.code == word.upper() or rule.name == word for word in select)


def _is_installed(library: str) -> bool:
    return not library or find_spec(library) is not None


@dataclass(frozen=True, slots=True)
class Selection:
    """The selectors of the command line; None where an option was not given."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None

    def __bool__(self) -> bool:
        """Tell whether an option was given."""
        return self.select is not None or self.ignore is not None

    def apply(self, config: Config) -> Config:
        """Return a configuration with these: --select replaces both lists, --ignore adds to one."""
        if self.select is not None:
            return replace(config, select=self.select, ignore=self.ignore or ())
        if self.ignore is not None:
            return replace(config, ignore=(*config.ignore, *self.ignore))
        return config


def choose_rules(
    rules: Sequence[LoadedRule], config: Config
) -> tuple[list[LoadedRule], Callable[[str], bool]]:
    """Return the rules that run, and whether the findings of a code are reported.

    Default rules that are not selected run all the same, since their findings
    may supersede others.
    """
    selected = build_selection(rules, config.select, config.ignore)
    return [r for r in rules if r.rule.default or selected(r.rule.code)], selected
