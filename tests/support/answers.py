"""A web of which tests know which addresses are dead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Answer, UrlStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from disarm_lint.corpus.reference import Manners


@dataclass(frozen=True, slots=True)
class KnownAnswers:
    """A prober that asks nobody: it knows which URLs are dead, all for one `reason`."""

    dead: Collection[str]
    reason: str = "it answers 404 Not Found"

    def ask(self, urls: Sequence[str], manners: Manners) -> Mapping[str, Answer]:
        """Return an answer for each URL; see Prober."""
        del manners
        return {
            url: Answer(UrlStatus.DEAD, self.reason)
            if url in self.dead
            else Answer(UrlStatus.ALIVE, "it answers 200 OK")
            for url in urls
        }
