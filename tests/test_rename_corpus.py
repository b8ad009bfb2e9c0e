"""Renaming in the published corpus: no finding that was not there, and back again."""

from __future__ import annotations

import io
import os
import random
import zipfile
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from disarm_lint.cli.revisions import match_findings
from disarm_lint.cli.session import Linted, Session, start_session
from disarm_lint.cli.trial import find_new, list_findings
from disarm_lint.model.ids import find_stem
from disarm_lint.parse.xlsx import read_workbook
from disarm_lint.project import SIZE_LIMIT
from disarm_lint.rename.names import NamePlan, plan_name
from disarm_lint.rename.numbers import IdTokens, plan_number
from disarm_lint.rename.places import TouchedRole, edit_places, sort_places
from disarm_lint.sources.filesystem import ChangedTree
from support.published import CORPORA

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from disarm_lint.cli.targets import Opened
    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.entity import Entity

pytestmark = pytest.mark.corpus("corpora")

# So many entities are renamed, in a full run 50; the seed chooses which, and their new names.
COUNT = int(os.environ.get("RENAMED_ENTITIES", "12"))
SEED = int(os.environ.get("RENAME_SEED", "1"))
WORDS = ("Quiet", "Harbour", "Lantern", "Rebuild", "O'Hara", "Fleet", "(Twice)", "Zebra", "Kiosk")


class Runs:
    """The corpus as it was published, and what linting it says."""

    def __init__(self, name: str) -> None:
        self.session: Session = start_session(config=None)
        self.opened: Opened = self.session.open([str(CORPORA / name)])[0]
        self.before: Linted = self.session.lint(self.opened)
        assert self.before.corpus is not None
        self.corpus: Corpus = self.before.corpus
        self.read: Callable[[str], bytes] = cache(
            lambda path: self.opened.tree.read(path, SIZE_LIMIT)
        )


@pytest.fixture(scope="module")
def runs() -> Runs:
    return Runs("disarm-1.6")


def choose(corpus: Corpus, without: Collection[str]) -> dict[str, str]:
    """Return new names by id, for entities of every kind in turn."""
    chance = random.Random(SEED)
    kinds: dict[str, list[Entity]] = {}
    for entity in corpus.registry.entities.values():
        if entity.name and entity.id not in without:
            kinds.setdefault(entity.kind.key, []).append(entity)
    chosen: dict[str, str] = {}
    while len(chosen) < COUNT and any(kinds.values()):
        for key in sorted(kinds):
            if kinds[key] and len(chosen) < COUNT:
                entity = kinds[key].pop(chance.randrange(len(kinds[key])))
                words = chance.sample(WORDS, chance.randint(1, 4))
                chosen[entity.id] = f"{' '.join(words)} {len(chosen)}"
    return chosen


def is_spelt_alike(one: NamePlan) -> bool:
    name = one.entity.name
    return all(p.role is TouchedRole.ARTEFACT or p.text.raw == name for p in one.places)


def plan(corpus: Corpus, names: dict[str, str], read: Callable[[str], bytes]) -> list[NamePlan]:
    plans = []
    for entity_id, name in names.items():
        entity = corpus.entity(entity_id)
        assert entity is not None, entity_id
        plans.append(plan_name(corpus, entity, name, read))
    return plans


def test_new_names_cause_no_finding_and_the_way_back_leads_to_the_same(runs: Runs) -> None:
    # Where a name is misspelt and all citations are not, these are wrong beside a new name.
    misspelt = {
        shown.finding.subject
        for shown in runs.before.findings
        if "probably misspelt" in shown.finding.message
    }
    names = choose(runs.corpus, misspelt)
    # What a text spells in another way, as with a second space, is spelt as usual afterwards.
    plans = [one for one in plan(runs.corpus, names, runs.read) if is_spelt_alike(one)]
    assert len(plans) * 4 >= len(names) * 3
    names = {one.entity.id: one.name for one in plans}
    edited = edit_places(sort_places(p for one in plans for p in one.places), runs.read)
    assert edited.refused == ()
    tree = ChangedTree(runs.opened.tree, edited.files)
    after = runs.session.lint(replace(runs.opened, tree=tree))

    def translate(text: str) -> str:
        for one in plans:
            text = one.translate(text)
        return text

    before = list_findings(runs.before)
    new = [
        f"{shown.place}: {shown.finding.rule} {shown.finding.message}"
        for shown in find_new(after, match_findings(before, list_findings(after), translate))
    ]
    assert new == []
    assert after.corpus is not None
    old = {one.entity.id: one.entity.name for one in plans}
    assert {i: e.name for i, e in after.corpus.registry.entities.items() if i in names} == names

    def read(path: str) -> bytes:
        return tree.read(path, SIZE_LIMIT)

    back = plan(after.corpus, old, read)
    restored = edit_places(sort_places(p for one in back for p in one.places), read)
    assert restored.refused == ()
    assert set(restored.files) == set(edited.files)
    check_same_files(runs, restored.files)


def test_new_ids_cause_no_finding_and_the_way_back_leads_to_the_same(runs: Runs) -> None:
    wanted = choose_ids(runs.corpus)
    entities = runs.corpus.registry.entities
    plans = [plan_number(runs.corpus, entities[i], new, runs.read) for i, new in wanted.items()]
    edited = edit_places(sort_places(p for one in plans for p in one.places), runs.read)
    assert edited.refused == ()
    files: dict[str, bytes | None] = dict(edited.files)
    for path, place in ((p, place) for one in plans for p, place in one.moves.items()):
        files[place], files[path] = files[path], None
    tree = ChangedTree(runs.opened.tree, files)
    after = runs.session.lint(replace(runs.opened, tree=tree))
    tokens = IdTokens({old: new for one in plans for old, new in one.ids.items()})
    before = list_findings(runs.before)
    new = [
        f"{shown.place}: {shown.finding.rule} {shown.finding.message}"
        for shown in find_new(after, match_findings(before, list_findings(after), tokens.replace))
    ]
    assert new == []
    assert after.corpus is not None
    living = after.corpus.registry.entities
    assert {*map(tokens.replace, entities)} == {*living}

    def read(path: str) -> bytes:
        return tree.read(path, SIZE_LIMIT)

    back = [plan_number(after.corpus, living[new], old, read) for old, new in wanted.items()]
    restored = edit_places(sort_places(p for one in back for p in one.places), read)
    moves = {path: place for one in back for path, place in one.moves.items()}
    assert sorted(moves.values()) == sorted(path for path in files if files[path] is None)
    found = {moves.get(path, path): data for path, data in restored.files.items()}
    assert set(found) == set(edited.files)
    check_same_files(runs, found)


def choose_ids(corpus: Corpus) -> dict[str, str]:
    """Return new ids by the old ones, for entities of every kind in turn, no two of a family."""
    chance = random.Random(SEED)
    entities = corpus.registry.entities
    kinds: dict[str, list[str]] = {}
    for entity in entities.values():
        kinds.setdefault(entity.kind.key, []).append(entity.id)
    chosen: dict[str, str] = {}
    families: set[str] = set()
    while len(chosen) < COUNT and any(kinds.values()):
        for key in sorted(kinds):
            if kinds[key] and len(chosen) < COUNT:
                old = kinds[key].pop(chance.randrange(len(kinds[key])))
                number = old.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ").rpartition(".")[2]
                for value in range(10 ** len(number) - 1, 0, -1):
                    new = f"{old[: -len(number)]}{value:0{len(number)}}"
                    taken = {*entities, *corpus.registry.retired, *chosen.values()}
                    if new not in taken and find_stem(old) not in families:
                        families.add(find_stem(old))
                        chosen[old] = new
                        break
    return chosen


def check_same_files(runs: Runs, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        if path.endswith(".xlsx"):
            check_same_workbook(runs.read(path), data)
        else:
            assert data == runs.read(path), path


def check_same_workbook(old: bytes, new: bytes) -> None:
    """Hold that a workbook says the same, and that all but its sheets are the same bytes."""
    one, other = (read_workbook("a.xlsx", data, None) for data in (old, new))
    # A number that was next once is not next again.
    assert {k: v for k, v in one.sheets.items() if "CODES" not in k} == {
        k: v for k, v in other.sheets.items() if "CODES" not in k
    }
    with zipfile.ZipFile(io.BytesIO(old)) as a, zipfile.ZipFile(io.BytesIO(new)) as b:
        assert a.namelist() == b.namelist()
        changed = [name for name in a.namelist() if a.read(name) != b.read(name)]
    assert all(name.startswith("xl/worksheets/sheet") for name in changed)
