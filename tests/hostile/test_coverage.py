"""The growth tests drive every rule, and everything that writes."""

from __future__ import annotations

from pathlib import Path

import disarm_rules
from disarm_lint.cli.arguments import build_check_parser, build_diff_parser, build_urls_parser
from disarm_lint.cli.urls import FORMATS as URL_FORMATS
from disarm_lint.report.formats import FORMATS
from hostile.shapes import ITEMS, TEXTS
from hostile.work import DIFFS, RULES, list_rules, prepared

# Characters of a text, and items: as few as make each rule speak.
FEW = {"text": 200}


def test_every_rule_finds_something_in_some_shape(tmp_path: Path) -> None:
    """What a rule does only where it finds something would not be counted otherwise."""
    modules = {
        path.stem[:4].upper() for path in Path(disarm_rules.__path__[0]).glob("[a-z]???_*.py")
    }
    silent = {loaded.rule.code for loaded in RULES}
    assert silent == modules
    # What is made for one rule comes last.
    for name, shape in reversed([*TEXTS.items(), *ITEMS.items()]):
        silent -= list_rules(shape(FEW.get(name.partition(":")[0], 8)), tmp_path)
        if not silent:
            return
    assert silent == set()


def test_every_format_is_written(tmp_path: Path) -> None:
    written = prepared(ITEMS["rows: dead links"](4), tmp_path, 20)()
    for name in FORMATS:
        assert written[name]
    for name in ("html", "xlsx", "causes", "baseline"):
        assert written[name]
    assert "fix" in written
    for build, known in (
        (build_check_parser, set(FORMATS)),
        (build_diff_parser, set(DIFFS)),
        (build_urls_parser, set(URL_FORMATS)),
    ):
        option = next(a for a in build()._actions if "--output-format" in a.option_strings)
        assert set(option.choices or ()) == known
