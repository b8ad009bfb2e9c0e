"""`disarm-lint config`: the configuration in force, and the schemas of it and of pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from disarm_lint.cli.arguments import build_config_parser
from disarm_lint.cli.streams import Failure, write_out
from disarm_lint.config.settings import read_schema_text

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import TextIO

    from disarm_lint.cli.session import Session
    from disarm_lint.cli.targets import Opened


def run_config(arguments: Sequence[str]) -> int:
    """Print the configuration or its schema and return the exit status."""
    args = build_config_parser().read(arguments)
    paths = [] if args.path is None else [args.path]
    if args.what == "schema":
        text = _find_schema(paths, args)
        write_out(lambda stream: _write(stream, text), "utf-8")
        return 0
    if args.page is not None or args.profile:
        raise Failure("`--page` and `--profile` go with `config schema`")
    documents = _build_documents(paths, args.config)
    write_out(lambda stream: _write_yaml(documents, stream), "utf-8")
    return 0


def _find_schema(paths: Sequence[str], args: Namespace) -> str:
    if args.page is not None:
        if args.profile:
            raise Failure("`--page` and `--profile` exclude each other")
        return _build_page_schema(paths, args.config, args.page)
    if paths or args.config is not None:
        raise Failure("`config schema` takes a path or --config only with --page")
    return read_schema_text("framework" if args.profile else "config")


def _build_page_schema(paths: Sequence[str], config: str | None, page: str) -> str:
    """Return the schema of a kind's pages in the profile of a corpus; in none, of the built-in."""
    from disarm_lint.cli.session import start_session
    from disarm_lint.model.words import suggest_word
    from disarm_lint.parse.structure import build_kind_schema
    from disarm_lint.project import read_corpus

    session = start_session(config=config, allow_empty=True)
    opened = session.open(paths)[0]
    corpus = read_corpus(opened.tree, opened.loaded.config, profile=opened.loaded.profile)
    kinds = {kind.key: kind for kind in corpus.profile.kinds if kind.layouts}
    if page not in kinds:
        hint = suggest_word(page, kinds) or f"; kinds with pages: {', '.join(kinds)}"
        raise Failure(f"the profile {corpus.profile.name} has no pages of a kind “{page}”{hint}")
    return json.dumps(build_kind_schema(kinds[page]), indent=2, ensure_ascii=False) + "\n"


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)


def _write_yaml(documents: Sequence[dict[str, Any]], stream: TextIO) -> None:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 78
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.explicit_start = len(documents) > 1
    for document in documents:
        yaml.dump(document, stream)


def _build_documents(paths: Sequence[str], config: str | None) -> list[dict[str, Any]]:
    from disarm_lint.cli.session import start_session

    session = start_session(config=config, allow_empty=True)
    return [_build_document(item, session) for item in session.open(paths)]


def _build_document(opened: Opened, session: Session) -> dict[str, Any]:
    from disarm_lint.config.config import list_default_options
    from disarm_lint.project import read_corpus
    from disarm_lint.ruleset import build_selection

    config, rules = opened.loaded.config, session.rules
    corpus = read_corpus(opened.tree, config, profile=opened.loaded.profile)
    selected = build_selection(rules, config.select, config.ignore)
    options = {
        loaded.rule.code: {**defaults, **config.options.get(loaded.rule.code, {})}
        for loaded in rules
        if (defaults := list_default_options(loaded))
    }
    path = opened.target.config
    return {
        "root": session.show_path(opened.target.root),
        "config": session.show_path(path) if path else None,
        "profile": config.profile or corpus.profile.name,
        "profile-detected": config.profile is None,
        "include": [pattern.text for pattern in config.include],
        "exclude": [pattern.text for pattern in config.exclude],
        "master-data": [pattern.text for pattern in config.master_data],
        "workbooks": [
            session.show_path(opened.target.root / workbook.path) for workbook in corpus.workbooks
        ],
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
