"""The command line as a process: statuses, streams, formats, errors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import disarm_lint
from disarm_schemas import validator
from support.cli import environment, lint, write_corpus

FORMATS = ("text", "concise", "json")
ONLY = ("--select", "N401")

CONCISE = [
    "generated_pages/incidents/I00001.md:3:18: E N401 "
    "T0001 is called “Real Name” (has “Reel” instead of “Real”)",
    "generated_pages/incidents/I00001.md:3:38: E N401 "
    "T0002 is called “Other Name” (has “Nome” instead of “Name”)",
    "generated_pages/techniques/T0002.md:3:13: E N401 "
    "T0001 is called “Real Name” (has “Reel” instead of “Real”)",
]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus")


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "clean", {"techniques/T0001.md": "# Technique T0001: Name\n"})


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize(
    ("options", "status"),
    [
        ((), 1),
        (("--fail-on", "error"), 1),
        (("--fail-on", "info"), 1),
        (("--fail-on", "never"), 0),
        (("--exit-zero",), 0),
    ],
)
def test_status_with_findings(
    corpus: Path, fmt: str, options: tuple[str, ...], status: int
) -> None:
    result = lint(*ONLY, "--output-format", fmt, *options, cwd=corpus)
    assert result.status == status
    assert result.err == ""
    assert "N401" in result.out


@pytest.mark.parametrize("fmt", FORMATS)
def test_status_without_findings(clean: Path, fmt: str) -> None:
    result = lint(*ONLY, "--output-format", fmt, cwd=clean)
    assert (result.status, result.err) == (0, "")


@pytest.mark.parametrize("fmt", FORMATS)
def test_status_of_failures_leaves_stdout_empty(tmp_path: Path, fmt: str) -> None:
    result = lint("--output-format", fmt, "absent", cwd=tmp_path)
    assert (result.status, result.out) == (2, "")
    assert result.err == "disarm-lint: there is no file or folder “absent”\n"


@pytest.mark.parametrize(("severity", "status"), [("error", 1), ("warning", 0), ("info", 0)])
def test_fail_on_heeds_configured_severity(corpus: Path, severity: str, status: int) -> None:
    (corpus / ".disarm-lint.yaml").write_text(f"severity: {{name-mismatch: {severity}}}\n")
    result = lint(*ONLY, "--output-format", "concise", cwd=corpus)
    assert result.status == status
    assert f": {severity[0].upper()} N401 " in result.lines[0]
    assert lint(*ONLY, "--fail-on", severity, cwd=corpus).status == 1


def test_concise_is_sorted_and_says_where(corpus: Path) -> None:
    assert lint(*ONLY, "--output-format", "concise", cwd=corpus).lines == CONCISE


def test_check_is_the_default_command(corpus: Path) -> None:
    short = lint(*ONLY, ".", cwd=corpus)
    assert lint("check", *ONLY, ".", cwd=corpus).raw == short.raw
    assert lint(".", *ONLY, "generated_pages", cwd=corpus).raw == short.raw


@pytest.mark.parametrize("fmt", FORMATS)
def test_two_runs_give_the_same_bytes(corpus: Path, fmt: str) -> None:
    runs = {
        lint("--statistics", "--output-format", fmt, cwd=corpus, PYTHONHASHSEED=seed).raw
        for seed in ("0", "1", "4711")
    }
    assert len(runs) == 1


def test_selection_never_changes_what_a_rule_reports(corpus: Path) -> None:
    every = json.loads(lint("--output-format", "json", cwd=corpus).out)
    alone = json.loads(lint(*ONLY, "--output-format", "json", cwd=corpus).out)
    assert [f for f in every["findings"] if f["rule"] == "N401"] == alone["findings"]


@pytest.mark.parametrize("select", ["N401", "N4", "name-mismatch", "R201,N401", "ALL"])
def test_selectors(corpus: Path, select: str) -> None:
    assert "N401" in lint("--select", select, "--output-format", "concise", cwd=corpus).out


def test_ignore_subtracts_and_repeats(corpus: Path) -> None:
    result = lint("--select", "N401", "--ignore", "T5", "--ignore", "N4", cwd=corpus)
    assert result.status == 0
    assert result.out.startswith("All good: ")


def test_command_line_beats_config(corpus: Path) -> None:
    (corpus / ".disarm-lint.yaml").write_text("select: [T5]\nignore: [N401]\n")
    assert lint(cwd=corpus).status == 0
    assert lint(*ONLY, "--output-format", "concise", cwd=corpus).lines == CONCISE
    assert lint("--select", "N401", "--ignore", "N401", cwd=corpus).status == 0


def test_unknown_selector(corpus: Path) -> None:
    result = lint("--select", "N4o1", cwd=corpus)
    assert result.status == 2
    assert result.err == ("disarm-lint: --select: no rule is called “N4o1”; did you mean “N401”?\n")
    result = lint("--ignore", "name-mismatsch", cwd=corpus)
    assert result.err == (
        "disarm-lint: --ignore: no rule is called “name-mismatsch”; did you mean “name-mismatch”?\n"
    )
    assert "--select needs a rule" in lint("--select", "", cwd=corpus).err


def test_unknown_option(corpus: Path) -> None:
    result = lint("--selct", "N401", cwd=corpus)
    assert result.status == 2
    assert result.err == (
        "disarm-lint: unrecognized arguments: --selct; did you mean “--select”?\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output-format", "jsn"], "--output-format: there is no “jsn”; did you mean “json”?"),
        (["--color", "ever"], "--color: there is no “ever”; did you mean “never”?"),
        (["--color", "x"], "--color: there is no “x”; choose from auto, always, never"),
        (["config", "sho"], "there is no “sho”; did you mean “show”?"),
    ],
)
def test_a_choice_that_does_not_exist(arguments: list[str], message: str, corpus: Path) -> None:
    result = lint(*arguments, cwd=corpus)
    assert (result.status, result.out, result.err) == (2, "", f"disarm-lint: {message}\n")


def test_json_is_valid_and_complete(corpus: Path) -> None:
    result = lint(*ONLY, "--output-format", "json", cwd=corpus)
    report = json.loads(result.out)
    validator("report").validate(report)
    assert report["tool"] == {"name": "disarm-lint", "version": disarm_lint.__version__}
    assert report["corpus"] == {"root": ".", "profile": "disarm-1", "master_data": None}
    assert report["summary"] == {
        "files": 3,
        "entities": 3,
        "citations": 3,
        "findings": 3,
        "causes": 2,
        "root_causes": 2,
        "by_rule": {"N401": 3},
        "by_severity": {"error": 3, "warning": 0, "info": 0},
        "suppressed": 0,
        "baselined": 0,
    }
    finding = report["findings"][0]
    assert list(finding) == [
        *("rule", "name", "severity", "confidence", "path"),
        *("line", "column", "end_line", "end_column", "cell", "pointer"),
        *("message", "subject", "suggestion", "cause", "root_cause", "fingerprint"),
        *("source", "related", "fix"),
    ]
    assert finding["suggestion"] == "Real Name"
    assert (finding["line"], finding["column"]) == (3, 18)
    assert (finding["end_line"], finding["end_column"]) == (3, 27)
    assert finding["related"] == [
        {
            "path": "generated_pages/techniques/T0001.md",
            "line": 1,
            "column": 20,
            "end_line": 1,
            "end_column": 29,
            "message": "T0001 is defined here",
        }
    ]
    assert [finding[key] for key in ("cell", "pointer", "source")] == [None] * 3
    edit = {"path": "generated_pages/incidents/I00001.md", "line": 3, "column": 18}
    edit |= {"end_line": 3, "end_column": 27, "cell": None, "text": "Real Name"}
    assert finding["fix"] == {
        "applicability": "safe",
        "edits": [edit],
        "deletes": [],
        "loses": None,
    }


def test_json_of_all_rules_and_of_nothing_is_valid(corpus: Path, tmp_path: Path) -> None:
    (corpus / "generated_pages" / "binary.md").write_bytes(b"\x89PNG\x00\x01\x02" * 20)
    report = json.loads(lint("--select", "ALL", "--output-format", "json", cwd=corpus).out)
    validator("report").validate(report)
    (tmp_path / "empty").mkdir()
    result = lint("--allow-empty", "--output-format", "json", "empty", cwd=tmp_path)
    validator("report").validate(json.loads(result.out))
    assert result.status == 0


def test_json_is_utf8_whatever_the_terminal(corpus: Path) -> None:
    plain = lint(*ONLY, "--output-format", "json", cwd=corpus)
    for extra in ({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONIOENCODING": ""}):
        assert lint(*ONLY, "--output-format", "json", cwd=corpus, **extra).raw == plain.raw


def test_output_file(corpus: Path) -> None:
    target = corpus / "report.txt"
    target.write_text("old\n")
    target.chmod(0o640)
    before = target.stat().st_ino
    result = lint(
        *ONLY, "--output-format", "concise", "--output-file", "report.txt", cwd=corpus,
        FORCE_COLOR="1",
    )  # fmt: skip
    assert (result.status, result.out, result.err) == (1, "", "")
    assert target.read_text("utf-8").splitlines() == CONCISE
    if os.name == "posix":
        assert target.stat().st_mode & 0o777 == 0o640
        assert target.stat().st_ino != before
    assert sorted(p.name for p in corpus.iterdir()) == ["generated_pages", "report.txt"]


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_output_file_behind_a_link_is_replaced_where_it_lies(corpus: Path) -> None:
    (corpus / "real.txt").write_text("old")
    (corpus / "link.txt").symlink_to("real.txt")
    lint(*ONLY, "--output-format", "concise", "--output-file", "link.txt", cwd=corpus)
    assert (corpus / "link.txt").is_symlink()
    assert (corpus / "real.txt").read_text("utf-8").splitlines() == CONCISE
    assert lint(*ONLY, "--output-file", "/dev/null", cwd=corpus).status == 1
    assert not Path("/dev/null").is_file()


def test_output_file_that_cannot_be_written(corpus: Path) -> None:
    result = lint("--output-file", "absent/report.txt", cwd=corpus)
    assert (result.status, result.out) == (2, "")
    assert result.err == (
        "disarm-lint: “absent/report.txt” cannot be written: no such file or directory\n"
    )


@pytest.mark.parametrize(
    ("options", "extra", "coloured"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
@pytest.mark.parametrize("fmt", FORMATS)
def test_colour(
    corpus: Path, options: tuple[str, ...], extra: dict[str, str], coloured: bool, fmt: str
) -> None:
    result = lint(*ONLY, "--output-format", fmt, *options, cwd=corpus, **extra)
    assert (b"\x1b[" in result.raw) is (coloured and fmt != "json")


@pytest.mark.parametrize(
    "extra", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONIOENCODING": ""}]
)
def test_terminal_without_utf8(corpus: Path, extra: dict[str, str]) -> None:
    result = lint(*ONLY, "--output-format", "concise", cwd=corpus, **extra)
    assert result.raw.decode("ascii").splitlines() == [
        line.replace("“", '"').replace("”", '"') for line in CONCISE
    ]
    failed = lint("absent", cwd=corpus, **extra)
    assert failed.raw_errors.decode("ascii") == (
        'disarm-lint: there is no file or folder "absent"\n'
    )


@pytest.mark.skipif(os.name != "posix", reason="pipes of the shell")
def test_a_reader_that_goes_away_is_no_error(corpus: Path) -> None:
    many = " ".join(f"(T0001: Reel Name {n})." for n in range(3000))
    page = corpus / "generated_pages" / "incidents" / "I00002.md"
    page.write_text(f"# Incident I00002: Event\n\n{many}\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "disarm_lint", *ONLY],
        cwd=corpus,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 1


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_interrupt(corpus: Path) -> None:
    code = (
        "import disarm_lint.cli.session as c, os, signal, time\n"
        "c.load_built_in_rules = lambda: os.kill(os.getpid(), signal.SIGINT) or time.sleep(9)\n"
        "from disarm_lint.cli.main import run_and_exit as go; import sys; sys.argv[1:] = []; go()\n"
    )
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=corpus,
        env=environment(),
        capture_output=True,
        check=False,
        timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
    assert time.monotonic() - started < 8


@pytest.mark.parametrize("debug", [False, True])
def test_internal_error(corpus: Path, debug: bool) -> None:
    code = (
        "import disarm_lint.cli.session as c\n"
        "def broken(): raise KeyError('\\x1b[31mtext')\n"
        "c.load_built_in_rules = broken\n"
        "from disarm_lint.cli.main import run_and_exit as go; import sys; sys.argv[1:] = []; go()\n"
    )
    extra = {"DISARM_LINT_DEBUG": "1"} if debug else {}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=corpus,
        env=environment(**extra),
        capture_output=True,
        check=False,
        timeout=60,
    )
    errors = done.stderr.decode("utf-8")
    assert done.stdout == b""
    if debug:
        assert "Traceback" in errors
        return
    assert done.returncode == 2
    assert errors == (
        "disarm-lint: internal error: KeyError: '\\x1b[31mtext'; "
        "please report it, with what DISARM_LINT_DEBUG=1 prints\n"
    )


def test_version_and_help(tmp_path: Path) -> None:
    assert lint("--version", cwd=tmp_path).out == f"disarm-lint {disarm_lint.__version__}\n"
    assert lint("-V", cwd=tmp_path).status == 0
    help_text = lint("--help", cwd=tmp_path).out
    for command in ("check", "rules", "explain", "config"):
        assert f"  {command} " in help_text
        assert lint(command, "--help", cwd=tmp_path).status == 0
    assert max(map(len, help_text.splitlines())) <= 80


def test_rules(tmp_path: Path) -> None:
    result = lint("rules", cwd=tmp_path)
    assert result.status == 0
    assert max(map(len, result.lines)) <= 80
    (line,) = [line for line in result.lines if line.startswith("N401")]
    assert line.split()[:4] == ["N401", "name-mismatch", "error", "on"]
    data = json.loads(lint("rules", "--output-format", "json", cwd=tmp_path).out)
    assert [item["code"] for item in data] == sorted(item["code"] for item in data)
    assert {
        "code": "N401",
        "name": "name-mismatch",
        "severity": "error",
        "default": True,
        "summary": "A citation `<ID>: <name>` whose name is not the entity's name.",
    } in data


def test_explain(tmp_path: Path) -> None:
    result = lint("explain", "N401", "Heading-Format", cwd=tmp_path)
    assert result.status == 0
    assert result.lines[0] == "N401 name-mismatch (error, on by default)"
    assert "S101 heading-format (error, on by default)" in result.lines
    assert "⟦" not in result.out
    result = lint("explain", "N401", "name-mismach", cwd=tmp_path)
    assert (result.status, result.out) == (2, "")
    assert result.err == (
        "disarm-lint: no rule is called “name-mismach”; did you mean “name-mismatch”?\n"
    )
    assert "selects several rules; name one: N401, N402" in lint("explain", "N4", cwd=tmp_path).err


def test_start_does_not_pay_for_what_it_does_not_need(corpus: Path) -> None:
    heavy = ("rich", "jsonschema", "ftfy", "ruamel")

    def imported(*arguments: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "disarm_lint", *arguments],
            cwd=corpus,
            env=environment(),
            capture_output=True,
            check=False,
        )
        lines = done.stderr.decode("utf-8").splitlines()
        return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}

    assert not imported("--version") & {*heavy, "argparse", "rapidfuzz", "disarm_rules"}
    assert not imported("rules") & {"rich", "jsonschema", "ruamel"}
    assert "rich" not in imported(*ONLY)


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
@pytest.mark.parametrize("slow", [True, False])
def test_progress_stands_on_a_terminal_after_a_while(corpus: Path, slow: bool) -> None:
    import pty

    code = (
        "import disarm_lint.cli.session as c, time\n"
        "lint = c.Session.lint\n"
        f"c.Session.lint = lambda *a, **k: (time.sleep({2 if slow else 0}), lint(*a, **k))[1]\n"
        "from disarm_lint.cli.main import run_and_exit as go; import sys; sys.argv[1:] = []; go()\n"
    )
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=corpus,
        env=environment(TERM="xterm"),
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    assert process.stdout is not None
    out = process.stdout.read()
    process.stdout.close()
    assert process.wait(60) == 1
    try:
        shown = os.read(ours, 100_000)
    except OSError:
        shown = b""
    os.close(ours)
    assert (b"reading" in shown or b"checking" in shown) is slow
    assert out == lint(cwd=corpus).raw


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("chek", "there"), "there is no command, file or folder “chek”; did you mean “check”?"),
        (("check", "-"), "standard input is not read: name a file or a folder"),
        (
            ("baseline",),
            "say what to do: `disarm-lint baseline create` or `disarm-lint baseline update` or "
            "`disarm-lint baseline show`",
        ),
        (
            ("rename", "T0146", "Online", "Account"),
            "there is no file or folder “Account”; put a name of several words in quotation "
            'marks: `disarm-lint rename T0146 "Online Account"`',
        ),
    ],
)
def test_what_is_nearly_right_gets_advice(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = lint(*arguments, cwd=tmp_path)
    assert (done.status, done.err) == (2, f"disarm-lint: {told}\n")


@pytest.mark.parametrize(
    ("option", "wrong", "meant"),
    [("--output-format", "gruped", "grouped"), ("--fail-on", "eror", "error")],
)
def test_a_misspelt_choice_gets_a_suggestion(
    tmp_path: Path, option: str, wrong: str, meant: str
) -> None:
    done = lint("check", option, wrong, cwd=tmp_path)
    assert done.status == 2
    assert done.err.endswith(f"; did you mean “{meant}”?\n")


def test_a_rule_that_needs_a_corpus_says_that_it_did_not_run(tmp_path: Path) -> None:
    (tmp_path / "single.md").write_text("# Technique T0146: Paint\n\n**Summary**: Paint.\n")
    done = lint("check", "--select", "N401", "single.md", cwd=tmp_path)
    assert done.err == "disarm-lint: N401 needs a corpus around it and did not run\n"
