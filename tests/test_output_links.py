"""No command writes through a link that a stranger may have put where its output goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.cli import lint, write_corpus

COMMANDS = [
    (("baseline", "create"), ".disarm-lint-baseline.yaml"),
    (("baseline", "create", "--force"), ".disarm-lint-baseline.yaml"),
    (("audit",), "disarm-lint-audit.html"),
    (("audit", "--csv", "out.csv"), "out.csv"),
    (("audit", "--csv", "out.csv"), "out-causes.csv"),
    (("check", "--output", "sarif:out.sarif"), "out.sarif"),
    (("check", "--output-file", "folder/out.txt"), "folder"),
    (("fix", "--changes", "list.json"), "list.json"),
]


@pytest.mark.parametrize("is_repository", [True, False])
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize(("command", "name"), COMMANDS, ids=lambda part: str(part))
def test_a_link_out_is_refused(
    tmp_path: Path, command: tuple[str, ...], name: str, there: bool, is_repository: bool
) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    if is_repository:
        (corpus / ".git").mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    target = outside if name == "folder" else outside / "file"
    if there and name != "folder":
        target.write_text("mine", "utf-8")
    (corpus / name).symlink_to(target)
    before = {path: path.read_bytes() for path in outside.iterdir()}
    done = lint(*command, cwd=corpus)
    assert done.status == 2
    assert len(done.err.splitlines()) == 1
    if "baseline" not in command:
        where = "repository" if is_repository else "current folder"
        assert f"a link that leads out of the {where}; name the place itself" in done.err
    assert {path: path.read_bytes() for path in outside.iterdir()} == before


def test_a_link_inside_and_a_place_outside_are_written(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    (corpus / ".git").mkdir()
    (corpus / "reports").mkdir()
    (corpus / "out").symlink_to("reports")
    assert lint("--output-file", "out/a.txt", cwd=corpus).status == 1
    assert (corpus / "reports/a.txt").exists()
    assert lint("--output-file", str(tmp_path / "b.txt"), cwd=corpus).status == 1
    assert (tmp_path / "b.txt").exists()
