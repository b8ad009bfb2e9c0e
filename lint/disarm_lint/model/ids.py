"""Id templates: `T####` is a T and four digits, `.###` the part of a sub-entity.

A template, unlike a regular expression from a file, cannot run away, and it
tells what is wrong with an id that does not fit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TEMPLATE = re.compile(r"([A-Z]{1,4}[0-9]{0,4})(#{1,10})")
_SUB = re.compile(r"\.(#{1,6})")


@dataclass(frozen=True, slots=True)
class IdTemplate:
    """The shape of a kind's ids: a prefix, a number of digits, digits of a sub-id (0: none).

    The prefix may end in digits that all ids share: `T1###`.
    """

    prefix: str
    digits: int
    sub_digits: int = 0

    @classmethod
    def parse(cls, template: str, sub: str | None = None) -> IdTemplate:
        """Read `T####` and an optional `.###`; raise ValueError for anything else."""
        match = _TEMPLATE.fullmatch(template)
        if match is None:
            raise ValueError(
                f"{template!r} is no id template; write a prefix and digits as in T####"
            )
        if sub is None:
            return cls(match[1], len(match[2]))
        sub_match = _SUB.fullmatch(sub)
        if sub_match is None:
            raise ValueError(f"{sub!r} is no sub-id template; write a dot and digits as in .###")
        return cls(match[1], len(match[2]), len(sub_match[1]))

    @property
    def pattern(self) -> str:
        """A regular expression (ECMA 262 and Python alike) that matches whole ids."""
        sub = rf"(\.[0-9]{{{self.sub_digits}}})?" if self.sub_digits else ""
        return rf"^{self.prefix}[0-9]{{{self.digits}}}{sub}$"

    @property
    def shown(self) -> str:
        """The template as people read it: `T0000`."""
        return self.prefix + "0" * self.digits

    @property
    def letters(self) -> str:
        """The prefix without digits."""
        return self.prefix.rstrip("0123456789")

    def matches(self, written: str) -> bool:
        """Tell whether `written` is an id of this shape."""
        if not written.startswith(self.prefix):
            return False
        stem, dot, sub = written[len(self.prefix) :].partition(".")
        if len(stem) != self.digits or not (stem.isascii() and stem.isdecimal()):
            return False
        if not dot:
            return True
        return len(sub) == self.sub_digits > 0 and sub.isascii() and sub.isdecimal()


def stem(entity_id: str) -> str:
    """Return the id without its sub-part: `T0087` for `T0087.001`."""
    return entity_id.partition(".")[0]


def is_sub(entity_id: str) -> bool:
    """Tell whether the id has a sub-part."""
    return "." in entity_id
