"""`disarm-lint rename`: what another name or id of an entity touches; --write does it."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from disarm_lint.cli.arguments import build_rename_parser
from disarm_lint.cli.session import Session, start_session
from disarm_lint.cli.streams import Failure, Progress, print_text
from disarm_lint.cli.targets import choose_corpus
from disarm_lint.cli.trial import Renamed, show_text, try_rename
from disarm_lint.cli.writing import open_corpora, write_changes
from disarm_lint.compare.lines import cut_alike
from disarm_lint.corpus.names import LONGEST_NAME, fold_name, is_same_name
from disarm_lint.corpus.registry import find_kind
from disarm_lint.model.ids import find_stem, is_sub
from disarm_lint.model.words import format_count, shorten
from disarm_lint.parse.xlsx_limits import BadWorkbookError
from disarm_lint.project import SIZE_LIMIT
from disarm_lint.rename.names import plan_name
from disarm_lint.rename.numbers import number_family, plan_number
from disarm_lint.rename.places import TouchedRole, format_diff
from disarm_lint.report.terminal import Charset
from disarm_lint.sources.filesystem import KeptTree

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, Sequence

    from disarm_lint.cli.targets import Opened
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Entity
    from disarm_lint.rename.names import NamePlan
    from disarm_lint.rename.numbers import NumberPlan
    from disarm_lint.report.report import ShownFinding
    from disarm_lint.sources.journal import FileChange

_TEXT = Charset()
# How many of the texts that are left alone, and of findings, are shown.
_MOST_SHOWN, _MOST_FINDINGS = 20, 5
# How many lines of the difference are shown without --diff.
_MOST_LINES = 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def run_rename(arguments: Sequence[str]) -> int:
    """Show what a rename touches, or do it, and return the exit status."""
    args = build_rename_parser().read(arguments)
    args.path = _choose_path(args)
    with Progress() as progress:
        session = start_session(config=args.config, progress=progress)
        opened = _open(session, args)
        before = session.lint(opened)
        corpus = before.corpus
        if corpus is None or not corpus.known:
            raise Failure("a rename needs a corpus around its pages; name the folder of one")
        entity = find_entity(corpus, args.id)
        plan = _plan(session, opened, corpus, entity, args.new)
        renamed = try_rename(session, opened, before, plan)
    shown = _describe(session, opened, plan, renamed.changes)
    if args.write:
        _refuse_new(renamed, force=args.force)
        write_changes(session, opened, renamed.changes, allow_dirty=args.allow_dirty)
    else:
        root = opened.target.root
        diff = list(format_diff(plan.places, plan.moves, lambda p: session.show_path(root / p)))
        shown += [*(diff if args.diff else _shorten(diff)), ""]
    shown += _describe_others(session, opened, plan)
    shown += _describe_new(renamed.new)
    shown += [line for note in renamed.notes for line in (note, "")]
    shown.append("Done." if args.write else "Nothing is written yet: add --write to rename.")
    print_text("\n".join(map(_TEXT.show_line, shown)))
    return 0


def _shorten(diff: Sequence[str]) -> list[str]:
    """Return the beginning of a diff, of its lines what is around the words that change."""
    shown = list(diff[:_MOST_LINES])
    for at, (old, new) in enumerate(pairwise(diff[:_MOST_LINES])):
        if old[:1] == "-" and new[:1] == "+" and not old.startswith("--- "):
            cut = cut_alike(old[1:], new[1:])
            shown[at : at + 2] = [f"-{cut[0]}", f"+{cut[1]}"]
    if len(diff) > len(shown):
        number = format_count(len(diff) - len(shown), "more line")
        shown.append(f"… and {number}; --diff shows all")
    return shown


def _choose_path(args: Namespace) -> str | None:
    """Return the folder of the corpus; raise Failure for what must be more words of the name."""
    words: list[str] = list(args.paths)
    path: str | None = words.pop() if words else None
    if path is None or (not words and (os.path.lexists(path) or path.startswith("/"))):
        return path
    if not os.path.lexists(path):
        words, path = [*words, path], None
    name = " ".join([args.new, *words])
    missing = f"there is no file or folder “{words[0]}”; " if len(words) == 1 and not path else ""
    raise Failure(
        f"{missing}put a name of several words in quotation marks: `disarm-lint rename {args.id} "
        f'"{name}"{f" {path}" if path else ""}`'
    )


def _open(session: Session, args: Namespace) -> Opened:
    """Return the one corpus that is meant, as a whole."""
    paths = [args.path] if args.path is not None else []
    opened = open_corpora(session, paths, writes=args.write)
    only = choose_corpus(opened, session.current, "a rename")
    target = replace(only.target, files=set(), folders={""})
    # An edit that a person makes from here on must show when the files are written.
    return replace(only, target=target, tree=KeptTree(only.tree))


def find_entity(corpus: Corpus, entity_id: str) -> Entity:
    """Return the entity with an id; raise Failure if there is none."""
    entity = corpus.entity(entity_id)
    if entity is not None:
        return entity
    shown = shorten(entity_id)
    gone = corpus.retired(entity_id)
    if gone is not None:
        successor = corpus.entity(gone.successor or "")
        now = f"; it is {successor.id} “{successor.name}” now" if successor else ""
        raise Failure(f"{shown} is retired ({gone.why}){now}")
    upper = entity_id.strip().upper()
    name = fold_name(entity_id)
    named = (e.id for e in corpus.registry.entities.values() if fold_name(e.name) == name)
    # An id in small letters, or the name of an entity, says more than what is one slip away.
    meant = [upper] if corpus.entity(upper) else sorted(named)
    near = meant or sorted(corpus.list_near_ids(upper))
    hint = f"; did you mean {near[0]}?" if near else ""
    raise Failure(f"the corpus has no “{shown}”{hint}")


def _plan(
    session: Session, opened: Opened, corpus: Corpus, entity: Entity, new: str
) -> NamePlan | NumberPlan:
    """Return what a new name or id touches; raise Failure for one that cannot be."""
    for workbook in corpus.workbooks:
        whole = next((p.reason for p in workbook.problems if p.sheet is None), None)
        if whole is not None:
            where = session.show_path(opened.target.root / workbook.path)
            raise Failure(f"“{where}” cannot be read: {whole}")
    read = partial(opened.tree.read, limit=SIZE_LIMIT)
    try:
        if _means_id(corpus, entity, new.strip()):
            return plan_number(corpus, entity, check_id(corpus, entity, new.strip()), read)
        return plan_name(corpus, entity, check_name(entity, new), read)
    except BadWorkbookError as problem:
        raise Failure(f"a workbook cannot be read: {problem.reason}") from None


def _means_id(corpus: Corpus, entity: Entity, new: str) -> bool:
    """Tell whether a text is an id, or was meant as one of the entity's kind."""
    if find_kind(new, corpus.profile) is not None:
        return True
    letters = "|".join(re.escape(form.template.letters) for form in entity.kind.forms)
    return re.fullmatch(rf"(?:{letters})[0-9][0-9.:_-]*", new, re.IGNORECASE) is not None


def check_id(corpus: Corpus, entity: Entity, new: str) -> str:
    """Return a new id; raise Failure for one that cannot be."""
    forms = [form.template for form in entity.kind.forms]
    if not any(form.matches(new) for form in forms):
        shapes = " or ".join(
            form.shown + (f" or {form.shown}.{'0' * form.sub_digits}" if form.sub_digits else "")
            for form in forms
        )
        raise Failure(f"“{shorten(new)}” is no {entity.kind.title} id; one looks like {shapes}")
    if new == entity.id:
        raise Failure(f"{new} is the id of “{entity.name}” already")
    if is_sub(entity.id) and find_stem(new) != find_stem(entity.id):
        raise Failure(f"{entity.id} belongs to {find_stem(entity.id)}; its id must begin with that")
    if is_sub(new) and not is_sub(entity.id):
        raise Failure(f"{entity.id} belongs to no other; its id must not have a second part")
    for old, wanted in number_family(corpus, entity, new).items():
        _check_free(corpus, old, wanted)
    if not is_sub(new):
        for taken in sorted(corpus.registry.entities):
            if find_stem(taken) == new:
                _check_free(corpus, entity.id, taken)
    return new


def _check_free(corpus: Corpus, old: str, new: str) -> None:
    """Raise Failure for an id that an entity has, or once had."""
    other = corpus.entity(new)
    if other is not None:
        raise Failure(f"{new} is in use: it is “{other.name}”")
    gone = corpus.retired(new)
    if gone is not None and corpus.context.retired.get(new) != old:
        raise Failure(f"{new} is retired ({gone.why}), and must not be used again")


def check_name(entity: Entity, written: str) -> str:
    """Return a new name without spaces around it; raise Failure for one that cannot be."""
    name = written.strip()
    if not name:
        raise Failure("the new name is empty")
    if _CONTROL.search(name):
        raise Failure("the new name has a line break or another control character")
    if "|" in name:
        raise Failure("the new name has a “|”, which would split the rows of tables")
    if len(name) > LONGEST_NAME:
        raise Failure(
            f"the new name has {len(name):,} characters; at most {LONGEST_NAME} are allowed"
        )
    if not entity.name:
        place = entity.definitions[0].id.location.path
        raise Failure(f"{entity.id} has no name yet; write it into “{place}”")
    if name == entity.name or is_same_name(name, entity.name):
        raise Failure(f"{entity.id} is called “{entity.name}” already")
    return name


def _tell(shown: ShownFinding) -> str:
    return f"{shown.place}: {shown.finding.rule} {shown.finding.message}"


def _refuse_new(renamed: Renamed, *, force: bool) -> None:
    """Raise Failure if a rename would cause findings, unless that is wanted."""
    if renamed.new and not force:
        first = renamed.new[0]
        number = format_count(len(renamed.new), "finding")
        raise Failure(
            f"this would cause {number}: {_tell(first)}; nothing was written. "
            "--force renames anyway"
        )


def _describe(
    session: Session, opened: Opened, plan: NamePlan | NumberPlan, changes: Mapping[str, FileChange]
) -> list[str]:
    counts = Counter(place.role for place in plan.places)
    files = {place.key[0] for place in plan.places} | set(plan.moves)
    places = format_count(len(plan.places), "place")
    lines = [f"{plan.title}: {places} in {format_count(len(files), 'file')}.", ""]
    for role in TouchedRole:
        if counts[role]:
            what = role.value if counts[role] == 1 else role.plural
            lines.append(f"{counts[role]:>6,} {what}{_name_books(session, opened, plan, role)}")
    if plan.moves:
        lines.append(
            f"{len(plan.moves):>6,} {'file name' if len(plan.moves) == 1 else 'file names'}"
        )
    known = {*(place.key[0] for place in plan.places), *plan.moves, *plan.moves.values()}
    for path in sorted(set(changes) - known):
        where = session.show_path(opened.target.root / path)
        lines.append(f"       and what {where} says of them")
    return [*lines, ""]


def _name_books(
    session: Session, opened: Opened, plan: NamePlan | NumberPlan, role: TouchedRole
) -> str:
    if role not in (TouchedRole.CELL, TouchedRole.ARTEFACT):
        return ""
    paths = dict.fromkeys(place.key[0] for place in plan.places if place.role is role)
    return f" in {', '.join(session.show_path(opened.target.root / path) for path in paths)}"


def _describe_others(session: Session, opened: Opened, plan: NamePlan | NumberPlan) -> list[str]:
    others = plan.others
    if not others:
        return []
    number, say = ("1 text", "says") if len(others) == 1 else (f"{len(others):,} texts", "say")
    lines = [f"{number} {say} {plan.left}; left alone:"]
    lines += [
        f"  {show_text(session, opened, text)}: “{shorten(text.raw)}”"
        for text in others[:_MOST_SHOWN]
    ]
    if len(others) > _MOST_SHOWN:
        lines.append(f"  and {len(others) - _MOST_SHOWN:,} more")
    return [*lines, ""]


def _describe_new(new: Sequence[ShownFinding]) -> list[str]:
    if not new:
        return []
    number = format_count(len(new), "finding")
    lines = [f"This causes {number}:", *(f"  {_tell(shown)}" for shown in new[:_MOST_FINDINGS])]
    if len(new) > _MOST_FINDINGS:
        lines.append(f"  and {len(new) - _MOST_FINDINGS:,} more")
    return [*lines, ""]
