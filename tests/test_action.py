"""The GitHub Action, the workflows and the examples for CI, checked and run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook

from disarm_lint.parse.cell_text import CellEdit
from disarm_lint.parse.xlsx_edit import edit_cells
from support.action import ACTION, TOKEN, Runner, read_yaml
from support.cli import write_corpus, write_files
from support.mini_master import DATA, EVIDENCE, files
from support.published import ROOT

WORKFLOW = ROOT / ".github/workflows/ci.yml"
EXAMPLES = ROOT / "examples/ci"
GITHUB, GITLAB = EXAMPLES / "github-workflow.yml", EXAMPLES / "gitlab-ci.yml"
SOUND = {"techniques/T0001.md": "# Technique T0001: Real Name\n"}
# The pages of these tests are short; what matters is that names are checked.
NAMES = "select: [N401]\n"


def tool(name: str, *arguments: str | Path) -> None:
    """Run a program that stands beside the Python that runs the tests; it must succeed."""
    program = shutil.which(name, path=str(Path(sys.executable).parent)) or name
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-actions", ACTION),
        ("vendor.github-workflows", WORKFLOW),
        ("vendor.github-workflows", GITHUB),
    ],
)
def test_a_file_fits_the_schema_of_its_kind(schema: str, file: Path) -> None:
    tool("check-jsonschema", "--builtin-schema", schema, file)


def test_the_gitlab_example_fits_its_schema() -> None:
    transform = ("--data-transform", "gitlab-ci")
    tool("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", *transform, GITLAB)


@pytest.mark.parametrize("file", [ACTION, WORKFLOW, GITHUB], ids=lambda file: file.name)
def test_zizmor_has_nothing_to_say(file: Path) -> None:
    # Its strictest persona; it exits with more than 10 for each finding, of any severity.
    tool("zizmor", "--offline", "--quiet", "--persona=auditor", file)


@pytest.mark.parametrize("file", [ACTION, WORKFLOW, GITHUB], ids=lambda file: file.name)
def test_every_foreign_action_is_pinned_by_commit_and_says_its_tag(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    used = re.findall(r"uses: ((?!\./)(?!OWNER/).*)", text)
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", item) for item in used)


def test_no_script_holds_an_expression() -> None:
    runner = Runner(ROOT, ROOT)
    for name in ("install", "lint", "collect", "suggest"):
        assert "${{" not in runner.step(name)["run"]


def test_the_outputs_are_those_of_the_run() -> None:
    outputs = read_yaml(ACTION)["outputs"]
    assert set(outputs) == {"sarif-file", "findings", "errors"}
    for name, output in outputs.items():
        assert output["value"] == f"${{{{ steps.lint.outputs.{name} }}}}"


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    workspace, temp = tmp_path / "a work space", tmp_path / "runner temp"
    workspace.mkdir()
    temp.mkdir()
    return Runner(workspace, temp)


def corpus(runner: Runner, folder: str = ".", pages: dict[str, str] | None = None) -> Path:
    root = runner.workspace / folder
    root.mkdir(exist_ok=True)
    (root / ".disarm-lint.yaml").write_text(NAMES, encoding="utf-8")
    return write_corpus(root, pages)


def test_findings_fail_the_step_and_are_all_told(runner: Runner) -> None:
    corpus(runner, "the corpus")
    inputs = {"path": "the corpus", "sarif-file": "out of it/all findings.sarif"}
    done = runner.run("lint", inputs)
    assert done.status == 1, done.log
    assert done.outputs == {
        "findings": "3",
        "errors": "3",
        "sarif-file": "out of it/all findings.sarif",
        "suggestions": "",
    }
    sarif = json.loads((runner.workspace / done.outputs["sarif-file"]).read_bytes())
    assert sarif["version"] == "2.1.0"
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["N401"] * 3
    assert "N401" in done.summary
    annotations = [line for line in done.lines if line.startswith("::error ")]
    assert len(annotations) == 3
    assert "file=the corpus/generated_pages/incidents/I00001.md," in annotations[0]


def test_a_sound_corpus_passes(runner: Runner) -> None:
    corpus(runner, pages=SOUND)
    done = runner.run("lint")
    assert done.status == 0, done.log
    told = {"findings": "0", "errors": "0", "sarif-file": "disarm-lint.sarif", "suggestions": ""}
    assert done.outputs == told
    assert (runner.workspace / "disarm-lint.sarif").is_file()
    assert done.summary


@pytest.mark.parametrize(
    ("severity", "fail_on", "status"),
    [
        ("warning", "error", 0),
        ("warning", "warning", 1),
        ("info", "warning", 0),
        ("info", "info", 1),
        ("error", "never", 0),
    ],
)
def test_fail_on_is_the_gate(runner: Runner, severity: str, fail_on: str, status: int) -> None:
    root = corpus(runner)
    text = f"{NAMES}severity: {{N401: {severity}}}\n"
    (root / ".disarm-lint.yaml").write_text(text, encoding="utf-8")
    done = runner.run("lint", {"fail-on": fail_on})
    assert done.status == status, done.log
    assert done.outputs["findings"] == "3"
    assert done.outputs["errors"] == ("3" if severity == "error" else "0")


def test_another_config_and_no_sarif(runner: Runner) -> None:
    corpus(runner)
    other = runner.workspace / "other config.yaml"
    other.write_text("ignore: [ALL]\n", encoding="utf-8")
    done = runner.run("lint", {"config": other.name, "sarif-file": ""})
    assert done.status == 0, done.log
    assert done.outputs == {"findings": "0", "errors": "0", "sarif-file": "", "suggestions": ""}
    assert not list(runner.workspace.glob("*.sarif"))


@pytest.mark.parametrize(
    "inputs",
    [
        {"path": "no such folder"},
        {"fail-on": "sometimes"},
        {"config": "none.yaml"},
        {"baseline": "none.yaml"},
        {"strict-baseline": "perhaps"},
        {"changed-since": "no-such-revision"},
        {"sarif-file": "two\nlines=1"},
    ],
    ids=lambda inputs: next(iter(inputs)),
)
def test_what_cannot_be_carried_out_is_no_green_gate(
    runner: Runner, inputs: dict[str, str]
) -> None:
    corpus(runner, pages=SOUND)
    done = runner.run("lint", inputs)
    assert done.status == 2, done.log
    assert done.lines[-1].startswith("::error title=disarm-lint::")
    assert done.outputs == {}


@pytest.mark.parametrize("name", ["path", "config", "baseline", "changed-since", "fail-on"])
def test_an_input_is_never_a_command(runner: Runner, name: str) -> None:
    corpus(runner, pages=SOUND)
    for text in ("$(touch hacked)", "`touch hacked`", '"; touch hacked; "', "--version"):
        runner.run("lint", {name: text, "sarif-file": ""})
        assert not (runner.workspace / "hacked").exists()


def test_a_path_may_begin_with_a_dash(runner: Runner) -> None:
    corpus(runner, "--help")
    done = runner.run("lint", {"path": "--help"})
    assert done.status == 1, done.log
    assert done.outputs["findings"] == "3"


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def committed(folder: Path) -> None:
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "the corpus")


def break_one_more(root: Path) -> None:
    page = root / "generated_pages/incidents/I00002.md"
    page.write_text("# Incident I00002: More\n\n(T0001: Rail Name)\n", encoding="utf-8")


def test_only_what_is_new_counts(runner: Runner) -> None:
    root = corpus(runner, "the corpus")
    committed(root)
    inputs = {"path": "the corpus", "changed-since": "HEAD"}
    assert runner.run("lint", inputs).status == 0
    break_one_more(root)
    done = runner.run("lint", inputs)
    assert (done.status, done.outputs["findings"]) == (1, "1"), done.log


def test_what_the_baseline_holds_does_not_count(runner: Runner) -> None:
    root = corpus(runner, "the corpus")
    command = runner.known["steps.install.outputs.command"]
    subprocess.run([command, "baseline", "create"], cwd=root, check=True, capture_output=True)
    inputs = {"path": "the corpus", "baseline": "the corpus/.disarm-lint-baseline.yaml"}
    assert runner.run("lint", inputs).status == 0
    page = root / "generated_pages/techniques/T0002.md"
    page.write_text("# Technique T0002: Other Name\n", encoding="utf-8")
    assert runner.run("lint", inputs).status == 0
    assert runner.run("lint", {**inputs, "strict-baseline": "true"}).status == 1
    break_one_more(root)
    done = runner.run("lint", inputs)
    assert (done.status, done.outputs["findings"]) == (1, "1"), done.log


def test_the_action_installs_itself_and_runs(runner: Runner) -> None:
    corpus(runner)
    installed = runner.run("install")
    assert installed.status == 0, installed.log
    command = Path(installed.outputs["command"])
    assert runner.temp in command.parents
    done = runner.run("lint")
    assert (done.status, done.outputs["findings"]) == (1, "3"), done.log


@pytest.mark.parametrize(
    "version", ["1.0; touch hacked", "../x", "-e .", "1.0 @ file:///x", "1\n2"]
)
def test_a_version_that_is_none_installs_nothing(runner: Runner, version: str) -> None:
    done = runner.run("install", {"version": version})
    assert done.status == 2
    assert done.outputs == {}
    assert "::error title=disarm-lint::The input version" in done.log
    assert not list(runner.workspace.iterdir())


def test_a_version_is_asked_of_the_index_by_name(runner: Runner) -> None:
    # An empty index: pip says what it looked for.
    done = runner.run("install", {"version": "1.2.3"}, PIP_NO_INDEX="1")
    assert done.status != 0
    assert "disarm-lint==1.2.3" in done.log


@pytest.mark.parametrize("since", [True, False])
def test_the_script_of_the_gitlab_example_runs(runner: Runner, since: bool) -> None:
    root = corpus(runner)
    command = Path(runner.known["steps.install.outputs.command"])
    if not since:
        subprocess.run([command, "baseline", "create"], cwd=root, check=True, capture_output=True)
    committed(root)
    break_one_more(root)
    (script,) = read_yaml(GITLAB)["disarm-lint"]["script"]
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=root,
        env={
            "PATH": f"{command.parent}:/usr/local/bin:/usr/bin:/bin",
            "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
            **({"CI_MERGE_REQUEST_DIFF_BASE_SHA": "HEAD"} if since else {}),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(json.loads((root / "gl-code-quality-report.json").read_bytes())) == 1
    assert (root / "disarm-lint.xml").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize("file", [GITHUB, GITLAB], ids=lambda file: file.name)
def test_the_documentation_holds_the_examples_word_for_word(file: Path) -> None:
    page = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    assert f"```yaml\n{file.read_text(encoding='utf-8')}```" in page
    assert f"../examples/ci/{file.name}" in page


def test_the_documentation_names_every_input_and_output() -> None:
    page = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    action = read_yaml(ACTION)
    for name in [*action["inputs"], *action["outputs"]]:
        assert f"| `{name}` |" in page


def test_safe_fixes_are_suggested_and_cells_are_listed(runner: Runner) -> None:
    root = runner.workspace / "the corpus"
    write_files(root, {**files(), ".disarm-lint.yaml": NAMES.encode()})
    page = root / "generated_pages/incidents/I00001.md"
    page.write_text(page.read_text("utf-8").replace("T0146: Account Asset", "T0146: Acount Asset"))
    book = root / DATA
    book.write_bytes(
        edit_cells(
            book.read_bytes(),
            [CellEdit("incidenttechniques", "B2", EVIDENCE, *find_name(EVIDENCE), "Acount Asset")],
        ).data
    )
    inputs = {"path": "the corpus", "suggest": "true"}
    done = runner.run("lint", inputs)
    assert done.status == 1, done.log
    assert done.outputs["suggestions"]
    collected = runner.run("collect", inputs)
    assert collected.status == 0, collected.log
    assert "There are 1 safe fixes of pages." in collected.log
    kept = Path(collected.outputs["folder"])
    assert sorted(p.name for p in kept.iterdir()) == ["cell-changes.xlsx", "workbooks"]
    assert any((kept / "workbooks").rglob("*.xlsx"))
    sheet = load_workbook(kept / "cell-changes.xlsx").worksheets[0]
    assert "Acount Asset" in str([cell.value for cell in sheet[2]])
    # What reviewdog gets: the fixes alone, in the file, and the token.
    programs = runner.temp / "programs"
    programs.mkdir()
    fake = programs / "reviewdog"
    fake.write_text('#!/bin/sh\necho "$REVIEWDOG_GITHUB_API_TOKEN"\necho "$@"\ncat\n')
    fake.chmod(0o755)
    told = runner.run("suggest", inputs, PATH=f"{programs}:{os.environ['PATH']}")
    assert told.status == 0, told.log
    assert told.lines[0] == TOKEN
    assert "-f=rdjson -reporter=github-pr-review" in told.lines[1]
    (diagnostic,) = json.loads(told.lines[2])["diagnostics"]
    assert diagnostic["location"]["path"] == "the corpus/generated_pages/incidents/I00001.md"
    assert diagnostic["suggestions"][0]["text"] == "Account Asset"


def find_name(text: str) -> tuple[int, int]:
    start = text.index("Account Asset")
    return start, start + len("Account Asset")


def test_a_corpus_without_workbooks_has_suggestions_all_the_same(runner: Runner) -> None:
    corpus(runner)
    done = runner.run("lint", {"suggest": "true"})
    assert done.status == 1, done.log
    collected = runner.run("collect", {"suggest": "true"})
    assert collected.status == 0, collected.log
    assert "There are 3 safe fixes of pages." in collected.log


def test_suggest_is_true_or_false(runner: Runner) -> None:
    corpus(runner)
    done = runner.run("lint", {"suggest": "yes"})
    assert (done.status, done.lines) == (
        2,
        ["::error title=disarm-lint::The input suggest is either true or false"],
    )
