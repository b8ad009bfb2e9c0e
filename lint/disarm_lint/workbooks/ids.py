"""The id cell of a worksheet row: the id in it, and what else stands there by mistake."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.model.document import Mention, Role

if TYPE_CHECKING:
    from disarm_lint.model.document import Field
    from disarm_lint.model.profile import Kind
    from disarm_lint.model.text import Text


def read_id(cell: Field, kind: Kind) -> tuple[Text, Mention | None]:
    """Return the id of a row, and a mention with its flaw where the cell is not the id alone.

    A cell in which no id of the kind stands is returned as it is, without blanks around.
    """
    value = cell.value
    meant = "".join(value.raw.split()).upper()
    if _fits(meant, kind):
        if value.raw != meant:
            capitals = value.raw.upper() == meant
            flaw = "its letters belong in capitals" if capitals else "a blank stands inside it"
            return value, _slip(value, meant, cell, kind, flaw)
        # Nothing is called after an id without a page; other blanks are told as characters.
        if kind.folder is not None and cell.text.raw.strip(" \t\r\n") != cell.text.raw:
            behind = cell.text.raw.startswith(meant)
            where = "behind" if behind else "before"
            flaw = f"a blank stands {where} it, and its page would be called “{cell.text.raw}.md”"
            return value, _slip(cell.text, meant, cell, kind, flaw)
        return value, None
    for form in kind.forms:
        found = re.match(form.template.pattern.removesuffix("$") + r"(?![\w.])", value.raw)
        if found:
            entity_id = value.part(0, found.end())
            flaw = "the id alone belongs in this cell"
            return entity_id, _slip(value, entity_id.raw, cell, kind, flaw)
    return value, None


def _fits(written: str, kind: Kind) -> bool:
    return any(form.template.matches(written) for form in kind.forms)


def _slip(place: Text, meant: str, cell: Field, kind: Kind, flaw: str) -> Mention:
    return Mention(
        role=Role.FIELD,
        id=place,
        target=meant,
        leaf=cell.text,
        flaw=flaw,
        place=cell.spec.key if cell.spec else "",
        refers_to=kind.key,
    )
