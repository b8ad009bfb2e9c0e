"""`disarm-lint audit` as a process: files, labels, errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from disarm_lint.cli.audit import DEFAULT, run_audit
from disarm_lint.cli.streams import Failure
from support.cli import lint, write_corpus


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audit")
    write_corpus(folder / "old")
    write_corpus(folder / "new", {"techniques/T0001.md": "# Technique T0001: Real Name\n"})
    return folder


def failure(monkeypatch: pytest.MonkeyPatch, place: Path, *arguments: str) -> str:
    monkeypatch.chdir(place)
    with pytest.raises(Failure) as caught:
        run_audit(list(arguments))
    return str(caught.value)


def test_without_an_output_the_report_lies_in_the_current_folder(place: Path) -> None:
    done = lint("audit", "old", cwd=place)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"{DEFAULT}: Found ")
    assert "<title>Audit of old</title>" in (place / DEFAULT).read_text("utf-8")


def test_a_report_is_replaced_and_leaves_nothing_beside_it(place: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.write_text("old", "utf-8")
    assert lint("audit", "old", "--html", str(report), cwd=place).status == 0
    assert report.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_reports_are_equal_but_for_the_time(place: Path) -> None:
    moment = {"SOURCE_DATE_EPOCH": "1739188800"}
    one, other = (
        lint("audit", "old", "--html", "-", cwd=place, PYTHONHASHSEED=seed, **moment)
        for seed in ("1", "2")
    )
    assert (one.status, one.err) == (0, "")
    assert "2025-02-10 12:00 UTC" in one.out
    assert one.raw == other.raw


def test_labelled_corpora_are_compared(place: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    done = lint("audit", "1.5=old", "1.6=new", "--html", str(report), cwd=place)
    assert done.status == 0
    html = report.read_text("utf-8")
    assert "The rest of this report is about <b>1.6</b>" in html
    assert "Findings of each rule" in html


def test_a_path_that_holds_an_equals_sign_is_a_path(place: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "a=b")
    done = lint("audit", "a=b", "--html", "-", cwd=tmp_path)
    assert "<title>Audit of a=b</title>" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("1.5=old", "new"), "“new” has no label, but others do; write LABEL=PATH"),
        (("a=old", "a=new"), "the label “a” is given twice; each corpus needs its own"),
        (("a=",), "“a=” names no path; write LABEL=PATH"),
        (("nowhere",), "there is no file or folder “nowhere”"),
        (("a=nowhere",), "there is no file or folder “nowhere”"),
        (("old", "--html", ""), "--html names no file (is the variable in it set?)"),
        (("old", "--html", "no/such/report.html"), "“no/such/report.html” cannot be written"),
        (("old", "--select", "N4x"), "--select: no rule is called “N4x”"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, place: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert message in failure(monkeypatch, place, *arguments)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setattr("disarm_lint.cli.audit.find_spec", lambda name: None)
    assert failure(monkeypatch, place, "old") == (
        "--html needs jinja2; install it with `pip install 'disarm-lint[audit]'`"
    )


@pytest.mark.parametrize(
    ("option", "missing"),
    [
        ("csv", ("jinja2", "markupsafe", "openpyxl")),
        ("xlsx", ("jinja2", "markupsafe")),
        ("annotate", ("jinja2", "markupsafe")),
        ("html", ("openpyxl",)),
    ],
)
def test_an_output_needs_no_library_of_the_others(
    place: Path, tmp_path: Path, option: str, missing: tuple[str, ...]
) -> None:
    """Each output is written where just the libraries of the others are not installed."""
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nfor name in {missing}: sys.modules[name] = None\n", "utf-8"
    )
    if option == "annotate":
        # There is no workbook here: the outcome is the message that says so, and no traceback.
        done = lint("audit", "old", "--annotate", "out", cwd=place, PYTHONPATH=str(tmp_path))
        assert done.err.startswith("disarm-lint: there is no workbook to annotate")
        return
    out = tmp_path / f"out.{option}"
    done = lint("audit", "old", f"--{option}", str(out), cwd=place, PYTHONPATH=str(tmp_path))
    assert (done.status, done.err) == (0, "")
    assert out.stat().st_size > 0


def test_the_wheel_holds_the_templates() -> None:
    import disarm_lint.audit

    folder = Path(disarm_lint.audit.__file__).parent / "templates"
    names = {file.name for file in folder.iterdir()}
    assert {"report.html.j2", "style.css.j2", "script.js"} <= names
    ignored = (folder.parents[3] / ".gitignore").read_text("utf-8").split()
    # Hatchling leaves out of the wheel what git ignores.
    assert not {"*.html", "*.j2", "*.js", "templates/"} & set(ignored)
