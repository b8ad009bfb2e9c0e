"""Commands that only print: `rules`, `explain`, and `textconv` (a workbook as text, for git)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from disarm_lint.cli.arguments import (
    build_explain_parser,
    build_rules_parser,
    build_textconv_parser,
)
from disarm_lint.cli.streams import Failure, print_text, write_out
from disarm_lint.report.terminal import wrap_text
from disarm_lint.sources.filesystem import explain_os_error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from disarm_lint.ruleset import LoadedRule


_WIDTH = 80


def load_built_in_rules() -> tuple[LoadedRule, ...]:
    """Return the rules that come with the linter."""
    import disarm_rules
    from disarm_lint.ruleset import load_rules

    return load_rules(disarm_rules)


def run_rules(arguments: Sequence[str]) -> int:
    """Print the rules and return the exit status."""
    args = build_rules_parser().read(arguments)
    rules = load_built_in_rules()
    print_text(_encode_rules(rules) if args.output_format == "json" else _format_rules(rules))
    return 0


def _encode_rules(rules: Sequence[LoadedRule]) -> str:
    import json

    data = [
        {
            "code": loaded.rule.code,
            "name": loaded.rule.name,
            "severity": str(loaded.rule.severity),
            "default": loaded.rule.default,
            "summary": loaded.summary,
        }
        for loaded in rules
    ]
    return json.dumps(data, indent=2)


def _format_rules(rules: Sequence[LoadedRule]) -> str:
    name = max(len(loaded.rule.name) for loaded in rules)
    lines = []
    for loaded in rules:
        rule = loaded.rule
        default = "on" if rule.default else "off"
        head = f"{rule.code}  {rule.name:<{name}}  {rule.severity:<7}  {default:<3}  "
        first, *rest = wrap_text(loaded.summary, _WIDTH, first=len(head), hanging=len(head))
        lines += [f"{head}{first}", *rest]
    return "\n".join(lines)


def run_explain(arguments: Sequence[str]) -> int:
    """Print the manuals of rules and return the exit status."""
    args = build_explain_parser().read(arguments)
    rules = load_built_in_rules()
    found = [_find_rule(word, rules) for word in args.rules]
    print_text("\n\n".join(_format_manual(loaded) for loaded in found))
    return 0


def _find_rule(word: str, rules: Sequence[LoadedRule]) -> LoadedRule:
    from disarm_lint.ruleset import UnknownSelectorError, check_selectors

    for loaded in rules:
        if word.upper() == loaded.rule.code or word.lower() == loaded.rule.name:
            return loaded
    try:
        check_selectors((word,), rules)
    except UnknownSelectorError as error:
        raise Failure(str(error)) from None
    codes = [r.rule.code for r in rules if word == "ALL" or r.rule.code.startswith(word.upper())]
    raise Failure(f"“{word}” selects several rules; name one: {', '.join(codes)}")


def _format_manual(loaded: LoadedRule) -> str:
    from disarm_lint.manual import format_manual

    rule = loaded.rule
    title = (
        f"{rule.code} {rule.name} ({rule.severity}, {'on' if rule.default else 'off'} by default)"
    )
    return f"{title}\n{'=' * len(title)}\n\n{format_manual(loaded.manual)}"


def run_textconv(arguments: Sequence[str]) -> int:
    """Print a workbook and return the exit status."""
    file = _choose_file(build_textconv_parser().read(arguments).file)
    from disarm_lint.compare.text import render_plain

    def render(stream: TextIO) -> None:
        render_plain(file.name, data, stream)

    data = _read_file(file)
    # Whatever the locale: what git compares must not depend on it.
    write_out(render, "utf-8")
    return 0


def _choose_file(name: str) -> Path:
    """Return the file that is meant; raise Failure for an empty name."""
    if not name:
        raise Failure("the path is empty (is the variable in it set?)")
    return Path(name)


def _read_file(file: Path) -> bytes:
    from disarm_lint.parse.xlsx_limits import MOST_BYTES

    try:
        with file.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        reason = explain_os_error(error)
        raise Failure(f"“{file}” cannot be read: {reason}") from None
