"""What the rules on worksheet lists share: the members of a list cell, as the generator sees them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Edit, Fix, Harm, Repair, Root
from disarm_lint.model.profile import Format, Separator
from disarm_lint.parse.mentions import build_id_finder
from disarm_lint.parse.page_template import explain_unlike, has_notes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Field, Mention, Table
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.profile import SheetColumn
    from disarm_lint.model.text import Text
    from disarm_lint.parse.mentions import IdFinder


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a list: what stands between two separators, spaces and all."""

    text: Text


@dataclass(frozen=True, slots=True)
class LostMember:
    """Why the generator does not know a member: where, in a clause and by name."""

    place: Text
    name: str
    message: str
    suggestion: str | None


def split_members(field: Field, column: SheetColumn) -> Iterator[Member]:
    """Yield the members of a cell; a column without a separator has one."""
    separator = column.separator.char if column.separator else None
    raw, start = field.text.raw, 0
    while separator is not None and (end := raw.find(separator, start)) >= 0:
        yield Member(field.text.part(start, end))
        start = end + len(separator)
    yield Member(field.text.part(start, len(raw)))


def find_member(field: Field, column: SheetColumn, text: Text) -> Member | None:
    """Return the member of a cell in which a text begins; None if it is in no member."""
    separator = column.separator.char if column.separator else None
    raw, at = field.text.raw, text.start - field.text.start
    if not 0 <= at < len(raw):
        return None
    if separator is None:
        return Member(field.text)
    before = raw.rfind(separator, 0, at + len(separator) - 1)
    start = before + len(separator) if before >= 0 else 0
    end = raw.find(separator, start)
    end = end if end >= 0 else len(raw)
    return Member(field.text.part(start, end)) if at < end else None


def _explain_lost(
    finder: IdFinder, member: Member, written: Text, column: SheetColumn
) -> LostMember | None:
    """Return what hides an id in its member; None if the generator knows it."""
    before = member.text.part(0, written.start - member.text.start)
    if not before:
        return _explain_hidden(finder, member, written, column)
    if not before.raw.strip():
        place = member.text.part(0, written.end - member.text.start)
        where = "after the comma" if column.separator is Separator.COMMA else "before it"
        message = f"the space {where} makes the generator drop it; delete the space"
        return LostMember(place, "blank", message, written.raw)
    if column.separator is Separator.LINE:
        message = "each id in this list belongs on a line of its own, and there is no line break before it"
        return LostMember(written, "line breaks", message, None)
    return _find_unsplit(written, column)


def _find_unsplit(written: Text, column: SheetColumn) -> LostMember:
    """Return what is lost where two ids stand in one member."""
    separators = {Separator.COMMA: "a comma", Separator.BLANK: "a space"}
    wanted = separators.get(column.separator) if column.separator else None
    if wanted is None:
        return LostMember(
            written, "second id", "this column holds one id, and the cell has another", None
        )
    return LostMember(written, "separator", f"the generator needs {wanted} between two ids", None)


_PARTED = re.compile(r"[\s,;/|+&]*(?:and)?[\s,;/|+&]*")


def _separate_ids(finder: IdFinder, raw: str, column: SheetColumn) -> str | None:
    """Return the ids of a member that holds nothing else, with the separator between them."""
    if column.separator is None or not all(map(_PARTED.fullmatch, finder.whole.split(raw))):
        return None
    return column.separator.char.join(finder.find_flawless(raw))


def _explain_hidden(
    finder: IdFinder, member: Member, written: Text, column: SheetColumn
) -> LostMember | None:
    """Return what hides an id with which its member begins."""
    behind = member.text.raw[written.end - member.text.start :]
    # Where names are asked for, the generator takes the first word.
    if not behind or column.field.format is not Format.IDS:
        return None
    if not behind.strip():
        message = "the space after it makes the generator drop it; delete the space"
        return LostMember(member.text, "blank", message, written.raw)
    if finder.find(behind):
        lost = _find_unsplit(written, column)
        parted = _separate_ids(finder, member.text.raw, column)
        return replace(lost, place=member.text, suggestion=parted) if parted else lost
    return LostMember(
        member.text,
        "name",
        "the name after it makes the generator drop it; delete the name",
        written.raw,
    )


def find_loss(
    corpus: Corpus, field: Field, column: SheetColumn, mention: Mention
) -> LostMember | None:
    """Return what hides an id that a cell states; None if the generator knows it."""
    member = find_member(field, column, mention.id)
    finder = build_id_finder(corpus.profile)
    return _explain_lost(finder, member, mention.id, column) if member else None


# What hides the members of a list, and what to do about it in the whole column.
_LOSSES = {
    "blank": ("there are spaces beside ids", "delete the spaces around the ids in {where}"),
    "line breaks": (
        "there are no line breaks between ids",
        "begin a new line before each id in {where}",
    ),
    "second id": ("there are second ids where one is read", "leave one id in each cell of {where}"),
    "separator": ("there are no separators between ids", "separate the ids in {where}"),
    "name": ("there are names after ids", "keep only the ids in {where}"),
}


def build_lost_root(loss: str) -> Root:
    """Return the root cause of a lost member, by the name of its loss: all in its column."""
    what, action = _LOSSES[loss]
    return Root(
        f"lost {loss}",
        f"{what} in {{places}}: the generator drops these ids",
        action,
        shared=True,
        harm=Harm.LOST,
    )


def find_spaced_id(entity: Entity | None) -> Text | None:
    """Return the id cell of an entity's row that has spaces around the id, if it has."""
    row = entity.master if entity is not None else None
    text = row.fields[0].text if row is not None and row.fields else None
    return text if text is not None and text.raw != text.raw.strip() else None


def build_spaced_root(text: Text) -> Root:
    """Return the root cause of all that spaces around an id in its own row do."""
    entity_id, cell = text.raw.strip(), format_cell(text)
    return Root(
        f"spaced id {entity_id}",
        f"there is a space beside the id {entity_id} in {cell}: no page that is "
        "generated now shows what refers to it",
        f"delete the space in {cell}, regenerate the pages, and delete any page that has the "
        "space in its name",
        by_place=False,
        shared=True,
        harm=Harm.LOST,
    )


def fix_spaced_id(corpus: Corpus, text: Text) -> Fix:
    """Return what puts the id of a row right: its cell, and the page that it made goes.

    Where another page has the name that its page gets, the generator writes over that one.
    """
    entity_id, edits = text.raw.strip(), (Edit(text.location, text.raw.strip()),)
    pages = corpus.pages_by_path
    entity = corpus.entity(entity_id)
    folder = f"{corpus.profile.prefix}{entity.kind.folder}/" if entity is not None else ""
    spaced = pages.get(f"{folder}{text.raw}.md")
    if (
        spaced is None
        or explain_unlike(corpus.profile, spaced)
        or has_notes(corpus.profile, spaced)
    ):
        return Fix(Repair.SAFE, edits)
    if f"{folder}{entity_id}.md" not in pages:
        return Fix(Repair.SAFE, edits, deletes=(spaced.path,))
    loses = f"what “{entity_id}.md” says above the edit marker, a page that no row makes"
    return Fix(Repair.UNSAFE, edits, deletes=(spaced.path,), loses=loses)


def format_cell(text: Text) -> str:
    """Return the cell of a text in words: `cell A40 of the sheet techniques`."""
    cell = text.location.cell
    return f"cell {cell.ref} of the sheet {cell.sheet}" if cell is not None else "its cell"


_PIECE = re.compile(r"[^\s()\[\]<>|]+")
# How many addresses that stand by themselves nowhere are looked for inside of other words.
_MOST_SOUGHT = 50


class ShownAddresses:
    """The addresses that the rows of a table show."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._texts = [row.text.raw for row in table.rows]
        self._pieces = {piece for text in self._texts for piece in _PIECE.findall(text)}
        self._left = _MOST_SOUGHT

    def list_first(self) -> frozenset[str]:
        """Return the addresses in the first cells of the rows."""
        firsts = [row.cells[0].text.raw for row in self._table.rows if row.cells]
        return frozenset(
            piece for text in firsts for piece in _PIECE.findall(text) if "://" in piece
        )

    def holds(self, url: str) -> bool:
        """Tell whether a row shows an address."""
        if url in self._pieces:
            return True
        self._left -= 1
        return self._left >= 0 and any(url in text for text in self._texts)
