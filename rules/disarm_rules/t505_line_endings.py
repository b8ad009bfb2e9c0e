"""Lines that do not end in a line feed alone.

The generator ends lines with a line feed. A file that was saved on Windows ends
them with carriage return and line feed (CRLF), and a comparison then shows
every line as changed; a file with both is worse to handle than either. Most
editors can convert a file, and git does so with `* text=auto eol=lf` in
`.gitattributes`.

There is one finding for each file. It is empty and stands at the end of the
first such line, before its line break.

## Bad

```markdown generated_pages/techniques/T0146.md {newline=crlf}
# Technique T0146: Account Asset⟦⟧

**Summary**: An Account is a user-specific profile.
```

```text findings
the lines of this file end as on Windows (CRLF). Save it with line feeds alone (LF)
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType
from disarm_lint.model.finding import Harm, Root, Severity
from disarm_lint.model.text import Text
from disarm_lint.ruleset import NoOptions, Rule, RuleScope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.finding import Finding
    from disarm_lint.ruleset import PageScope

RULE = Rule(
    code="T505",
    name="line-endings",
    severity=Severity.WARNING,
    harm=Harm.HYGIENE,
    action="save the file with one kind of line ending",
    scope=RuleScope.PAGE,
)


def check(corpus: PageScope, options: NoOptions) -> Iterator[Finding]:
    """Yield at most one finding for each file."""
    del options
    for document in corpus.checked_documents:
        if document.type is PageType.ROW:
            continue
        text = document.source.text
        first = text.find("\r")
        if first < 0:
            continue
        windows = text.count("\r\n")
        counts = {
            "CRLF": windows,
            "LF": text.count("\n") - windows,
            "CR": text.count("\r") - windows,
        }
        present = [name for name, count in counts.items() if count]
        if present == ["CRLF"]:
            what = "the lines of this file end as on Windows (CRLF)"
        elif present == ["CR"]:
            what = "the lines of this file end with carriage returns (CR)"
        else:
            mix = ", ".join(f"{counts[name]} in {name}" for name in present)
            what = f"the lines of this file end in different ways: {mix}"
        yield RULE.at(
            document,
            Text(document.source, first, first),
            f"{what}. Save it with line feeds alone (LF)",
            wrong=" ".join(present),
            root=Root(
                " ".join(present),
                "lines end in something other than a line feed in {places}",
                "save these files with line feeds alone (LF); an entry in .gitattributes keeps it so",
                by_place=False,
            ),
        )
