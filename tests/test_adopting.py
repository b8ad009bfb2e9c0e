"""The page on adopting the linter, run as it stands, command by command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from support import mini
from support.git import GIT, Repo
from support.published import CORPORA, ROOT

PAGE = ROOT / "docs/adopting.md"
CORPUS = CORPORA / "disarm-1.6"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\.disarm-lint\.yaml|\.pre-commit-config\.yaml)\n")


@dataclass(frozen=True)
class Step:
    """A command of the page, what it shows, and the exit status that the page states."""

    command: str
    shown: tuple[str, ...]
    status: int | None = None


def blocks() -> list[tuple[str, str]]:
    return _BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def steps(block: str) -> list[Step]:
    found: list[Step] = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        if command == "echo $?":
            last = found.pop()
            found.append(Step(last.command, last.shown, int(shown[0])))
        else:
            found.append(Step(command, tuple(shown)))
    return found


def small_corpus() -> dict[str, str]:
    """Return a corpus with some of the mistakes that the page speaks of."""
    evidence = (
        "They hid (T0121.001: Bypass Content Bocking, T0097:109: Local Persona, "
        "T0143.208: Social Cause Persona)."
    )
    names = {
        "T0121": "Manipulate Algorithms",
        "T0121.001": "Bypass Content Blocking",
        "T0097": "Present Persona",
        "T0097.109": "Local Persona",
        "T0097.208": "Social Cause Persona",
    }
    seen = f"| {mini.link('incidents', 'I00001', 'The First Case')} | {evidence} |\n"
    files = mini.corpus()
    for entity_id, name in names.items():
        parent = entity_id.partition(".")[0]
        files[f"{mini.PAGES}/techniques/{entity_id}.md"] = mini.technique(
            entity_id,
            name,
            "TA15 Establish Assets",
            parent=f"{parent} {names[parent]}" if parent != entity_id else "",
            rows=seen if entity_id == "T0121.001" else "",
        )
    # What the index does not list is an orphan, and no witness.
    known = {"T0115": "Post Content", "T0146": "Account Asset", **names}
    files[f"{mini.PAGES}/techniques_index.md"] = mini.index(
        "Techniques", "techniques", "disarm_id name", sorted(known.items())
    )
    files[f"{mini.PAGES}/incidents/I00001.md"] = mini.incident(
        "I00001",
        "The First Case",
        f"| {mini.link('techniques', 'T0121.001', 'Bypass Content Blocking')} | {evidence} |\n",
    )
    files[f"{mini.PAGES}/detections_index.md"] = mini.index(
        "Detections", "detections", "disarm_id name", [("D00001", "Look")]
    )
    return files


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {
        key: os.environ[key] for key in ("HOME", "TMPDIR", "XDG_CACHE_HOME") if key in os.environ
    }
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**kept, **GIT, "PATH": programs, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def follow(folder: Path) -> list[tuple[Step, str]]:
    """Do what the page says, in its order; return each command with its output."""
    done = []
    for language, text in blocks():
        if language == "yaml" and (named := _FILE.match(text)):
            (folder / named[1]).write_text(text, encoding="utf-8")
        for step in steps(text) if language == "console" else ():
            result = run(step.command, folder)
            expected = step.status or 0
            assert result.returncode == expected, f"{step.command}\n{result.stdout}"
            done.append((step, result.stdout))
    return done


@pytest.mark.program("bash", "git", "perl")
def test_the_page_can_be_followed_on_a_small_corpus(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "a corpus")
    for path, text in small_corpus().items():
        file = repo.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Release")
    done = follow(repo.folder)
    assert len(done) > 20
    # Some output each, but for the commands of git and perl that print nothing.
    for step, output in done:
        assert bool(output) == bool(step.shown), f"{step.command}\n{output}"


def loose(line: str) -> str:
    """Return a line without its numbers and ids, which better rules change."""
    return re.sub(r"\s+", " ", re.sub(r"[0-9][0-9,]*", "0", line)).strip()


@pytest.mark.program("bash", "git", "perl")
@pytest.mark.corpus
def test_the_page_shows_what_the_commands_print_on_the_published_corpus(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    shutil.copytree(CORPUS / mini.PAGES, folder / mini.PAGES)
    repo = Repo.create(folder)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "Release 1.6")
    for step, output in follow(folder):
        printed = {loose(line) for line in output.splitlines()}
        shown = [line for line in map(loose, step.shown) if line and line != "…"]
        assert all(line in printed for line in shown), f"{step.command}\n{output}"


def test_every_command_of_the_linter_in_the_text_is_one_that_it_has() -> None:
    text = re.sub(r"\s+", " ", PAGE.read_text(encoding="utf-8"))
    used = set(re.findall(r"`(?:disarm-lint |git commit )?(?:[\w ]*?)(--[\w-]+)", text))
    helps = "".join(
        run(f"disarm-lint {command} --help", ROOT).stdout for command in ("check", "baseline")
    )
    assert used
    assert {option for option in used if option not in helps} == {"--no-verify"}
