"""Which built-in profile a corpus follows, by the heading words of its pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from disarm_lint.profiles.load import BUILTIN, builtin_profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from disarm_lint.model.profile import Profile

_HEADING = re.compile(rb"\s*#[ \t]+(\w+)[ \t]+(\w[\w.]*)[ \t]*:")


def detect_profile(files: Mapping[str, bytes]) -> Profile:
    """Return the built-in profile whose heading words most files begin with.

    The first of BUILTIN where none fits, or several fit alike.
    """
    heads = []
    for data in files.values():
        match = _HEADING.match(data.removeprefix(b"\xef\xbb\xbf"))
        if match:
            heads.append((match[1].decode("ascii", "replace"), match[2].decode("ascii", "replace")))
    if not any(word in _DISTINCTIVE for word, _ in heads):
        return builtin_profile(BUILTIN[0])
    best, score = builtin_profile(BUILTIN[0]), -1
    for name in BUILTIN:
        profile = builtin_profile(name)
        forms = [form for kind in profile.kinds if kind.folder for form in kind.forms]
        hits = sum(
            any(form.word == word and form.template.matches(id_) for form in forms)
            for word, id_ in heads
        )
        if hits > score:
            best, score = profile, hits
    return best


# Reading a profile costs more than reading many pages: only a corpus with one
# of these words in a heading is held against all of them.
_DISTINCTIVE = frozenset({"Observation", "Assessment", "Category", "Group"})
