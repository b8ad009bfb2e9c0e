"""`disarm-lint config`: the configuration in force, and its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from disarm_lint.cli.arguments import build_config_parser
from disarm_lint.cli.streams import Failure, write_out
from disarm_lint.config.settings import read_schema_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from disarm_lint.cli.session import Session
    from disarm_lint.cli.targets import Opened


def run(arguments: Sequence[str]) -> int:
    """Print the configuration or its schema and return the exit status."""
    args = build_config_parser().read(arguments)
    if args.what == "schema":
        if args.path is not None or args.config is not None:
            raise Failure("`config schema` takes no path")
        text = read_schema_text("config")
        write_out(lambda stream: _write(stream, text), "utf-8")
        return 0
    documents = _documents([] if args.path is None else [args.path], args.config)
    write_out(lambda stream: _dump(documents, stream), "utf-8")
    return 0


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)


def _dump(documents: Sequence[dict[str, Any]], stream: TextIO) -> None:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 78
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.explicit_start = len(documents) > 1
    for document in documents:
        yaml.dump(document, stream)


def _documents(paths: Sequence[str], config: str | None) -> list[dict[str, Any]]:
    from disarm_lint.cli.session import start_session

    session = start_session(config=config, allow_empty=True)
    return [_document(item, session) for item in session.open(paths)]


def _document(opened: Opened, session: Session) -> dict[str, Any]:
    from disarm_lint.config.options import list_default_options
    from disarm_lint.project import read_corpus
    from disarm_lint.ruleset import build_selection

    config, rules = opened.loaded.config, session.rules
    corpus = read_corpus(opened.tree, config, profile=opened.loaded.profile)
    selected = build_selection(rules, config.select, config.ignore)
    options = {
        loaded.rule.code: {
            **list_default_options(loaded),
            **config.options.get(loaded.rule.code, {}),
        }
        for loaded in rules
        if loaded.options
    }
    path = opened.target.config
    return {
        "root": session.show_path(opened.target.root),
        "config": session.show_path(path) if path else None,
        "profile": config.profile or corpus.profile.name,
        "profile-detected": config.profile is None,
        "include": [pattern.text for pattern in config.include],
        "exclude": [pattern.text for pattern in config.exclude],
        "select": list(config.select),
        "ignore": list(config.ignore),
        "rules-in-force": {
            r.rule.code: str(config.severity.get(r.rule.code, r.rule.severity))
            for r in rules
            if selected(r.rule.code)
        },
        "per-path-ignores": {
            pattern.text: list(selectors) for pattern, selectors in config.per_path_ignores
        },
        "per-path-severity": {
            pattern.text: {selector: str(severity) for selector, severity in severities}
            for pattern, severities in config.per_path_severity
        },
        "baseline": config.baseline.text if config.baseline else None,
        "rules": options,
        "retired": dict(config.retired),
        "aliases": {key: list(names) for key, names in config.aliases.items()},
        "glossary": dict(config.glossary),
    }
