"""Small corpora on disk, and the linter as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PAGES = {
    "techniques/T0001.md": "# Technique T0001: Real Name\n",
    "techniques/T0002.md": "# Technique T0002: Other Name\n\nSee (T0001: Reel Name).\n",
    "incidents/I00001.md": (
        "# Incident I00001: Event\n\nThey did (T0001: Reel Name), (T0002: Other Nome).\n"
    ),
}


def write_corpus(root: Path, pages: dict[str, str] | None = None) -> Path:
    for path, text in (PAGES if pages is None else pages).items():
        file = root / "generated_pages" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8"))
    return root


class Result:
    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.status = done.returncode
        self.raw = done.stdout
        self.raw_errors = done.stderr

    @property
    def out(self) -> str:
        return self.raw.decode("utf-8")

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def err(self) -> str:
        return self.raw_errors.decode("utf-8")


# Of the tester's own environment, nothing that changes the output.
_KEPT = ("PATH", "HOME", "SYSTEMROOT", "TEMP", "TMP", "PYTHONPATH")


def environment(**extra: str) -> dict[str, str]:
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    # Nothing is kept between tests, nor in the tester's own cache.
    nowhere = f"{os.devnull}/cache"
    return {**kept, "PYTHONIOENCODING": "utf-8", "XDG_CACHE_HOME": nowhere, **extra}


def lint(*arguments: str, cwd: Path, **extra: str) -> Result:
    return Result(
        subprocess.run(
            [sys.executable, "-m", "disarm_lint", *arguments],
            cwd=cwd,
            env=environment(**extra),
            capture_output=True,
            check=False,
            timeout=120,
        )
    )
