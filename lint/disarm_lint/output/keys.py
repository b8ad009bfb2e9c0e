"""Keys of findings for programs that follow them from run to run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.output.report import Shown


@dataclass(frozen=True, slots=True)
class Key:
    """A digest of a finding's fingerprint and path, and its number, from 1, among equals."""

    digest: str
    number: int

    def __str__(self) -> str:
        return f"{self.digest}:{self.number}"

    @property
    def hexadecimal(self) -> str:
        """The key as 32 hexadecimal digits."""
        return self.digest if self.number == 1 else _digest(str(self))


def keys(findings: Sequence[Shown]) -> list[Key]:
    """Return a key for each finding, no two alike.

    Renderings of one cell share a fingerprint, so the path counts too. No line
    number does: text that moves keeps its keys.
    """
    seen: Counter[str] = Counter()
    found = []
    for item in findings:
        digest = _digest(f"{item.finding.fingerprint}\0{item.path}")
        seen[digest] += 1
        found.append(Key(digest, seen[digest]))
    return found


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
