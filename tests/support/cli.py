"""Small corpora on disk, and the linter as a process."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING

from support import forks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PAGES = {
    "techniques/T0001.md": "# Technique T0001: Real Name\n",
    "techniques/T0002.md": "# Technique T0002: Other Name\n\nSee (T0001: Reel Name).\n",
    "incidents/I00001.md": (
        "# Incident I00001: Event\n\nThey did (T0001: Reel Name), (T0002: Other Nome).\n"
    ),
}


def write_corpus(root: Path, pages: dict[str, str] | None = None) -> Path:
    write_files(root / "generated_pages", PAGES if pages is None else pages)
    return root


def write_files(root: Path, files: Mapping[str, str | bytes]) -> None:
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


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


@functools.cache
def _fork_server() -> forks.Server:
    return forks.Server(environment())


def lint(*arguments: str, cwd: Path, **extra: str) -> Result:
    return run(*arguments, cwd=cwd, extra=extra)


def run(
    *arguments: str,
    cwd: Path,
    out: int = subprocess.PIPE,
    err: int = subprocess.PIPE,
    before: Callable[[], object] | None = None,
    code: str = "",
    extra: Mapping[str, str] = MappingProxyType({}),
) -> Result:
    """Run the linter, or `code` in its place, with streams of the caller's own."""
    if not code and before is None and forks.fits(arguments, extra):
        return Result(_fork_server().run(arguments, cwd, environment(**extra), (out, err), 120))
    start = ["-c", code, *arguments] if code else ["-m", "disarm_lint", *arguments]
    return Result(
        subprocess.run(
            [sys.executable, *start],
            cwd=cwd,
            env=environment(**extra),
            stdout=out,
            stderr=err,
            check=False,
            timeout=120,
            preexec_fn=before,
        )
    )
