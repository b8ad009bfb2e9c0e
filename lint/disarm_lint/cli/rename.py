"""`disarm-lint rename`: what giving an entity another name touches; --write does it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from disarm_lint.cli.arguments import build_rename_parser
from disarm_lint.cli.session import Session, start_session
from disarm_lint.cli.streams import Failure, Progress, print_text
from disarm_lint.cli.writing import open_to_write, warn_of_interrupted, write_changes
from disarm_lint.config.words import shorten_value, suggest_word
from disarm_lint.corpus.names import LONGEST_NAME, is_same_name
from disarm_lint.parse.xlsx_limits import BadWorkbookError
from disarm_lint.project import SIZE_LIMIT
from disarm_lint.rename.edits import edit_places, format_diff
from disarm_lint.rename.names import plan_name
from disarm_lint.rename.place import TouchedRole
from disarm_lint.report.report import format_place
from disarm_lint.report.terminal import Charset
from disarm_lint.report.text import format_count
from disarm_lint.sources.filesystem import KeptTree, OverlaidTree
from disarm_lint.sources.journal import FileChange

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping, Sequence

    from disarm_lint.cli.session import Linted
    from disarm_lint.cli.targets import Opened
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Entity
    from disarm_lint.model.finding import Finding
    from disarm_lint.model.text import Text
    from disarm_lint.rename.names import NamePlan
    from disarm_lint.report.report import ShownFinding

_TEXT = Charset()
# How many of the texts that are left alone, and of findings, are shown.
_MOST_SHOWN, _MOST_FINDINGS = 20, 5
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Renamed:
    """What renaming makes of the files of a corpus.

    `after` is what linting the result says, `new` what of it was not there before.
    """

    changes: Mapping[str, FileChange]
    after: Linted
    new: tuple[ShownFinding, ...]


def run(arguments: Sequence[str]) -> int:
    """Show what a rename touches, or do it, and return the exit status."""
    args = build_rename_parser().read(arguments)
    with Progress() as progress:
        session = start_session(config=args.config, progress=progress)
        opened = _open(session, args)
        before = session.lint(opened)
        corpus = before.corpus
        if corpus is None or not corpus.known:
            raise Failure("a rename needs a corpus around its pages; name the folder of one")
        entity = find_entity(corpus, args.id)
        name = check_name(entity, args.new)
        read = partial(opened.tree.read, limit=SIZE_LIMIT)
        plan = plan_rename(session, opened, corpus, entity, name, read)
        renamed = try_rename(session, opened, before, plan, read)
    shown = _describe(session, opened, plan)
    if args.write:
        _refuse_new(renamed, force=args.force)
        write_changes(session, opened, renamed.changes, allow_dirty=args.allow_dirty)
    else:
        root = opened.target.root
        shown += [*format_diff(plan.places, lambda path: session.show_path(root / path)), ""]
    shown += _describe_others(session, opened, plan.others)
    shown += _describe_new(renamed.new)
    shown.append("Done." if args.write else "Nothing is written yet: add --write to do it.")
    print_text("\n".join(map(_TEXT.line, shown)))
    return 0


def _open(session: Session, args: Namespace) -> Opened:
    """Return the one corpus that is meant, as a whole."""
    paths = [args.path] if args.path is not None else []
    opened = open_to_write(session, paths) if args.write else session.open(paths)
    if len(opened) != 1:
        raise Failure(f"“{args.path}” holds {len(opened)} corpora; name one of them")
    if not args.write:
        warn_of_interrupted(session, opened)
    target = replace(opened[0].target, files=set(), folders={""})
    # An edit that a person makes from here on must show when the files are written.
    return replace(opened[0], target=target, tree=KeptTree(opened[0].tree))


def find_entity(corpus: Corpus, entity_id: str) -> Entity:
    """Return the entity with an id; raise Failure where there is none."""
    entity = corpus.entity(entity_id)
    if entity is not None:
        return entity
    shown = shorten_value(entity_id)
    gone = corpus.retired(entity_id)
    if gone is not None:
        successor = corpus.entity(gone.successor or "")
        now = f"; it is {successor.id} “{successor.name}” now" if successor else ""
        raise Failure(f"{shown} is retired ({gone.why}){now}")
    near = sorted(corpus.near_ids(entity_id.strip().upper()))
    hint = f"; did you mean {near[0]}?" if near else suggest_word(entity_id, ())
    raise Failure(f"the corpus has no “{shown}”{hint}")


def check_name(entity: Entity, written: str) -> str:
    """Return a new name without spaces around it; raise Failure for one that cannot be."""
    name = written.strip()
    if not name:
        raise Failure("the new name is empty")
    if _CONTROL.search(name):
        raise Failure("the new name holds a line break or another control character")
    if "|" in name:
        raise Failure("the new name holds a “|”, at which rows of tables are cut")
    if len(name) > LONGEST_NAME:
        raise Failure(f"the new name has {len(name):,} characters; {LONGEST_NAME} are the most")
    if not entity.name:
        place = entity.definitions[0].id.location.path
        raise Failure(f"{entity.id} has no name yet; write it into “{place}”")
    if name == entity.name or is_same_name(name, entity.name):
        raise Failure(f"{entity.id} is called “{entity.name}” already")
    return name


def plan_rename(
    session: Session,
    opened: Opened,
    corpus: Corpus,
    entity: Entity,
    name: str,
    read: Callable[[str], bytes],
) -> NamePlan:
    """Return what a new name touches; raise Failure where a workbook cannot be read."""
    for workbook in corpus.workbooks:
        whole = next((p.reason for p in workbook.problems if p.sheet is None), None)
        if whole is not None:
            where = session.show_path(opened.target.root / workbook.path)
            raise Failure(f"“{where}” cannot be read: {whole}")
    try:
        return plan_name(corpus, entity, name, read)
    except BadWorkbookError as problem:
        raise Failure(f"a workbook cannot be read: {problem.reason}") from None


def try_rename(
    session: Session,
    opened: Opened,
    before: Linted,
    plan: NamePlan,
    read: Callable[[str], bytes],
) -> Renamed:
    """Return what a rename makes of the corpus; raise Failure where a place cannot be edited."""
    edited = edit_places(plan.places, read)
    for place, reason in edited.refused:
        where = _show_place(session, opened, place.text)
        raise Failure(
            f"{where} cannot be edited: {reason}; write the new name there by hand, and run "
            "this again"
        )
    tree = OverlaidTree(opened.tree, edited.files)
    after = session.lint(replace(opened, tree=tree))
    changes = {path: FileChange(read(path), data) for path, data in edited.files.items()}
    return Renamed(changes, after, find_new(before, after, {plan.entity.name: plan.name}))


def find_new(before: Linted, after: Linted, renamed: Mapping[str, str]) -> tuple[ShownFinding, ...]:
    """Return the findings that were not there; `renamed` maps old words to new ones.

    One that says the same as before, of the new words, is none.
    """
    known = {shown.finding.fingerprint for shown in before.findings}
    same = {_identify(shown.finding, renamed) for shown in before.findings}
    return tuple(
        shown
        for shown in after.findings
        if shown.finding.fingerprint not in known and _identify(shown.finding, {}) not in same
    )


def _identify(finding: Finding, renamed: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a finding is told from others by, with other words for some."""
    wrong = finding.wrong
    for old, new in renamed.items():
        wrong = wrong.replace(old, new)
    return finding.rule, finding.location.path, finding.subject, finding.origin, wrong


def _tell(shown: ShownFinding) -> str:
    return f"{shown.place}: {shown.finding.rule} {shown.finding.message}"


def _refuse_new(renamed: Renamed, *, force: bool) -> None:
    """Raise Failure where a rename would cause findings, unless that is wanted."""
    if renamed.new and not force:
        first = renamed.new[0]
        number = format_count(len(renamed.new), "finding", "findings")
        raise Failure(
            f"this would cause {number}: {_tell(first)}; nothing was written. "
            "--force does it all the same"
        )


def _describe(session: Session, opened: Opened, plan: NamePlan) -> list[str]:
    counts = Counter(place.role for place in plan.places)
    files = {place.key[0] for place in plan.places}
    places = format_count(len(plan.places), "place", "places")
    lines = [
        f"{plan.entity.id} “{plan.entity.name}” becomes “{plan.name}”: {places} in "
        f"{format_count(len(files), 'file', 'files')}.",
        "",
    ]
    for role in TouchedRole:
        if counts[role]:
            what = role.value if counts[role] == 1 else role.plural
            lines.append(f"{counts[role]:>6,} {what}{_name_books(session, opened, plan, role)}")
    return [*lines, ""]


def _name_books(session: Session, opened: Opened, plan: NamePlan, role: TouchedRole) -> str:
    if role not in (TouchedRole.CELL, TouchedRole.ARTEFACT):
        return ""
    paths = dict.fromkeys(place.key[0] for place in plan.places if place.role is role)
    return f" in {', '.join(session.show_path(opened.target.root / path) for path in paths)}"


def _describe_others(session: Session, opened: Opened, others: Sequence[Text]) -> list[str]:
    if not others:
        return []
    number, say = ("1 text", "says") if len(others) == 1 else (f"{len(others):,} texts", "say")
    lines = [f"{number} {say} another name, or the name without the id; left alone:"]
    lines += [
        f"  {_show_place(session, opened, text)}: “{shorten_value(text.raw)}”"
        for text in others[:_MOST_SHOWN]
    ]
    if len(others) > _MOST_SHOWN:
        lines.append(f"  and {len(others) - _MOST_SHOWN:,} more")
    return [*lines, ""]


def _describe_new(new: Sequence[ShownFinding]) -> list[str]:
    if not new:
        return []
    number = format_count(len(new), "finding", "findings")
    lines = [f"This causes {number}:", *(f"  {_tell(shown)}" for shown in new[:_MOST_FINDINGS])]
    if len(new) > _MOST_FINDINGS:
        lines.append(f"  and {len(new) - _MOST_FINDINGS:,} more")
    return [*lines, ""]


def _show_place(session: Session, opened: Opened, text: Text) -> str:
    """Return a place as messages name it: `pages/T0001.md:3:12`, `book.xlsx:techniques!B2`."""
    location = text.location
    path = session.show_path(opened.target.root / location.path)
    return format_place(path, location.span, location.cell)
