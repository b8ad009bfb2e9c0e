"""Hundreds of edits, one after the other: with a cache, without, and in new processes the same."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from disarm_lint.cli.main import main
from support import mini_master
from support.cli import lint, write_files
from support.git import GIT, Repo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.program("git")

WORDS = ("T0146", "T0146: Account Aset", "(T0999: Gone)", "TA15", "I00001", "teh  word", "\u200b")
CONFIGS = (
    "ignore: [N401]\n",
    "exclude: ['*_index.md']\n",
    "include: ['notes/*.md']\n",
    "severity: {N401: info}\n",
    "retired: {T0999: T0146}\n",
    "aliases: {T0146: [Account Aset]}\n",
    "select: [ALL]\nignore: [L306]\n",
    "profile: disarm-2\n",
    "unknown: 1\n",
)
FORMATS = ("text", "json", "grouped", "sarif", "csv", "concise")


def pages(root: Path) -> list[Path]:
    return sorted(root.glob("generated_pages/**/*.md"))


def edit_page(root: Path, chance: random.Random) -> None:
    page = chance.choice(pages(root))
    text = page.read_text("utf-8", errors="replace")
    place = chance.randrange(len(text) + 1)
    page.write_text(text[:place] + chance.choice(WORDS) + text[place:], "utf-8")


def spoil_page(root: Path, chance: random.Random) -> None:
    page = chance.choice(pages(root))
    page.write_bytes(
        page.read_bytes() + chance.choice([b"\xff\xfe", b"\0", b"\xc3", b"<<<<<<< a\n"])
    )


def rename_page(root: Path, chance: random.Random) -> None:
    page = chance.choice(pages(root))
    page.rename(page.with_name(f"T{chance.randrange(9999):04}.md"))


def delete_page(root: Path, chance: random.Random) -> None:
    if len(found := pages(root)) > 3:
        chance.choice(found).unlink()


def edit_cell(root: Path, chance: random.Random) -> None:
    sheets = mini_master.framework()
    name = chance.choice(sorted(sheets))
    row = chance.choice(sheets[name])
    row[chance.randrange(len(row))] = chance.choice(WORDS)
    files = mini_master.files(frameworks=sheets)
    write_files(root, {mini_master.FRAMEWORK: files[mini_master.FRAMEWORK]})


def delete_workbook(root: Path, chance: random.Random) -> None:
    (root / chance.choice([mini_master.FRAMEWORK, mini_master.DATA])).unlink(missing_ok=True)


def configure(root: Path, chance: random.Random) -> None:
    place = root.parent if chance.random() < 0.2 else root
    (place / ".disarm-lint.yaml").write_text(chance.choice(CONFIGS))


def clear_config(root: Path, chance: random.Random) -> None:
    for place in (root, root.parent):
        (place / ".disarm-lint.yaml").unlink(missing_ok=True)


def add_file(root: Path, chance: random.Random) -> None:
    write_files(root, {f"notes/{chance.randrange(3)}.md": "# Note\n\nT0146: Acount Asset.\n"})
    write_files(root, {"generated_files/techniques_ids.csv": chance.choice(["T0146\n", "x,\n"])})


def restore(root: Path, chance: random.Random) -> None:
    write_files(root, mini_master.files())


def commit(root: Path, chance: random.Random) -> None:
    Repo(root).git("add", "--all")
    Repo(root).git("commit", "--quiet", "--allow-empty", "--message=Edits")


def touch(root: Path, chance: random.Random) -> None:
    chance.choice(pages(root)).touch()


def spoil_cache(root: Path, chance: random.Random) -> None:
    for file in (root.parent / "cache").rglob("*.bin"):
        if chance.random() < 0.5:
            file.write_bytes(chance.choice([b"", b"noise", file.read_bytes()[:-1]]))


EDITS: tuple[Callable[[Path, random.Random], None], ...] = (
    *(edit_page,) * 5, spoil_page, rename_page, delete_page, edit_cell, edit_cell, delete_workbook,
    configure, configure, clear_config, clear_config, add_file, restore, restore, commit, touch,
    spoil_cache,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_a_cache_changes_no_byte(
    tmp_path: Path,
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    chance = random.Random(seed)
    root = Repo.create(tmp_path / "corpus").folder
    restore(root, chance)
    commit(root, chance)
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, value in {**GIT, "PYTHONIOENCODING": "utf-8"}.items():
        monkeypatch.setenv(name, value)

    def check(*arguments: str) -> tuple[int, bytes, bytes]:
        status = main(["check", *arguments])
        return (status, *capsysbinary.readouterr())

    statuses = set()
    for turn in range(80):
        edit = chance.choice(EDITS)
        edit(root, chance)
        chosen: tuple[str, ...] = ("--output-format", chance.choice(FORMATS))
        if chance.random() < 0.3:
            chosen = (*chosen, str(chance.choice(pages(root)).relative_to(root)))
        plain = check(*chosen, "--no-cache")
        assert check(*chosen) == plain, (turn, edit.__name__)
        assert check(*chosen) == plain, (turn, edit.__name__)
        statuses.add(plain[0])
        if turn % 20 == 0:
            extra = {"XDG_CACHE_HOME": str(tmp_path / "cache"), **GIT}
            for options in (chosen, (*chosen, "--no-cache")):
                done = lint(*options, cwd=root, **extra)
                assert (done.status, done.raw, done.raw_errors) == plain, (turn, options)
    assert 1 in statuses
