"""Answers that are remembered between runs, as JSON."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.net.answers import Answer, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

_VERSION = 1
_SIZE_LIMIT = 64_000_000


def user_cache_folder() -> Path:
    """Return the folder for caches of the user who runs the linter; it may not exist yet."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "disarm-lint"


class AnswerCache:
    """A JSON file of answers with the time at which each was given (seconds since 1970).

    A file that cannot be read, or holds something else, counts as empty; one
    that cannot be written is no error, for the answers are known all the same.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "urls.json"

    def load(self, now: float, max_age: float) -> dict[str, Answer]:
        """Return the answers that are at most `max_age` seconds old."""
        return {
            url: answer
            for url, (answer, asked) in self._entries().items()
            if 0 <= now - asked <= max_age
        }

    def save(self, answers: Mapping[str, Answer], now: float, max_age: float) -> None:
        """Add answers; forget those that are more than `max_age` seconds old."""
        entries = {
            url: entry for url, entry in self._entries().items() if 0 <= now - entry[1] <= max_age
        }
        entries.update((url, (answer, now)) for url, answer in answers.items())
        data = {
            "version": _VERSION,
            "answers": {
                url: {"verdict": answer.verdict.value, "reason": answer.reason, "asked": asked}
                for url, (answer, asked) in sorted(entries.items())
            },
        }
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix="urls-", suffix=".tmp")
        except OSError:
            return
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(data, file, ensure_ascii=True, indent=1)
            temporary.replace(self._path)
        except OSError:
            temporary.unlink(missing_ok=True)

    def _entries(self) -> dict[str, tuple[Answer, float]]:
        try:
            if self._path.stat().st_size > _SIZE_LIMIT:
                return {}
            data = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(data, dict) or data.get("version") != _VERSION:
            return {}
        answers = data.get("answers")
        found: dict[str, tuple[Answer, float]] = {}
        for url, entry in answers.items() if isinstance(answers, dict) else ():
            match entry:
                case {
                    "verdict": "alive" | "dead" as verdict,
                    "reason": str(reason),
                    "asked": asked,
                }:
                    if isinstance(asked, int | float) and not isinstance(asked, bool):
                        found[url] = (Answer(Verdict(verdict), reason), float(asked))
        return found
