"""References: ids that a text mentions, with what the corpus knows of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from disarm_lint.model.answer import Prober
    from disarm_lint.model.document import Document, Mention
    from disarm_lint.model.profile import ForeignFramework
    from disarm_lint.model.text import Location, Text


class Status(StrEnum):
    """What becomes of a reference, the first that applies."""

    FOREIGN = "foreign"
    MALFORMED = "malformed"
    DEFINED = "defined"
    RETIRED = "retired"
    UNKNOWN = "unknown"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Reference:
    """A mention with what the corpus knows of it.

    `written` is the name that the text gives to the id, `right` whether that
    is the entity's name; `named` is the id whose name it is, or most
    resembles, and `exactly` whether it is exactly that one's.
    """

    document: Document
    mention: Mention
    status: Status
    target: str
    written: Text | None = None
    right: bool = True
    named: str | None = None
    exactly: bool = False
    foreign: ForeignFramework | None = None


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """An entry of the config that ought to match something: where it stands, and what it is.

    `section` is `aliases`, `retired`, `glossary` or a key that holds path
    patterns; `matched` says whether a path pattern matched a file.
    """

    section: str
    value: str
    location: Location
    matched: bool = True


@dataclass(frozen=True)
class Context:
    """What the config says about ids and names.

    `retired` maps an old id to its successor, `aliases` an id to further
    accepted names, `glossary` a spelling to the one it stands for. A `prober`
    is there where the rules that ask the network were selected. `today` is the
    day of the run: no event that is described lies behind it.
    """

    retired: Mapping[str, str | None] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    glossary: Mapping[str, str] = field(default_factory=dict)
    include_orphans: bool = False
    entries: tuple[ConfigEntry, ...] = ()
    prober: Prober | None = None
    today: date = field(default_factory=date.today)
