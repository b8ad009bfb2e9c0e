"""Which workbooks a corpus is made from, and which profile they follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.profiles.load import BUILTIN, builtin_profile
from disarm_lint.reading.scope import matching
from disarm_lint.reading.tree import Unreadable
from disarm_lint.workbooks.load import SUFFIX

if TYPE_CHECKING:
    from disarm_lint.config.model import Config, Pattern
    from disarm_lint.model.profile import Profile
    from disarm_lint.reading.tree import Tree
    from disarm_lint.workbooks.load import Workbook


@dataclass(frozen=True, slots=True)
class Master:
    """The workbooks to read, and the patterns of the config that match none."""

    files: tuple[str, ...]
    unmatched: tuple[Pattern, ...] = ()


def is_workbook(path: str) -> bool:
    """Tell whether a file is read as a workbook, by its suffix."""
    return path.lower().endswith(SUFFIX)


def find_workbooks(
    tree: Tree, config: Config, profile: Profile | None, *, in_corpus: bool
) -> Master:
    """Return the workbooks that the config names, else those beside the pages.

    These lie directly in the folder that the profile names; a lock file of a
    spreadsheet program (`~$...`) is none of them. Outside of a corpus, those
    with the right names are found anywhere.
    """
    if config.master_data:
        found, unmatched = matching(tree, config.master_data)
        return Master(tuple(path for path in found if is_workbook(path)), unmatched)
    # All built-in profiles have the workbooks in the same place.
    spec = profile or builtin_profile(BUILTIN[0])
    wanted = {workbook.file.casefold() for workbook in spec.workbooks}
    if not wanted:
        return Master(())
    if not in_corpus:
        files = [item for item in tree.walk("") if not isinstance(item, Unreadable)]
        return Master(tuple(f for f in files if f.rpartition("/")[2].casefold() in wanted))
    folder = spec.master_data
    prefix = f"{folder}/" if folder else ""
    names = sorted(tree.names(folder) or ())
    return Master(tuple(f"{prefix}{name}" for name in names if name.casefold() in wanted))


def fits(workbook: Workbook) -> bool:
    """Tell whether most ids of a workbook have the shapes that its profile asks for."""
    judged = [
        any(form.template.matches(document.id) for form in document.kind.forms)
        for document in workbook.documents
        if document.kind is not None and document.id
    ]
    return sum(judged) * 2 >= len(judged)
