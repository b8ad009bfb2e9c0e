"""Corpora that are not what the profile thinks: other ids, headings without ids, other pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support import mini
from support.cli import lint

if TYPE_CHECKING:
    from pathlib import Path

TECHNIQUE = "generated_pages/techniques/T0115.md"


def renamed(old: str, new: str) -> dict[str, str]:
    """Return the sound corpus with other ids, in texts and in file names."""
    return {path.replace(old, new): text.replace(old, new) for path, text in mini.corpus().items()}


def test_ids_that_pages_define_are_no_malformed_ids() -> None:
    """All tactics have one digit instead of two: it is the profile that is wrong."""
    found = mini.told(renamed("TA0", "TA"))
    assert [line for line in found if "R202" in line or "R201" in line] == []


def test_ids_that_an_index_defines_are_no_malformed_ids() -> None:
    files = mini.corpus()
    rows: list[tuple[str, ...]] = [("D1", "Detect", "Notice."), ("D2", "Deny", "Prevent.")]
    files["generated_pages/responsetype_index.md"] = mini.index(
        "Response types", "response types", "disarm_id name summary", rows
    )
    files[TECHNIQUE] = files[TECHNIQUE].replace("What ", "Against it, (D1: Detect) helps. What ", 1)
    assert [line for line in mini.told(files) if "R20" in line] == []
    files[TECHNIQUE] = files[TECHNIQUE].replace("(D1: Detect)", "(D1: Detects)")
    assert "N401 techniques/T0115.md:3:31" in mini.told(files)


def test_one_slip_among_right_ids_stays_one() -> None:
    files = mini.corpus()
    index = "generated_pages/techniques_index.md"
    assert "T0115" in files[index]
    files[index] = files[index].replace("T0115", "T00115")
    assert any("R202" in line for line in mini.told(files))


def heading(line: str) -> list[tuple[str, str | None]]:
    files = mini.corpus()
    rest = files[TECHNIQUE].split("\n", 1)[1]
    files[TECHNIQUE] = f"{line}\n{rest}"
    return [(f.message, f.suggestion) for f in mini.findings(files) if f.rule == "S101"]


@pytest.mark.parametrize(
    "written",
    [
        "# Technique: {}",
        "# {}",
        "# Tactic T0115: {}",
        "#Technique T0115: {}",
        "Technique T0115: {}",
        "## Technique T0115: {}",
        "# Technique T0115 {}",
        "# Technique T0115:{}",
        "# Technique T0115 - {}",
        "# Technique T015: {}",
    ],
)
def test_the_heading_that_is_meant_is_suggested(written: str) -> None:
    name = mini.corpus()[TECHNIQUE].partition("\n")[0].partition(": ")[2]
    ((_, suggestion),) = heading(written.format(name))
    assert suggestion == f"# Technique T0115: {name}"


@pytest.mark.parametrize("written", ["# Technique T0009: X Y", "# T0009: Other", "# Technique : "])
def test_no_heading_is_suggested_where_another_may_be_meant(written: str) -> None:
    assert [suggestion for _, suggestion in heading(written) if suggestion] == []


def test_a_name_is_not_cut_at_its_colon() -> None:
    ((_, suggestion),) = heading("# Fog Bank: Second Wave")
    assert suggestion == "# Technique T0115: Fog Bank: Second Wave"


def test_a_page_that_has_lost_its_id_is_no_empty_row() -> None:
    files = mini.corpus()
    rest = files[TECHNIQUE].split("\n", 1)[1]
    files[TECHNIQUE] = f"# Technique: Name\n{rest}"
    assert [line for line in mini.told(files) if "C605" in line] == []


def test_pages_of_another_framework_are_told_in_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "generated_pages" / "techniques"
    folder.mkdir(parents=True)
    for number in range(3):
        (folder / f"T000{number}.md").write_text(f"# Tactique T000{number} : Peindre\n\nTexte\n")
    done = lint("--output-format", "concise", cwd=tmp_path)
    assert done.status == 0
    assert done.err == (
        "disarm-lint: 3 of 3 files do not fit the profile disarm-1: only their text was "
        "checked, not their structure. Another framework needs a profile of its own "
        "(docs/profiles.md)\n"
    )
    (folder / "T0001.md").write_text("# Technique T0001: Paint\n\n**Summary**: Paint.\n")
    (folder / "T0002.md").write_text("# Technique T0002: Sink\n\n**Summary**: Sink.\n")
    assert "do not fit" not in lint("--output-format", "concise", cwd=tmp_path).err
