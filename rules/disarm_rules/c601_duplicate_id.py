"""An id that is defined twice.

Two pages have the same id in their headings, or two rows of one index have it. Links
and citations of the id may mean either, and whichever is read last wins.

The finding stands at each definition after the first, and at the second row of an address
in a sheet that is looked up by address. If the ids of two pages differ only in spaces or
letter case, S102 reports them.

## Bad

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.
```

```markdown generated_pages/techniques/T0147.md
# Technique ⟦T0146⟧: Software Asset

**Summary**: Software.
```

```text findings
T0146 is defined a second time; the first is in generated_pages/techniques/T0146.md
```

## Good

```markdown generated_pages/techniques/T0146.md
# Technique T0146: Account Asset

**Summary**: An Account is a user-specific profile.
```

```markdown generated_pages/techniques/T0147.md
# Technique T0147: Software Asset

**Summary**: Software.
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.ruleset import NoOptions, Rule, relate
from disarm_rules._leftovers import map_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Definition
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text

RULE = Rule(
    code="C601",
    name="duplicate-id",
    severity=Severity.ERROR,
    harm=Harm.LOST,
    action="give one of the two another id",
)


def check(corpus: Corpus, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each definition of an id after the first of its sort."""
    del options
    yield from _find_wrong_headings(corpus)
    yield from _find_addresses(corpus)
    rows = map_rows(corpus)
    for entity in corpus.registry.entities.values():
        pages = [d for d in entity.definitions if d.is_page]
        lists: dict[tuple[str, str], list[Definition]] = {}
        for row in entity.definitions:
            if not row.is_page:
                lists.setdefault(_find_place(row), []).append(row)
        for group in (pages, *(lists[place] for place in sorted(lists))):
            wrong = next((d for d in group if d.document in rows), None)
            if wrong is not None:
                group = [*(d for d in group if d is not wrong), wrong]
            for definition in group[1:]:
                first = group[0]
                where = "above" if not first.is_page else f"in {first.document.path}"
                if (cell := first.id.location.cell) is not None:
                    where = f"in {cell.address}"
                leftover = rows.get(definition.document)
                message = f"{entity.id} is defined a second time; the first is {where}"
                if leftover is not None:
                    message = (
                        f"{entity.id} is the id of another row, {where[3:]}, and the page of "
                        f"{leftover.id} has the name of this one. Write {leftover.id}"
                    )
                yield RULE.at(
                    definition.document,
                    definition.id,
                    message,
                    subject=entity.id,
                    suggestion=leftover.id if leftover else None,
                    related=[relate(first.id, "the first definition")],
                    root=leftover.root if leftover else None,
                )


def _find_place(row: Definition) -> tuple[str, str]:
    """Return the file and the sheet that a row stands in."""
    sheet = row.document.sheet
    return row.document.path, sheet.name if sheet else ""


def _find_addresses(corpus: Corpus) -> Iterator[Finding]:
    """Yield a finding for each second row of an address in a sheet that is looked up by it."""
    sheets = [sheet for workbook in corpus.profile.workbooks for sheet in workbook.sheets]
    matched = {column.matches for sheet in sheets for column in sheet.columns}
    first: dict[tuple[str, str], Text] = {}
    for document in corpus.rows:
        sheet = document.sheet
        if sheet is None or sheet.name not in matched:
            continue
        field = document.field(sheet.columns[0].field.key)
        if field is None or not any(char.isalnum() for char in field.value.raw):
            continue
        before = first.setdefault((sheet.name, field.value.raw), field.value)
        if before is not field.value:
            cell = before.location.cell
            where = f" in {cell.address}" if cell is not None else ""
            yield RULE.at(
                document,
                field.value,
                f"this address has a row already{where}: delete one of the two",
                subject=sheet.name,
                related=[relate(before, "the first row")],
            )


def _find_wrong_headings(corpus: Corpus) -> Iterator[Finding]:
    """Yield a finding for each page that is called after one entity and headed by another."""
    for document in corpus.pages:
        heading = document.heading
        if document.identity is None or heading is None or not heading.id:
            continue
        entity = corpus.entity(heading.id.raw)
        if entity is None or entity.page is None:
            continue
        first = entity.definitions[0]
        yield RULE.at(
            document,
            heading.id,
            f"{entity.id} is defined a second time; the first is in {first.document.path}",
            subject=entity.id,
            related=[relate(first.id, "the first definition")],
        )
