"""--output, --output-format and --max-findings, with the program itself."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import xmlschema

from disarm_lint.cli.main import main
from disarm_lint.report.formats import FORMATS
from support.cli import lint, write_corpus, write_files
from support.formats import SCHEMAS, command_of, schema
from support.git import Repo
from support.published import CORPORA, ROOT

WRONG = {
    "techniques/T0001.md": "# Technique T0001: Real Name\n",
    "techniques/T0002.md": "# Technique T0002: Other Name\n\nSee (T0001: Reel Name).\n",
}
# A page that nobody would write, and its name.
NASTY_NAME = "::error title=a,b::50% |`@u` <b> 😀 \x1b[31m;'\".md"
NASTY_PAGE = (
    "# Notes\n\n::error::x (T0001: Reel Name ##[error]y) and (T0001: Reel Nome %0A | `@u` <b>)\n"
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", WRONG)


def test_several_formats_in_one_run(corpus: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# From a step before\n", encoding="utf-8")
    result = lint(
        "--output-format=github",
        "--output=sarif:out.sarif",
        "--output",
        f"markdown:{summary}",
        "--output=json:out.json",
        cwd=corpus,
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert result.status == 1, result.err
    assert result.err == ""
    commands = [command_of(line) for line in result.lines]
    assert all(commands)
    told = json.loads((corpus / "out.json").read_bytes())
    results = json.loads((corpus / "out.sarif").read_bytes())["runs"][0]["results"]
    assert len(told["findings"]) == len(results) > 11
    # One for each root cause; one more says that GitHub does not show all.
    assert len(commands) == len(told["root_causes"]) + 1 > 11
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("# From a step before\n## disarm-lint\n\nFound ")
    assert sorted(p.name for p in corpus.iterdir()) == ["generated_pages", "out.json", "out.sarif"]


def test_other_files_are_replaced(corpus: Path) -> None:
    file = corpus / "out.md"
    file.write_text("old\n", encoding="utf-8")
    for _ in range(2):
        lint("--output", "markdown:out.md", cwd=corpus, GITHUB_STEP_SUMMARY="elsewhere.md")
    assert file.read_text(encoding="utf-8").startswith("## disarm-lint")
    assert file.read_text(encoding="utf-8").count("## disarm-lint") == 1


def test_text_still_goes_to_stdout_beside_a_file(corpus: Path) -> None:
    beside = lint("--output", "csv:out.csv", cwd=corpus)
    assert beside.raw == lint(cwd=corpus).raw
    rows = list(csv.DictReader(io.StringIO((corpus / "out.csv").read_text(encoding="utf-8-sig"))))
    assert {row["rule"] for row in rows} >= {"N401"}


def test_an_output_to_stdout_takes_the_place_of_the_text(corpus: Path) -> None:
    first = lint("--output", "json-lines:-", "--output", "text:out.txt", cwd=corpus)
    assert [json.loads(line)["rule"] for line in first.lines]
    assert "Found " in (corpus / "out.txt").read_text(encoding="utf-8")
    filed = lint("--output-file", "a.txt", "--output", "concise:-", cwd=corpus)
    assert filed.raw == lint("--output-format", "concise", cwd=corpus).raw
    assert "Found " in (corpus / "a.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output", "sarf:x"], "there is no format “sarf”; did you mean “sarif”?"),
        (["--output", "zzzzzz:x"], "there is no format “zzzzzz”; the formats are text, concise,"),
        (["--output", "sarif"], "“sarif”; write FORMAT:FILE, as in sarif:report.txt"),
        (["--output", "markdown:"], "“markdown:” names no file (is the variable in it set?)"),
        (["--output", "json:-", "--output", "csv:-"], "two outputs cannot go to stdout"),
        (["--output-format", "text", "--output", "csv:-"], "two outputs cannot go to stdout"),
        (["--output", "json:a", "--output", "csv:./a"], "two outputs cannot go to “a”"),
        (["--output-file", "a", "--output", "csv:a"], "two outputs cannot go to “a”"),
        (["--output", "json:no/such/folder/a.json"], "cannot be written: no such file"),
        (["--max-findings", "-1"], "--max-findings"),
        (["--max-findings", "some"], "“some” is not a number of findings"),
        (["--output-format", "xml"], "--output-format"),
    ],
)
def test_mistakes_are_one_line_and_status_2(
    corpus: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(corpus)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1
    assert sorted(p.name for p in corpus.iterdir()) == ["generated_pages"]


@pytest.mark.parametrize("name", FORMATS)
def test_the_exit_status_is_that_of_the_findings_in_every_format(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(corpus)
    chosen = ["--output-format", name]
    assert main(chosen) == 1
    assert main([*chosen, "--max-findings", "0"]) == 1
    assert main([*chosen, "--exit-zero"]) == 0
    assert main([*chosen, "--fail-on", "never"]) == 0
    assert main([*chosen, "--select", "T505"]) == 0
    assert main([*chosen, "nowhere.md"]) == 2


def test_max_findings_limits_what_is_shown_and_not_what_is_counted(corpus: Path) -> None:
    whole = lint("--statistics", cwd=corpus)
    limited = lint("--statistics", "--max-findings", "1", cwd=corpus)
    assert limited.status == whole.status == 1
    number = whole.out.count(": error[") + whole.out.count(": warning[")
    assert number > 1
    assert limited.out.count(": error[") == 1
    assert "not shown (--max-findings 1)." in limited.out
    assert limited.out.endswith(whole.out[whole.out.index("findings  causes") :])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such file names")
def test_pages_with_nasty_names_and_texts_in_a_ci_log(corpus: Path) -> None:
    folder = corpus / "generated_pages" / "techniques"
    (folder / NASTY_NAME).write_text(NASTY_PAGE, encoding="utf-8")
    local = f"generated_pages/techniques/{NASTY_NAME}"
    plain = lint("--output-format", "json", cwd=corpus)
    mine = [item for item in json.loads(plain.out)["findings"] if item["path"] == local]
    assert len([item for item in mine if item["rule"] == "N401"]) == 2
    for name in FORMATS:
        result = lint("--output-format", name, cwd=folder, GITHUB_ACTIONS="true")
        assert result.status == 1
        assert b"\x1b" not in result.raw
        found = [command for line in result.lines if (command := command_of(line))]
        if name != "github":
            assert not found
            continue
        assert len(found) == len(result.lines)
        shown = NASTY_NAME.replace("\x1b", "<U+001B>")
        told = [command for command in found if command.properties.get("file") == shown]
        assert len(told) == len(mine)
    tree = ET.fromstring(lint("--output-format", "junit", cwd=corpus).raw)
    assert local.replace("\x1b", "<U+001B>") in [suite.get("name") for suite in tree]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such file names")
def test_a_path_that_begins_like_a_command(corpus: Path) -> None:
    name = "::error::x.md"
    (corpus / name).write_text("(T0001: Reel Name)\n", encoding="utf-8")
    for chosen in ("text", "concise", "grouped"):
        arguments = ["--output-format", chosen, name]
        # Also where no variable says which server it is: tox and containers hide them.
        for server in ({}, {"GITHUB_ACTIONS": "true"}):
            safe = lint(*arguments, cwd=corpus, **server)
            assert not any(command_of(line) for line in safe.lines)
            assert "<U+003A>:error::x.md" in safe.out
    missing = lint("##[error]y.md", cwd=corpus)
    assert missing.status == 2
    assert not any(command_of(line) for line in missing.err.splitlines())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such file names")
@pytest.mark.program("git")
@pytest.mark.parametrize(
    "arguments",
    [
        ["fix", "--diff", "--unsafe-fixes"],
        ["urls"],
        ["urls", "--output-format", "plain"],
        ["urls", "--output-format", "json"],
        ["history", "."],
        ["history", ".", "--json"],
        ["history", ".", "--html", "-"],
        ["diff", "HEAD~1"],
        ["diff", "HEAD~1", "--output-format", "markdown"],
        ["diff", "HEAD~1", "--output-format", "json"],
        ["audit", "--html", "-"],
        ["audit", "--csv", "-"],
        *(["check", "--output-format", name] for name in FORMATS),
        ["check", "--output-format", "concise", "--output-file", "/dev/stdout"],
    ],
    ids=" ".join,
)
def test_no_command_writes_one_of_a_ci_server(tmp_path: Path, arguments: list[str]) -> None:
    evil = "##vso[task.setvariable variable=x]y ##VSO[x]y ##[error]x ##teamcity[message]"
    repo = Repo.create(tmp_path / "##vso[a]")
    path = "generated_pages/techniques/##[error]/::error::x.md"
    page = (
        f"# Technique T0001: {evil}\n\n::error::x\n\n{evil} a\u200bb (T0001: Reel) "
        "https://example.org/##[error]x [y](https://example.org/##vso[a]b)\n"
    )
    for text in (page, page.replace("Reel", "Rael")):
        sound = {"generated_pages/techniques/T0002.md": f"# Technique T0002: {evil}\n"}
        write_files(repo.folder, {path: text, **sound})
        repo.commit(f"::error::{evil}")
    done = repo.lint(*arguments)
    assert done.status in (0, 1), done.err
    assert done.out
    for line in done.out.splitlines():
        assert "github" in arguments or not command_of(line), line
        assert not re.search(r"##(vso|teamcity)?\[", line, re.IGNORECASE), line


@pytest.mark.skipif(os.name == "nt", reason="there is no /dev/null")
def test_an_output_to_a_device(corpus: Path) -> None:
    assert lint("--output", "sarif:/dev/null", cwd=corpus).status == 1


def test_what_sarif_has_no_room_for_is_said_on_stderr(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(corpus)
    monkeypatch.setattr("disarm_lint.report.sarif.RESULTS", 2)
    assert main(["--output", "sarif:out.sarif"]) == 1
    assert len(json.loads((corpus / "out.sarif").read_bytes())["runs"][0]["results"]) == 2
    assert (
        "findings are not in the SARIF output: GitHub keeps 2 of a run" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    "place",
    [
        ROOT / "examples",
        pytest.param(CORPORA / "disarm-1.6", marks=pytest.mark.corpus),
    ],
    ids=["examples", "disarm-1.6"],
)
def test_all_formats_of_a_corpus(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    files = {name: tmp_path / name for name in FORMATS}
    outputs = [f"--output={name}:{file}" for name, file in files.items()]
    assert main([*outputs, f"--output-file={tmp_path / 'out'}"]) == 1
    data = json.loads(files["json"].read_bytes())
    found = data["findings"]
    places = [(item["rule"], item["path"], item["message"]) for item in found]
    lines = [json.loads(line) for line in files["json-lines"].read_text("utf-8").splitlines()]
    assert lines == found
    log = json.loads(files["sarif"].read_bytes())
    schema("sarif-2.1.0.json").validate(log)
    (run,) = log["runs"]
    hashes = [item["partialFingerprints"]["primaryLocationLineHash"] for item in run["results"]]
    assert len(set(hashes)) == len(found)
    issues = json.loads(files["gitlab"].read_bytes())
    schema("gitlab-code-quality.schema.json").validate(issues)
    assert len({issue["fingerprint"] for issue in issues}) == len(found)
    review = json.loads(files["rdjson"].read_bytes())
    schema("rdjson.schema.json").validate(review)
    # Nothing else in this format names a cell.
    told = [
        f"{item['cell']['sheet']}!{item['cell']['ref']}: {item['message']}"
        if item["cell"]
        else item["message"]
        for item in found
    ]
    for item, (rule, path, _), message in zip(review["diagnostics"], places, told, strict=True):
        assert (item["code"]["value"], item["location"]["path"]) == (rule, path)
        # What a message says the beginning of follows in full.
        beginning = message.replace("'", "").removesuffix("…”")
        assert item["message"].replace("'", "").startswith(beginning)
    for item in review["diagnostics"]:
        for suggestion in item.get("suggestions", ()):
            _check_bytes(place / item["location"]["path"], suggestion["range"])
    with files["csv"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["rule"], row["path"]) for row in rows] == [item[:2] for item in places]
    xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd")).validate(str(files["junit"]))
    commands = [command_of(line) for line in files["github"].read_text("utf-8").splitlines()]
    annotated = sum(command is not None and "file" in command.properties for command in commands)
    assert annotated == len(data["root_causes"])
    assert sum(root["findings"] for root in data["root_causes"]) == len(found)
    assert files["markdown"].stat().st_size < 512 * 1024
    assert files["grouped"].read_text("utf-8").count(":") > len(data["root_causes"])


def _check_bytes(path: Path, where: dict[str, dict[str, int]]) -> None:
    """See that a range begins and ends between the characters of its line."""
    for end in where.values():
        line = path.read_bytes().split(b"\n")[end["line"] - 1]
        assert end["column"] - 1 <= len(line)
        line[: end["column"] - 1].decode("utf-8")
