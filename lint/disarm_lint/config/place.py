"""Places in a settings file, and errors that begin with one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from disarm_lint.config.model import ConfigError
from disarm_lint.model.text import Location, Span
from disarm_lint.reading.look import DISK, Look

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SIZE_LIMIT = 4_000_000


class Settings(Protocol):
    """Data from a settings file that knows where each part of it stands."""

    @property
    def data(self) -> Any:
        """Plain data: mappings with text keys, lists, scalars."""

    def span(self, path: Sequence[str | int], *, key: bool = False) -> Span:
        """Return where the value at a path of keys stands, or its key."""


@dataclass(frozen=True, slots=True)
class File:
    """A settings file: `shown` is its path for messages, `path` its path from the corpus root."""

    shown: str
    path: str

    def error(self, span: Span | None, what: str) -> ConfigError:
        """Return an error at a place; the message is one line."""
        line, column = (span.line, span.column) if span else (1, 1)
        return ConfigError(f"{self.shown}:{line}:{column}: {what}")

    def location(self, span: Span) -> Location:
        """Return a place in the file for findings."""
        return Location(self.path, span)


def place_of(text: str, offset: int) -> Span:
    """Return the one-character span at an offset (lines end as in CommonMark)."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    return Span(line, column, line, column + 1)


def read_bytes(file: File, path: Path, limit: int = SIZE_LIMIT, look: Look = DISK) -> bytes:
    """Return a settings file's bytes; raise ConfigError where it is no file or cannot be read.

    Of a file larger than `limit` one byte more than that is read.
    """
    try:
        if not look.is_file(path):
            raise ConfigError(f"{file.shown}: there is no such file")
        return look.read(path, limit + 1)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise ConfigError(f"{file.shown}: the file cannot be read: {reason}") from None


def decoded(file: File, data: bytes, limit: int = SIZE_LIMIT) -> str:
    """Return a settings file's text; raise ConfigError where it is too large or not UTF-8."""
    if len(data) > limit:
        raise file.error(None, f"the file is larger than {limit // 1_000_000} MB")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise file.error(None, "the file is in UTF-16; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = data[: problem.start].decode("utf-8-sig", errors="replace")
        where = place_of(before + "?", len(before))
        raise file.error(where, "the file is not in UTF-8; save it as UTF-8") from None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean “x”?` for the known word that is most like `word`, or nothing."""
    from difflib import get_close_matches

    best = get_close_matches(word.casefold(), known, n=1, cutoff=0.6) if len(word) < 80 else []
    return f"; did you mean “{best[0]}”?" if best else ""


def shortened(value: str, limit: int = 60) -> str:
    """Return a value for a message: cut where it is long, on one line."""
    flat = " ".join(value.split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"
