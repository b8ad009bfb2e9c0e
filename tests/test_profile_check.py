"""Mistakes in a profile that would turn rules off without a word: each is refused at its place."""

from __future__ import annotations

import importlib.util
import json
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from disarm_lint.config import profile as profiles
from disarm_lint.config.profile import (
    BUILTIN,
    find_mistakes,
    load_builtin_profile,
    load_profile,
    read_builtin,
)
from disarm_lint.model.config import ConfigError
from support.published import ROOT

if TYPE_CHECKING:
    from pathlib import Path

OWN = """\
schema_version: 1
name: own
pages: docs
kinds:
  - key: spell
    folder: spells
    forms: [{word: Spell, id: "SP##"}]
    layouts:
      - name: only
        fields:
          - {key: school, label: School, refers_to: school, listed_in: spells}
        tables:
          - key: cases
            columns: [{header: Case, format: prose, evidence: spell}]
            symmetrical_with: {kind: school, keys: [spells]}
  - key: school
    folder: schools
    forms: [{word: School, id: "SC##"}]
    layouts:
      - name: only
        tables:
          - {key: spells, columns: [{header: Spells, format: link, refers_to: spell}]}
indexes:
  - {key: all, file: all.md, lists: spell, columns: [{header: School, field: school}]}
workbooks:
  - file: master.xlsx
    sheets:
      - sheet: spells
        defines: spell
        columns:
          - {header: id, key: id, format: id}
          - {header: school, key: school, format: ids, refers_to: school, listed_in: spells}
"""


def refused(folder: Path, text: str) -> str:
    (folder / "own.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_profile(folder / "own.yaml", lambda path: path.name)
    return str(caught.value)


def test_the_profile_is_sound_without_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN)
    assert [kind.key for kind in load_profile(tmp_path / "own.yaml").kinds] == ["spell", "school"]


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("refers_to: school, listed_in: spells}\n        tables",
         "refers_to: scool}\n        tables",
         "11:53: the profile has no kind “scool”; did you mean “school”?"),
        ("listed_in: spells}\n        tables", "listed_in: spels}\n        tables",
         "11:72: pages of the kind “school” have no field or table “spels”; did you mean "
         "“spells”?"),
        ("evidence: spell", "evidence: speech",
         "14:63: the profile has no kind “speech”"),
        ("kind: school, keys", "kind: skool, keys",
         "15:38: the profile has no kind “skool”; did you mean “school”?"),
        ("keys: [spells]", "keys: [spells, magic]",
         "15:61: pages of the kind “school” have no field or table “magic”"),
        ("  - key: school", "  - key: spell",
         "16:10: the kind “spell” is defined here a second time"),
        ('{word: School, id: "SC##"}', '{word: Spell, id: "SP##"}',
         "18:31: pages headed “Spell SP##” are of the kind “spell” already"),
        ("- key: cases", "- {key: cases, columns: [{header: A}]}\n          - key: cases",
         "14:18: the key “cases” is used here a second time"),
        ("lists: spell", "lists: spelt", "24:37: the profile has no kind “spelt”; did you mean "
         "“spell”?"),
        ("field: school", "field: skill",
         "24:78: pages of the kind “spell” have no field or table “skill”"),
        ("defines: spell", "defines: spelling",
         "29:18: the profile has no kind “spelling”; did you "
         "mean “spell”?"),
        ("key: school, format", "key: id, format",
         "32:35: the key “id” is used here a second time"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused(tmp_path: Path, old: str, new: str, error: str) -> None:
    assert old in OWN
    assert refused(tmp_path, OWN.replace(old, new, 1)) == f"own.yaml:{error}"


@pytest.mark.parametrize("name", BUILTIN)
def test_the_profiles_that_come_with_the_linter_have_none(name: str) -> None:
    source = files("disarm_schemas").joinpath("profiles", f"{name}.yaml").read_bytes()
    assert list(find_mistakes(read_builtin(source))) == []


@pytest.mark.parametrize("name", BUILTIN)
def test_a_compiled_profile_is_that_of_its_yaml(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    if spec is None or spec.loader is None or importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling, which builds the package, is not installed")
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    source = files("disarm_schemas").joinpath("profiles", f"{name}.yaml").read_bytes()
    compiled = tmp_path / f"{name}.json"
    compiled.write_text(hook.compile_profile(source), "utf-8")
    assert profiles._read_compiled(tmp_path, name, source) == read_builtin(source)
    # An edit of the YAML counts at once, and so does a file that was damaged.
    assert profiles._read_compiled(tmp_path, name, source + b"\n") is None
    compiled.write_text("{")
    assert profiles._read_compiled(tmp_path, name, source) is None
    assert profiles._read_compiled(tmp_path, "other", source) is None


def test_reading_a_compiled_profile_needs_no_yaml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = files("disarm_schemas").joinpath("profiles", f"{BUILTIN[0]}.yaml").read_bytes()
    data = json.loads(json.dumps(read_builtin(source)))
    monkeypatch.setattr(profiles, "_read_compiled", lambda *_: data)
    monkeypatch.setattr(profiles, "read_builtin", lambda _: pytest.fail("read the YAML"))
    load_builtin_profile.cache_clear()
    assert load_builtin_profile(BUILTIN[0]).name == "disarm-1"
    load_builtin_profile.cache_clear()


TEMPLATES = OWN.replace("pages: docs\n", "pages: docs\nedit_marker: NOTES BELOW\n")


@pytest.mark.parametrize(
    ("template", "error"),
    [
        ("{id}", "the template must end with {marker}"),
        ("{scool}{marker}", "there is no field, table or column “scool”; did you mean “school”?"),
        ("{?school}{marker}", "{?school} is not closed by {/}"),
        ("a } b{marker}", "the brace in line 1 begins no place"),
        ("{school:stated}{marker}", "“stated” is no way to write “school”; there are id, named"),
        ("{cases:named}{marker}", "“named” is no way to write “cases”; there are keyed, stated"),
    ],
)
def test_a_template_with_a_mistake_is_refused(tmp_path: Path, template: str, error: str) -> None:
    text = TEMPLATES.replace("name: only\n", f'name: only\n        templates: ["{template}"]\n', 1)
    told = refused(tmp_path, text)
    assert told.startswith("own.yaml:")
    assert error in told


def test_a_template_without_a_mistake_is_read(tmp_path: Path) -> None:
    template = "{id} {?school}in {school:named}{/}{space}{cases:by school}{marker}"
    text = TEMPLATES.replace("name: only\n", f'name: only\n        templates: ["{template}"]\n', 1)
    (tmp_path / "own.yaml").write_text(text)
    assert load_profile(tmp_path / "own.yaml").kinds[0].layouts[0].templates == (template,)
