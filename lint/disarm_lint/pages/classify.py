"""What a file is, by its path or, outside of a corpus, by its heading."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.model.document import PageType

if TYPE_CHECKING:
    from disarm_lint.model.profile import IndexSpec, Kind, Profile
    from disarm_lint.model.text import PageSource

_HEADING = re.compile(r"\A\s*#[ \t]+(\w+)[ \t]+([A-Za-z]+[0-9.]*[0-9])[ \t]*:")


@dataclass(frozen=True, slots=True)
class Place:
    """What a file is taken for."""

    type: PageType
    kind: Kind | None = None
    index: IndexSpec | None = None


def classify(source: PageSource, profile: Profile, *, loose: bool) -> Place:
    """Return what a file is; see `parse_page` for `loose`."""
    if loose:
        match = _HEADING.match(source.text)
        if match:
            for kind in profile.kinds:
                if kind.folder and any(
                    form.word == match[1] and form.template.matches(match[2]) for form in kind.forms
                ):
                    return Place(PageType.ENTITY, kind)
        return Place(PageType.OTHER)
    *folders, file = source.path.split("/")
    pages = profile.folder.split("/") if profile.folder else []
    if folders[: len(pages)] != pages:
        return Place(PageType.OTHER)
    inside = folders[len(pages) :]
    if not inside:
        index = next((index for index in profile.indexes if index.file == file), None)
        return Place(PageType.INDEX, index=index) if index else Place(PageType.OTHER)
    folder = "/".join(inside)
    found = next((kind for kind in profile.kinds if kind.folder == folder), None)
    return Place(PageType.ENTITY, found) if found else Place(PageType.OTHER)
