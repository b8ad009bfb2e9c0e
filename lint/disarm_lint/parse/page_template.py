"""The texts that the generator fills: literal words, and places for what a row holds.

A place is `{key}` or `{key:how}`. The key is that of a field, a table or a column of the
profile, or one of these: `word`, the heading word that goes with the id; `space`, a space
that an editor would remove; `marker`, the edit marker, behind which notes stand.
`{?key}...{/}` is left out if the key has no value. A table takes a line of its own, and
becomes as many lines as it has rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from disarm_lint.model.document import Document
    from disarm_lint.model.profile import Profile

_PLACE = re.compile(r"\{(\?)?([a-z][a-z0-9_]*)(?::([a-z][a-z0-9_ ]*))?\}(\n)?|\{/\}|[{}]")
SPACE, WORD, MARKER = "space", "word", "marker"
# How a field may be written besides as it stands: its first word, or that id and its name.
FIELD_FORMS = frozenset({"id", "named"})
# The orders of a table's rows besides that of their ids, and `by KEY`; see `TableMaker.rows`.
TABLE_ORDERS = frozenset({"stated", "keyed"})


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place in a template; `line_end` is the line break behind it, if one is."""

    key: str
    how: str = ""
    line_end: str = ""


@dataclass(frozen=True, slots=True)
class Optional:
    """Parts that are written only where a key has a value."""

    key: str
    parts: tuple[str | Placeholder | Optional, ...]


Part = str | Placeholder | Optional


class TemplateError(ValueError):
    """A template that cannot be read; the message says what is wrong with it, and where."""


@lru_cache(maxsize=256)
def parse_template(text: str) -> tuple[Part, ...]:
    """Return the parts of a template; raise TemplateError where braces do not fit."""
    stack: list[tuple[str, list[Part]]] = [("", [])]
    at = 0
    for match in _PLACE.finditer(text):
        stack[-1][1].append(text[at : match.start()])
        at = match.end()
        if match[0] in "{}":
            raise TemplateError(
                f"the brace in line {_count_line(text, match.start())} begins no place"
            )
        if match[0] == "{/}":
            if len(stack) == 1:
                raise TemplateError(
                    f"{{/}} in line {_count_line(text, match.start())} closes nothing"
                )
            key, parts = stack.pop()
            stack[-1][1].append(Optional(key, tuple(part for part in parts if part)))
        elif match[1]:
            stack.append((match[2], [match[4] or ""]))
        else:
            stack[-1][1].append(Placeholder(match[2], match[3] or "", match[4] or ""))
    if len(stack) > 1:
        raise TemplateError(f"{{?{stack[-1][0]}}} is not closed by {{/}}")
    stack[0][1].append(text[at:])
    return tuple(part for part in stack[0][1] if part)


def _count_line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def list_placeholders(parts: tuple[Part, ...]) -> list[Placeholder]:
    """Return all places of a template, the keys of what may be left out among them."""
    found: list[Placeholder] = []
    for part in parts:
        if isinstance(part, Placeholder):
            found.append(part)
        elif isinstance(part, Optional):
            found += [Placeholder(part.key), *list_placeholders(part.parts)]
    return found


def fits_template(parts: tuple[Part, ...], text: str) -> bool:
    """Tell whether the words of a template stand in a text in their order."""
    at = 0
    for part in parts:
        if isinstance(part, str):
            for line in part.split("\n"):
                found = text.find(line, at)
                if found < 0:
                    return False
                at = found + len(line)
    return True


def explain_kept(profile: Profile, document: Document) -> str | None:
    """Return, as a clause, why the page of an entity that is gone is not to be deleted unseen.

    None where there is nothing on it that its row did not make. What somebody
    changed above the edit marker is not seen: the row that it could be compared with is gone.
    """
    kind = document.kind
    if kind is None or document.path != f"{profile.prefix}{kind.folder}/{document.id}.md":
        return "its name is not that of its heading"
    noted = "it has notes" if has_notes(profile, document) else None
    return explain_unlike(profile, document) or noted


def explain_unlike(profile: Profile, document: Document) -> str | None:
    """Return, as a clause, why a page is none that the generator left; None if it may be one."""
    kind = document.kind
    if kind is None:
        return "it is in no folder of pages"
    text = document.source.text.replace("\r\n", "\n")
    templates = [text for layout in kind.layouts for text in layout.templates]
    if not any(fits_template(parse_template(template), text) for template in templates):
        return "it does not follow its template, so somebody may have written it by hand"
    if profile.edit_marker not in text:
        return f"it has no line “{profile.edit_marker}” below which notes would stand"
    return None


def has_notes(profile: Profile, document: Document) -> bool:
    """Tell whether there are notes below the edit marker of a page."""
    marker = profile.edit_marker
    return bool(marker and document.source.text.partition(marker)[2].strip())
