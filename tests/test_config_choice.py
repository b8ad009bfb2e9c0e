"""Which configuration governs a corpus, and that no other is passed over in silence."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from support.cli import lint, write_corpus

ONLY = "select: [{}]\n"
TABLE = '[tool.{}]\nselect = ["{}"]\n'


def ran(folder: Path, *arguments: str) -> tuple[set[str], list[str]]:
    """Return the rules that were selected, and what stderr says."""
    result = lint("config", "show", *arguments, cwd=folder)
    rules = [line.strip() for line in result.out.splitlines()]
    found = {line[:4] for line in rules if line.endswith((": error", ": warning", ": info"))}
    return found, result.err.splitlines()


def test_a_configuration_with_the_short_suffix_is_read(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    (tmp_path / ".disarm-lint.yml").write_text(ONLY.format("N401"), "utf-8")
    assert ran(tmp_path) == ({"N401"}, [])


@pytest.mark.parametrize(
    "name",
    [
        "disarm-lint.yaml", ".disarm_lint.yaml", ".disarmlint.yml", ".disarm-lint.json",
        "disarm-lint.toml", ".disarm-lint",
    ],
)  # fmt: skip
def test_a_misnamed_configuration_is_told(tmp_path: Path, name: str) -> None:
    write_corpus(tmp_path)
    (tmp_path / name).write_text(ONLY.format("N401"), "utf-8")
    rules, told = ran(tmp_path)
    assert len(rules) > 1
    assert told == [
        f"disarm-lint: “{name}” is not read: a configuration is called .disarm-lint.yaml"
    ]


@pytest.mark.parametrize("table", ["disarm_lint", "disarmlint"])
def test_a_misnamed_table_is_told(tmp_path: Path, table: str) -> None:
    write_corpus(tmp_path)
    (tmp_path / "pyproject.toml").write_text(TABLE.format(table, "N401"), "utf-8")
    rules, told = ran(tmp_path)
    assert len(rules) > 1
    assert told == [
        "disarm-lint: “pyproject.toml” is not read: its table has to be called [tool.disarm-lint]"
    ]


def test_a_second_configuration_in_a_folder_is_told(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    (tmp_path / ".disarm-lint.yaml").write_text(ONLY.format("N401"), "utf-8")
    (tmp_path / ".disarm-lint.yml").write_text(ONLY.format("R201"), "utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE.format("disarm-lint", "R202"), "utf-8")
    rest = "is not read as a configuration: .disarm-lint.yaml is the one"
    told = [f"disarm-lint: “{name}” {rest}" for name in (".disarm-lint.yml", "pyproject.toml")]
    assert ran(tmp_path) == ({"N401"}, told)
    # Another table of a pyproject.toml is none of ours.
    (tmp_path / "pyproject.toml").write_text(TABLE.format("ruff", "R202"), "utf-8")
    assert ran(tmp_path) == ({"N401"}, told[:1])


@pytest.mark.skipif(os.name != "posix", reason="named pipes")
def test_what_is_no_regular_file_turns_no_settings_off_in_silence(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    os.mkfifo(tmp_path / ".disarm-lint.yaml")
    (tmp_path / ".disarm-lint.yml").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pyproject.toml")
    told = [
        f"disarm-lint: “{name}” is not read as a configuration: it is not a regular file"
        for name in (".disarm-lint.yaml", ".disarm-lint.yml", "pyproject.toml")
    ]
    rules, said = ran(tmp_path)
    assert len(rules) > 1
    assert said == told


def test_what_check_warns_of_it_warns_of_each_time(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    (tmp_path / "disarm-lint.yaml").write_text(ONLY.format("N401"), "utf-8")
    first, second = (lint("check", cwd=tmp_path) for _ in range(2))
    assert "is not read" in first.err
    assert second.err == first.err


def test_the_nearest_configuration_governs_a_corpus_that_is_linted_from_above(
    tmp_path: Path,
) -> None:
    for name, rule in (("one", "N401"), ("two", "R201"), ("three", "")):
        write_corpus(tmp_path / name)
        if rule:
            (tmp_path / name / ".disarm-lint.yaml").write_text(ONLY.format(rule), "utf-8")
    (tmp_path / ".disarm-lint.yaml").write_text(ONLY.format("R202"), "utf-8")
    result = lint("config", "show", cwd=tmp_path)
    found = re.findall(r"^config: (\S*)$|^rules-in-force:\n  (\w+)", result.out, re.MULTILINE)
    told = [config or rule for config, rule in found]
    assert dict(zip(told[::2], told[1::2], strict=True)) == {
        ".disarm-lint.yaml": "R202",
        "one/.disarm-lint.yaml": "N401",
        "two/.disarm-lint.yaml": "R201",
    }
    # One that is named governs all of them.
    result = lint("config", "show", "--config", ".disarm-lint.yaml", cwd=tmp_path)
    assert result.out.count("config: .disarm-lint.yaml") == 4


def test_config_show_has_the_workbooks(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    text = 'master-data: ["data/*.xlsx"]\n'
    (tmp_path / ".disarm-lint.yaml").write_text(text, "utf-8")
    result = lint("config", "show", cwd=tmp_path)
    assert "master-data:\n  - data/*.xlsx\nworkbooks: []\n" in result.out
