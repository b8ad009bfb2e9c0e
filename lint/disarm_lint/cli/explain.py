"""`disarm-lint explain`: the manual of a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.cli.arguments import build_explain_parser
from disarm_lint.cli.rules import load_built_in_rules
from disarm_lint.cli.streams import Failure, print_text
from disarm_lint.manual import format_manual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.ruleset import LoadedRule


def run(arguments: Sequence[str]) -> int:
    """Print the manuals of rules and return the exit status."""
    args = build_explain_parser().read(arguments)
    rules = load_built_in_rules()
    found = [_find(word, rules) for word in args.rules]
    print_text("\n\n".join(_manual(loaded) for loaded in found))
    return 0


def _find(word: str, rules: Sequence[LoadedRule]) -> LoadedRule:
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


def _manual(loaded: LoadedRule) -> str:
    rule = loaded.rule
    title = (
        f"{rule.code} {rule.name} ({rule.severity}, {'on' if rule.default else 'off'} by default)"
    )
    return f"{title}\n{'=' * len(title)}\n\n{format_manual(loaded.manual)}"
