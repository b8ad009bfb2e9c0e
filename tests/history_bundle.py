"""The history of the published pages, where it is present."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from git_support import Repo

BUNDLE = Path(__file__).resolve().parents[2] / "shared/corpora/disarm-pages-history.bundle"

MARKS = [
    pytest.mark.corpus,
    pytest.mark.skipif(not BUNDLE.is_file(), reason="the history of the pages is not here"),
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Clone the history."""
    folder = tmp_path_factory.mktemp("history")
    Repo(folder).git("clone", "--quiet", "--branch=main", str(BUNDLE), "pages")
    return Repo(folder / "pages")
