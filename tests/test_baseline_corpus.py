"""A baseline of a published corpus: the gate is green, and any seeded defect turns it red."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from disarm_lint.model.baseline import BASELINE_NAME as NAME
from support.cli import Result, lint
from support.mini import MARKER
from support.published import CORPORA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CORPUS = CORPORA / "disarm-1.6"

pytestmark = [
    pytest.mark.corpus,
]

PAGE = "generated_pages/techniques/T0146.001.md"
TACTIC = "**Tactic**: TA15 Establish Assets"


def noted(text: str | bytes) -> Callable[[bytes], bytes]:
    data = text.encode() if isinstance(text, str) else text
    return lambda page: page + b"\n" + data + b"\n"


def swapped(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(page: bytes) -> bytes:
        assert old.encode() in page
        return page.replace(old.encode(), new.encode(), 1)

    return change


SEEDS: dict[str, Callable[[bytes], bytes]] = {
    "S101": swapped("# Technique T0146.001:", "# Tecnique T0146.001:"),
    "S103": swapped(f"{TACTIC} <br>", ""),
    "S104": swapped("**Tactic**", "**Tacitc**"),
    "S107": swapped(MARKER, ""),
    "S109": noted("An <i>open tag."),
    "S113": swapped("| Counters", "A line by hand.\n\n| Counters"),
    "R201": noted("See T0999: Something."),
    "R202": noted("See T0146:001."),
    "R203": swapped("T0146 Account Asset", "T0147 Software Asset"),
    "R204": swapped(TACTIC, "**Tactic**: TA01 Plan Strategy"),
    "L301": noted("See [the page](T0999.md)."),
    "L302": noted("See [T0146 Account Asset](T0115.md)."),
    "L305": noted("See [this](https://exa mple.org)."),
    "L307": noted("See (this)[https://example.org]."),
    "N401": noted("See T0146: Acount Asset."),
    "N402": noted("See [T0146 Acount Asset](T0146.md)."),
    "N403": swapped("T0146 Account Asset", "T0146 Acount Asset"),
    "T501": noted(b"A caf\xe9."),
    "T503": noted("One\u200bword."),
    "T504": noted("A bell \x07."),
    "T505": lambda page: page.replace(b"\n", b"\r\n"),
}


def check(root: Path, *arguments: str) -> Result:
    return lint("check", "--output-format", "json", "--fail-on", "info", *arguments, cwd=root)


def shown(result: Result) -> list[str]:
    return [f"{f['rule']} {f['path']}" for f in json.loads(result.raw)["findings"]]


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the corpus with a baseline."""
    root = tmp_path_factory.mktemp("adopted")
    shutil.copytree(CORPUS / "generated_pages", root / "generated_pages")
    for path in (root, *root.rglob("*")):
        path.chmod(path.stat().st_mode | 0o700)
    assert lint("baseline", "create", cwd=root).status == 0
    return root


@pytest.fixture
def page(adopted: Path) -> Iterator[Path]:
    path = adopted / PAGE
    before = path.read_bytes()
    yield path
    path.write_bytes(before)


@pytest.fixture
def baseline(adopted: Path) -> Iterator[Path]:
    path = adopted / NAME
    before = path.read_bytes()
    yield path
    path.write_bytes(before)


def test_the_gate_is_green(adopted: Path) -> None:
    done = check(adopted, "--strict-baseline")
    assert (done.status, shown(done), done.err) == (0, [], "")
    total = json.loads(done.raw)["summary"]["baselined"]
    assert total == len(shown(check(adopted, "--no-baseline"))) > 500
    text = (adopted / NAME).read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("- {")]
    assert len(lines) == len({json.loads(line[2:])["fingerprint"] for line in lines}) == total


# Defects that do not touch each other are planted at once: a run of the corpus takes seconds.
TOGETHER = [
    (
        "S109",
        "R201",
        "R202",
        "L301",
        "L302",
        "L305",
        "L307",
        "N401",
        "N402",
        "T501",
        "T503",
        "T504",
    ),
    ("S107", "R203", "T505"),
    ("S113", "N403"),
    ("S101",),
    ("S103",),
    ("S104",),
    ("R204",),
]


def test_every_seed_is_planted() -> None:
    assert sorted(rule for rules in TOGETHER for rule in rules) == sorted(SEEDS)


@pytest.mark.parametrize("rules", TOGETHER, ids="-".join)
def test_seeded_defects_turn_it_red(adopted: Path, page: Path, rules: tuple[str, ...]) -> None:
    for rule in rules:
        page.write_bytes(SEEDS[rule](page.read_bytes()))
    done = check(adopted)
    assert (done.status, sorted(shown(done))) == (1, sorted(f"{rule} {PAGE}" for rule in rules))


def test_a_deleted_page_turns_it_red(adopted: Path, page: Path) -> None:
    page.unlink()
    done = check(adopted)
    assert done.status == 1
    found = shown(done)
    assert any(item.startswith("L301 ") for item in found) or any(
        item.startswith("C604 ") for item in found
    )


def test_mending_takes_out_exactly_its_entries(adopted: Path, baseline: Path) -> None:
    before = baseline.read_text("utf-8").replace('"reason": ""', '"reason": "old days"')
    baseline.write_text(before, "utf-8")
    entries = {e["fingerprint"]: e for e in YAML(typ="safe").load(before)["entries"]}
    # One wrong name, at each place of one page at which it stands.
    wanted = {
        key
        for key, e in entries.items()
        if e["rule"] == "N401" and e["text"] == "Develop AI-Generated Video (Deepfakes)"
    }
    places = {entries[key]["path"] for key in wanted}
    mended = sorted(places)[0]
    wanted = {key for key in wanted if entries[key]["path"] == mended}
    path = adopted / mended
    kept = path.read_bytes()
    (right,) = {
        f["suggestion"]
        for f in json.loads(check(adopted, "--no-baseline", "--select", "N401").raw)["findings"]
        if f["fingerprint"] in wanted
    }
    wrong = "T0087.001: Develop AI-Generated Video (Deepfakes)"
    path.write_bytes(kept.replace(wrong.encode(), f"T0087.001: {right}".encode()))
    try:
        done = check(adopted, "--strict-baseline")
        assert (done.status, set(shown(done))) == (1, {f"X902 {NAME}"})
        assert len(shown(done)) == len(wanted)
        assert lint("baseline", "update", cwd=adopted).status == 0
        after = baseline.read_text("utf-8")
        left = {e["fingerprint"]: e for e in YAML(typ="safe").load(after)["entries"]}
        assert left == {key: e for key, e in entries.items() if key not in wanted}
        assert after.count('"reason": "old days"') == len(left)
        assert set(after.splitlines()) <= set(before.splitlines())
        assert check(adopted, "--strict-baseline").status == 0
    finally:
        path.write_bytes(kept)
