"""A suppression comment or an entry of the baseline that matches nothing.

`<!-- disarm-lint: ignore[N401] reason -->` covers one line, `ignore-file[…]` a
file. Only this form counts: `ignore N401`, `ignore(N401)` and a bare `ignore` suppress
nothing and are reported, and so is a comment above the edit marker, where the next
generation deletes it. When the text is fixed, the comment stays behind and would hide
the next slip in the same place. A comment also does nothing if it names a rule that does
not exist, or stands a line too high.

The finding stands at the comment; one that names several rules is reported for
those that it does not need. Delete the comment, or the rule's name from it.

An entry of the baseline whose finding has been fixed is reported too, at the
entry: `disarm-lint baseline update` takes all of them out. That is done only
where the whole corpus is checked, with the rules that the configuration selects.

## Bad

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW

⟦<!-- disarm-lint: ignore[N401] the old name is quoted -->⟧
See T0146: Account Asset.
```

```text findings
this comment suppresses nothing: line 8 has no finding of N401. Delete the comment
```

## Bad: not the form

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW

⟦<!-- disarm-lint: ignore N401 -->⟧
See T0146: Account Asset.
```

```text findings
this comment suppresses nothing: name the rules in brackets, as in `<!-- disarm-lint: ignore[N401] reason -->`
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.

DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW

<!-- disarm-lint: ignore[N401] the old name is quoted -->
See T0146: Account Assets.
```
"""

from __future__ import annotations

import pkgutil
import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

import disarm_rules
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.model.words import shorten
from disarm_lint.ruleset import NoOptions, Rule, matches_selector

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.baseline import ListedEntry
    from disarm_lint.model.document import Document, Ignore
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="X902",
    name="unused-ignore",
    severity=Severity.WARNING,
    harm=Harm.HYGIENE,
    action="delete what is not needed",
)


def review(
    corpus: Corpus, unused: Sequence[tuple[Document, Ignore]], options: NoOptions
) -> Iterator[Finding]:
    """Yield a finding for each comment that matched no finding; see LoadedRule."""
    del corpus, options
    for document, ignore in unused:
        if not ignore.selectors:
            message = f"this comment suppresses nothing: {_explain(ignore)}"
            yield RULE.at(document, ignore.text, message, wrong="malformed")
            continue
        unknown = [name for name in ignore.selectors if not _is_known(name)]
        if unknown:
            named = " or ".join(unknown)
            message = f"no rule is called {named}{_suggest(unknown[0])}"
            yield RULE.at(document, ignore.text, message, wrong=named)
        ignore = replace(
            ignore, selectors=tuple(name for name in ignore.selectors if name not in unknown)
        )
        if not ignore.selectors:
            continue
        place = "this file" if ignore.line is None else f"line {ignore.line}"
        named = " or ".join(ignore.selectors)
        of_rules = f" of {named}"
        # The comment as it stands tells whether it is needed for other rules.
        whole = all(part.strip() in ignore.selectors for part in _list_named(ignore))
        if whole:
            message = f"this comment suppresses nothing: {place} has no finding{of_rules}. "
            message += "Delete the comment"
        else:
            message = f"{place} has no finding{of_rules}. Delete {named} from the comment"
        yield RULE.at(document, ignore.text, message, wrong=named)


_WORD = re.compile(r"<!--[ \t]*+disarm-lint[ \t]*+:[ \t]*+(?P<word>[\w-]++)[ \t]*+\[")


def _explain(ignore: Ignore) -> str:
    """Return what a comment that suppresses nothing lacks."""
    if ignore.generated:
        return (
            "the next generation of this page deletes it. "
            "Put the exception into the configuration or the baseline"
        )
    comment = ignore.text.raw
    if not comment.endswith("-->"):
        return "it has to end on its line, with `-->`"
    match = _WORD.match(comment)
    if match is not None and match["word"] not in ("ignore", "ignore-file"):
        return f"there is no “{shorten(match['word'])}”, only `ignore[…]` and `ignore-file[…]`"
    return "name the rules in brackets, as in `<!-- disarm-lint: ignore[N401] reason -->`"


@cache
def _list_rules() -> tuple[tuple[str, str], ...]:
    """Return the codes and names of all rules: the modules beside this one are named so."""
    modules = (info.name for info in pkgutil.iter_modules(disarm_rules.__path__))
    parts = (name.partition("_") for name in modules if not name.startswith("_"))
    return tuple((code.upper(), name.replace("_", "-")) for code, _, name in parts)


def _is_known(selector: str) -> bool:
    return any(matches_selector(code, name, (selector,)) for code, name in _list_rules())


def _suggest(word: str) -> str:
    if re.search(r"[;\s]", word):
        return "; separate rules by commas"
    best = get_close_matches(word[:60].casefold(), [name for _, name in _list_rules()], n=1)
    return f"; did you mean “{best[0]}”?" if best else "; `disarm-lint rules` lists them"


def review_baseline(entries: Sequence[ListedEntry], options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each entry of the baseline that matched no finding; see Rule."""
    del options
    for listed in entries:
        entry, path = listed.entry, listed.location.path
        text = f" “{shorten(entry.text, 40)}”" if entry.text else ""
        message = (
            f"this entry no longer matches a finding: {entry.rule}{text} in {entry.place}. "
            "`disarm-lint baseline update` removes it"
        )
        found = RULE.in_file(listed.location, message, subject=path, wrong="entry of the baseline")
        yield replace(found, origin=f"{path}#{entry.fingerprint}")


def _list_named(ignore: Ignore) -> list[str]:
    """Return all that a comment names, of which `ignore.selectors` may be a part."""
    inside = ignore.text.raw.partition("[")[2].partition("]")[0]
    return [part for part in inside.split(",") if part.strip()]
