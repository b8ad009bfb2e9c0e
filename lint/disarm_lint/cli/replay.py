"""A repeated check: nothing is parsed, and the output of the earlier run is written again.

The output of a run is kept together with all that the run asked the disk
(`sources/witness.py`). If the same linter gets the same command in the same place, and the
disk gives the same answers, the output is the same. It is kept in the user's own folder,
because a cache in a repository could come with the repository, and hide findings.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from disarm_lint.cli.outputs import Output, write_text
from disarm_lint.cli.streams import (
    Failure,
    find_cache_folder,
    is_outside,
    is_terminal,
    listen,
    read_width,
    say,
)
from disarm_lint.sources.filesystem import find_boundary, is_inside
from disarm_lint.sources.store import Store, digest_linter
from disarm_lint.sources.witness import Witness, still_holds

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from pathlib import Path

_FORMAT = 1
_MOST, _SIZE = 64, 128_000_000
# All environment variables that the output depends on, besides those of git.
VARIABLES = (
    "ANSICON",
    "CI_PROJECT_DIR",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_WORKSPACE",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "NO_COLOR",
    "PATH",
    "PYTHONIOENCODING",
    "PYTHONUTF8",
    "RAPIDFUZZ_IMPLEMENTATION",
    "TEAMCITY_VERSION",
    "TERM",
    "TF_BUILD",
    "WT_SESSION",
    "XDG_CONFIG_HOME",
)
_OF_GIT = "GIT_"


@dataclass
class Recording:
    """What a run asks and writes; `texts` are messages (None), or outputs by number."""

    witness: Witness = field(default_factory=Witness)
    texts: list[tuple[int | None, str]] = field(default_factory=list)

    def hear(self, message: str) -> None:
        """Note a line on stderr."""
        self.texts.append((None, message))

    def keep(self, number: int, text: str) -> None:
        """Note the text of an output."""
        self.texts.append((number, text))


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of earlier runs, and the key of the present run."""

    store: Store
    key: str

    def replay(self, outputs: Sequence[Output]) -> int | None:
        """Write the output of an earlier run and return its exit status.

        Returns None, and writes nothing, if there was no such run, or if anything that it
        read has changed.
        """
        data = self.store.read(self.key)
        if data is None:
            return None
        try:
            kept = json.loads(data)
            if not still_holds(kept["witness"]):
                return None
            status = int(kept["status"])
            texts = [(number, str(text)) for number, text in kept["texts"]]
            written = [(None if n is None else outputs[n], text) for n, text in texts]
        except (ValueError, TypeError, LookupError, RecursionError):
            # Another program wrote it, although its checksum is right.
            return None
        for output, text in written:
            if output is None:
                say(text)
            else:
                write_text(output, text)
        return status

    def record(self, run: Callable[[Recording], int]) -> int:
        """Run a check and keep its outcome, if that depends only on what was asked."""
        recording = Recording()
        with listen(recording.hear):
            status = run(recording)
        if not recording.witness.unsure:
            self.store.write(self.key, _encode(recording, status))
        return status


def _encode(recording: Recording, status: int) -> bytes:
    kept: dict[str, Any] = {
        "status": status,
        "texts": recording.texts,
        "witness": recording.witness.encode(),
    }
    return json.dumps(kept, separators=(",", ":")).encode("ascii")


def choose_cache(args: Namespace, current: Path) -> Path | None:
    """Return the folder in which results are kept; None if none are.

    Raises Failure for a --cache-dir that is empty or lies in a repository.
    """
    if args.no_cache:
        if args.cache_dir is not None:
            raise Failure("--cache-dir cannot be combined with --no-cache")
        return None
    if args.cache_dir is None:
        folder: Path = find_cache_folder()
        checked = [current / path for path in args.paths] or [current]
        return folder if all(is_outside(folder, path) for path in checked) else None
    if args.cache_dir == "":
        raise Failure("--cache-dir names no folder (is the variable in it set?)")
    folder = current / args.cache_dir
    boundaries = [find_boundary(current / path) for path in args.paths] or [find_boundary(current)]
    around = find_boundary(folder.parent)
    if os.path.lexists(os.path.join(around, ".git")):  # noqa: PTH118 - a text, as it came
        boundaries.append(around)
    # A link in the repository leads where the repository says.
    links = (place.parent for place in (folder, *folder.parents) if place.is_symlink())
    places = {os.path.realpath(place) for place in (folder, *links)}
    if any(is_inside(place, boundary) for place in places for boundary in boundaries):
        raise Failure(
            f"--cache-dir: “{args.cache_dir}” lies in the repository or folder that is checked, "
            "and what comes with a repository could hide findings; name a folder outside of it"
        )
    return folder


def find_outcomes(
    args: Namespace, arguments: Sequence[str], current: Path, folder: Path | None
) -> Outcomes | None:
    """Return the outcomes of earlier runs; None if the outcome depends on more than files.

    It does if git is asked what is to be checked, and if files are changed.
    """
    if folder is None or args.fix or args.blame or args.staged:
        return None
    if args.at is not None or args.changed_since is not None:
        return None
    code = digest_linter()
    if code is None:
        return None
    out = sys.stdout
    parts = [
        _FORMAT,
        code,
        # A date that was in the future (S112) may no longer be.
        date.today().isoformat(),
        str(current),
        list(arguments),
        getattr(out, "encoding", None),
        is_terminal(out),
        read_width(out),
        {
            name: value
            for name, value in sorted(os.environ.items())
            if name in VARIABLES or name.startswith(_OF_GIT)
        },
    ]
    key = sha256(json.dumps(parts).encode("ascii")).hexdigest()
    return Outcomes(Store(folder / "outcomes", _MOST, _SIZE), key)
