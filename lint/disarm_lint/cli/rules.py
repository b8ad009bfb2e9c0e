"""`disarm-lint rules`: the table of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.cli.arguments import build_rules_parser
from disarm_lint.cli.streams import print_text
from disarm_lint.report.terminal import wrap_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disarm_lint.ruleset import LoadedRule

_WIDTH = 80


def load_built_in_rules() -> tuple[LoadedRule, ...]:
    """Return the rules that come with the linter."""
    import disarm_rules
    from disarm_lint.ruleset import load_rules

    return load_rules(disarm_rules)


def run(arguments: Sequence[str]) -> int:
    """Print the rules and return the exit status."""
    args = build_rules_parser().read(arguments)
    rules = load_built_in_rules()
    print_text(_json(rules) if args.output_format == "json" else _table(rules))
    return 0


def _json(rules: Sequence[LoadedRule]) -> str:
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


def _table(rules: Sequence[LoadedRule]) -> str:
    name = max(len(loaded.rule.name) for loaded in rules)
    lines = []
    for loaded in rules:
        rule = loaded.rule
        default = "on" if rule.default else "off"
        head = f"{rule.code}  {rule.name:<{name}}  {rule.severity:<7}  {default:<3}  "
        first, *rest = wrap_text(loaded.summary, _WIDTH, first=len(head), hanging=len(head))
        lines += [f"{head}{first}", *rest]
    return "\n".join(lines)
