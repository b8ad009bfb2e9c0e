"""What the web answers when it is asked for a URL."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class UrlStatus(StrEnum):
    """What is known of a URL; only a definite failure makes it dead."""

    ALIVE = "alive"
    DEAD = "dead"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict with its reason, a clause for the reader (`it answers 404 Not Found`)."""

    verdict: UrlStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Manners:
    """How URLs are asked.

    `timeout` and `pause` (between two requests to one host) are in seconds,
    `budget` is the number of seconds that all questions together may take,
    `at_most` the number of URLs that are asked in one run, `max_age` the
    number of days for which an answer is believed.
    """

    timeout: float = 15.0
    pause: float = 1.0
    budget: float = 900.0
    at_most: int = 5000
    max_age: float = 7.0


class Prober(Protocol):
    """Whoever can tell whether URLs answer."""

    def ask(self, urls: Sequence[str], manners: Manners) -> Mapping[str, Answer]:
        """Return an answer for each URL."""
