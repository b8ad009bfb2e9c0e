"""An invented framework through a profile of its own: another kind or field is a matter of YAML."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

import disarm_rules
from disarm_lint.config.profile import build_profile, load_profile
from disarm_lint.model.config import ConfigError
from disarm_lint.parse.mentions import build_id_finder
from disarm_lint.project import lint_contents
from disarm_lint.ruleset import load_rules

if TYPE_CHECKING:
    from pathlib import Path

    from disarm_lint.model.profile import Profile
    from disarm_lint.project import LintRun

# Nothing here has a word in common with DISARM: kinds, ids, folders, labels, marker.
PROFILE = """\
schema_version: 1
name: stagecraft
title: A framework of ploys in acts
pages: handbook
edit_marker: NOTES OF THE READER BELOW THIS LINE

kinds:
  - key: ploy
    title: ploy
    folder: ploys
    forms:
      - {word: Ploy, id: "PL###", sub: ".##"}
    layouts:
      - name: plain
        bulleted: false
        fields:
          - {key: gist, label: Gist, value: required, format: prose}
          - key: act
            label: Played in
            value: required
            format: named
            refers_to: act
            listed_in: ploys
          - key: parent
            label: Variant of
            presence: optional
            format: named
            refers_to: ploy
            parent: true
        tables: []
  - key: act
    title: act
    folder: plan/acts
    forms:
      - {word: Act, id: "AC##"}
    layouts:
      - name: bulleted
        bulleted: true
        fields:
          - {key: gist, label: Gist, value: required, format: prose}
        tables:
          - key: ploys
            lists_members: true
            columns:
              - {header: Ploys of this act, format: link, refers_to: ploy}

indexes:
  - key: contents
    file: contents.md
    lists: ploy
    columns:
      - {header: number, format: id}
      - {header: title, format: name}
"""

END = "NOTES OF THE READER BELOW THIS LINE\n"


def ploy(id_: str, name: str, gist: str, more: str = "") -> str:
    return f"# Ploy {id_}: {name}\n\n**Gist**: {gist}\n\n**Played in**: AC01 Opening{more}\n\n{END}"


def act(*ploys: tuple[str, str]) -> str:
    rows = "".join(f"| [{id_} {name}](../../ploys/{id_}.md) |\n" for id_, name in ploys)
    table = f"| Ploys of this act |\n| --- |\n{rows}"
    return f"# Act AC01: Opening\n\n* **Gist:** The first.\n\n\n{table}\n\n{END}"


def contents(*ploys: tuple[str, str]) -> str:
    rows = "".join(
        f'<tr>\n<td><a href="ploys/{id_}.md">{id_}</a></td>\n<td>{name}</td>\n</tr>\n'
        for id_, name in ploys
    )
    head = "<tr>\n<th>number</th>\n<th>title</th>\n</tr>\n"
    return f'# Contents\n\n<table border="1">\n{head}{rows}</table>\n'


ALL = (("PL001", "False Beard"), ("PL001.01", "False Grey Beard"), ("PL002", "Trapdoor"))
PARENT = "<br><br>**Variant of:** PL001 False Beard"
GOOD = {
    "handbook/contents.md": contents(*ALL),
    "handbook/plan/acts/AC01.md": act(*ALL),
    "handbook/ploys/PL001.md": ploy("PL001", "False Beard", "Often before PL002: Trapdoor."),
    "handbook/ploys/PL001.01.md": ploy("PL001.01", "False Grey Beard", "Grey.", PARENT),
    "handbook/ploys/PL002.md": ploy("PL002", "Trapdoor", "A door in the floor (AC01: Opening)."),
}


def profile(text: str = PROFILE) -> Profile:
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return build_profile(data)


def lint(files: dict[str, str], text: str = PROFILE) -> LintRun:
    return lint_contents(files, load_rules(disarm_rules), profile=profile(text))


def codes(files: dict[str, str], text: str = PROFILE) -> list[tuple[str, str]]:
    rules = {loaded.rule.code for loaded in load_rules(disarm_rules) if loaded.rule.default}
    found = lint(files, text).outcome.findings
    return [(finding.rule, finding.location.path) for finding in found if finding.rule in rules]


def test_clean_pages_of_an_invented_framework() -> None:
    run = lint(GOOD)
    assert run.corpus.known
    assert set(run.corpus.registry.entities) == {"PL001", "PL001.01", "PL002", "AC01"}
    assert codes(GOOD) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "code"),
    [
        ("ploys/PL001.md", "PL002: Trapdoor", "PL002: Trap-Door", "N401"),
        ("ploys/PL001.md", "PL002: Trapdoor", "PL092: Trapdoor", "R201"),
        ("ploys/PL001.md", "PL002: Trapdoor", "PL0002: Trapdoor", "R202"),
        ("ploys/PL001.md", "# Ploy PL001", "# Technique PL001", "S101"),
        ("ploys/PL001.md", "**Gist**: Often before PL002: Trapdoor.\n\n", "", "S103"),
        ("ploys/PL001.md", "**Gist**", "**Gits**", "S104"),
        ("ploys/PL001.md", END, "", "S107"),
        ("ploys/PL001.01.md", "Grey.", "", "S108"),
        ("ploys/PL001.01.md", "of:** PL001 False Beard", "of:** PL002 Trapdoor", "R203"),
        ("ploys/PL002.md", "AC01 Opening", "AC01 Ouverture", "N403"),
        ("plan/acts/AC01.md", "| [PL002 Trapdoor](../../ploys/PL002.md) |\n", "", "R204"),
        ("plan/acts/AC01.md", "Ploys of this act", "Ploys", "S105"),
        ("contents.md", "Trapdoor", "Trap", "C603"),
    ],
)
def test_a_mistake_is_found(path: str, old: str, new: str, code: str) -> None:
    path = f"handbook/{path}"
    assert old in GOOD[path]
    files = GOOD | {path: GOOD[path].replace(old, new)}
    assert [found for found, _ in codes(files)] == [code]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PL001.01, PL002", ["PL001.01", "PL002"]),
        ("PL001PL002", ["PL001", "PL002"]),
        # Ids of another framework, or of too many digits, are none of this one's.
        ("T0001, PL0010, xPL001 and PL001.001", []),
    ],
)
def test_flawless_ids_have_the_shapes_of_the_profile(text: str, expected: list[str]) -> None:
    assert build_id_finder(profile()).find_flawless(text) == expected


def test_a_cell_that_has_to_be_a_link_names_an_id_of_the_profile() -> None:
    lost = "| <b>[PL001.01</b> False Grey Beard] |\n"
    page = GOOD["handbook/plan/acts/AC01.md"]
    row = "| [PL001.01 False Grey Beard](../../ploys/PL001.01.md) |\n"
    files = {**GOOD, "handbook/plan/acts/AC01.md": page.replace(row, lost)}
    (found,) = (f for f in lint(files).outcome.findings if f.rule == "L308")
    assert found.suggestion == row.strip("| \n")


def test_renaming_a_field_is_an_edit_of_yaml() -> None:
    renamed = {path: text.replace("Played in", "Seen in") for path, text in GOOD.items()}
    assert "S104" in {code for code, _ in codes(renamed)}
    assert codes(renamed, PROFILE.replace("Played in", "Seen in")) == []
    both = PROFILE.replace("label: Played in", "label: [Seen in, Played in]")
    assert codes(renamed, both) == []
    assert codes(GOOD, both) == []


def test_adding_a_kind_is_an_edit_of_yaml() -> None:
    prop = """\
  - key: prop
    title: prop
    folder: props
    forms: [{word: Prop, id: "X####"}]
    layouts:
      - name: bulleted
        fields:
          - {key: used_by, label: Used by, value: required, format: named, refers_to: ploy}
        tables: []
"""
    with_props = PROFILE.replace("\nindexes:", f"{prop}\nindexes:")
    page = f"# Prop X0001: Glue\n\n* **Used by:** PL001 False Beard\n\n{END}"
    files = GOOD | {"handbook/props/X0001.md": page}
    # Without the kind the file is no page of the framework, and its ids mean nothing.
    assert codes(files) == [("S111", "handbook/props/X0001.md")]
    assert codes(files, with_props) == []
    text = files["handbook/ploys/PL001.md"].replace("before PL002", "with X0002, before PL002")
    files["handbook/ploys/PL001.md"] = text
    assert codes(files, with_props) == [("R201", "handbook/ploys/PL001.md")]
    bad = files | {"handbook/props/X0001.md": page.replace("False Beard", "Fake Beard")}
    assert ("N403", "handbook/props/X0001.md") in codes(bad, with_props)


def run_check(folder: Path) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key != "FORCE_COLOR"}
    return subprocess.run(
        [sys.executable, "-m", "disarm_lint", "check", ".", "--output-format", "concise"],
        cwd=folder,
        env=env | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        check=False,
    )


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8"))


def test_profile_that_the_configuration_names(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "stagecraft.yaml").write_text(PROFILE, "utf-8")
    (tmp_path / ".disarm-lint.yaml").write_text("profile: stagecraft.yaml\n", "utf-8")
    done = run_check(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    page = tmp_path / "handbook/ploys/PL001.md"
    page.write_text(page.read_text("utf-8").replace("Trapdoor", "Trapdoors"), "utf-8")
    done = run_check(tmp_path)
    assert done.returncode == 1
    assert "handbook/ploys/PL001.md:3:31" in done.stdout
    assert "N401" in done.stdout


def test_error_in_a_profile_is_one_line_with_its_place(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    wrong = PROFILE.replace("refers_to: act\n", "refers_to: akt\n")
    (tmp_path / "stagecraft.yaml").write_text(wrong, "utf-8")
    (tmp_path / ".disarm-lint.yaml").write_text("profile: stagecraft.yaml\n", "utf-8")
    line = 1 + wrong[: wrong.index("akt")].count("\n")
    done = run_check(tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"stagecraft.yaml:{line}:")
    assert "akt" in done.stderr
    assert "act" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("[" * 3000 + "]" * 3000, "the file nests more than 50 levels deep"),
        ("9" * 5000, "this number is too large"),
    ],
)
def test_numbers_and_levels_without_end_are_one_line(
    tmp_path: Path, value: str, error: str
) -> None:
    file = tmp_path / "profile.yaml"
    file.write_text(f"extra: {value}\n{PROFILE}")
    with pytest.raises(ConfigError, match=rf"profile\.yaml:1:[0-9]+: {error}\Z"):
        load_profile(file)
