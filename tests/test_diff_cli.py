"""`disarm-lint diff` on repositories, with and without workbooks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from disarm_schemas import validator
from support import mini_master
from support.git import Repo
from support.mini import PAGES, corpus
from support.mini_master import DATA, FRAMEWORK
from support.workbooks import workbook

if TYPE_CHECKING:
    from pathlib import Path

    from markdown_it.token import Token

    from support.cli import Result

INCIDENT = f"{PAGES}/incidents/I00001.md"
TECHNIQUE = f"{PAGES}/techniques/T0115.md"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Return a repository whose only commit is a small corpus with its workbooks."""
    repo = Repo.create(tmp_path / "repo")
    repo.write(mini_master.files())
    repo.commit("First")
    repo.git("tag", "v1")
    return repo


@pytest.fixture
def pages(tmp_path: Path) -> Repo:
    """Return the same without workbooks."""
    repo = Repo.create(tmp_path / "pages")
    repo.write(corpus())
    repo.commit("First")
    return repo


def body(done: Result) -> list[str]:
    """Return the lines between the heading and the summary, without empty ones."""
    assert done.status == 0, done.err
    assert done.err == ""
    return [line for line in done.lines[1:-1] if line]


def edited(repo: Repo) -> None:
    """Rename, move and add techniques, sort the sheet, and change evidence."""
    sheets = mini_master.framework()
    header, post, account, free = sheets["techniques"]
    account[1:3] = ["Account Resource", "TA09"]
    new: list[object] = ["T0147", "New | `One`", "TA15", "Two\nlines.", "T0147 - New | `One`"]
    sheets["techniques"] = [header, new, free, account, post]
    sheets["private"] = [["what", "note"], ["x", "y"]]
    data = mini_master.data()
    data["incidenttechniques"][1][1] = mini_master.EVIDENCE.replace("posted", "wrote")
    data["incidenttechniques"][1][3] = "T0115,T0146.001"
    repo.write({FRAMEWORK: workbook(sheets), DATA: workbook(data)})


EDITED = [
    "1 technique added",
    "  + T0147 “New | `One`”",
    "1 technique renamed",
    "  ~ T0146 “Account Asset” → “Account Resource”",
    "1 technique moved",
    "  ~ T0146 “Account Resource”: tactic TA15 → TA09",
    DATA,
    "incidenttechniques: 1 row changed",
    "  ~ IT00000001",
    "      name: … T0146.001: Free Account Asset) [-posted-]{+wrote+}.",
    "      technique_ids: + T0115, + T0146.001, - T0146",
    FRAMEWORK,
    "techniques: 1 row added, 1 changed",
    "  + T0147 New | `One`",
    "      tactic_id: TA15",
    "      summary: Two lines.",
    "  ~ T0146 Account Resource",
    "      name: Account [-Asset-]{+Resource+}",
    "      tactic_id: [-TA15-]{+TA09+}",
    "private: sheet added, 1 row added",
    "  + x",
    "      note: y",
]


def test_what_changed_in_the_workbooks(repo: Repo) -> None:
    edited(repo)
    done = repo.lint("diff", "v1")
    name = repo.git("rev-parse", "HEAD")[:7]
    assert done.lines[0] == f"v1 ({name}, 2025-01-01) → the working tree"
    assert body(done) == EDITED
    assert done.lines[-1] == ("1 entity added, 1 renamed, 1 moved; 2 rows added, 2 changed.")
    repo.commit("Second")
    repo.git("checkout", "--quiet", "v1")
    assert body(repo.lint("diff", "v1", "main")) == EDITED


def test_nothing_changed(repo: Repo) -> None:
    done = repo.lint("diff", "HEAD")
    assert (done.status, done.err) == (0, "")
    name = repo.git("rev-parse", "HEAD")[:7]
    said = f"Nothing changed between HEAD ({name}, 2025-01-01) and the working tree."
    assert done.lines == [said]
    data = json.loads(repo.lint("diff", "HEAD", "--output-format", "json").out)
    assert (data["tables"], data["findings"]) == ([], [])


def test_pages_are_counted_where_there_are_workbooks(repo: Repo) -> None:
    repo.replace(INCIDENT, "What happened.", "What really happened.")
    done = repo.lint("diff", "HEAD")
    assert done.lines[-1] == "1 page differs (--pages compares them)."
    assert body(repo.lint("diff", "HEAD", "--pages")) == [
        f"{PAGES}/incidents: 1 page changed",
        "  ~ I00001 The First Case",
        "      summary: What {+really +}happened.",
    ]


def test_what_changed_on_the_pages_where_there_are_no_workbooks(pages: Repo) -> None:
    pages.replace(INCIDENT, "Accounts (", "Many accounts (")
    pages.replace(TECHNIQUE, "TA09 Deliver Content", "TA15 Establish Assets")
    pages.replace(f"{PAGES}/techniques/T0146.md", "DO NOT EDIT", "Kept.\n\nDO NOT EDIT")
    pages.write({f"{PAGES}/counters/C00001.md": "# Counter C00001: Reply\n\n* **Summary**: S.\n"})
    (pages.folder / f"{PAGES}/phases/P01.md").unlink()
    told = body(pages.lint("diff", "HEAD"))
    assert told[:4] == [
        "1 counter added",
        "  + C00001 “Reply”",
        "1 technique moved",
        "  ~ T0115 “Post Content”: tactic TA09 → TA15",
    ]
    for lines in (
        [
            f"{PAGES}/incidents: 1 page changed",
            "  ~ I00001 The First Case",
            "      techniques T0146: [-Accounts-]{+Many accounts+} (T0146: Account Asset, …",
        ],
        [f"{PAGES}/counters: folder added, 1 page added", "  + C00001 Reply"],
        [f"{PAGES}/phases: folder removed, 1 page removed", "  - P01 Plan"],
    ):
        at = told.index(lines[0])
        assert told[at : at + len(lines)] == lines


def test_a_path_narrows_the_difference(repo: Repo) -> None:
    edited(repo)
    told = body(repo.lint("diff", "HEAD", "--", DATA))
    assert told == EDITED[6:11]
    assert body(repo.lint("diff", "HEAD", "--", "repo", within="..")) == [
        f"repo/{line}" if line in (DATA, FRAMEWORK) else line for line in EDITED
    ]


def test_markdown_keeps_texts_harmless(repo: Repo) -> None:
    edited(repo)
    sheets = mini_master.data()
    hostile = "@team <img src=x> ![a](b) | `tick` **x** \u202e"
    sheets["incidents"][1][1] = hostile
    sheets["incidents"][1][3] = f"What {hostile}"
    repo.write({DATA: workbook(sheets)})
    done = repo.lint("diff", "HEAD", "--output-format", "markdown")
    assert done.status == 0
    assert "- `T0146` `Account Asset` → `Account Resource`\n" in done.out
    assert "  - `tactic_id`: ~~`TA15`~~ **`TA09`**\n" in done.out
    assert "- **added** `T0147` `` New | `One` ``\n" in done.out
    assert "\u202e" not in done.out
    told = inline(done.out)
    assert {token.type for token in told} <= HARMLESS
    assert not [t for t in told if t.type == "text" and ("@" in t.content or "<" in t.content)]
    shown = hostile.replace("\u202e", "<U+202E>")
    assert [t.content for t in told if t.type == "code_inline" and "@team" in t.content].count(
        shown
    ) == 4


HARMLESS = {"text", "code_inline", "softbreak", "strong_open", "strong_close", "s_open", "s_close"}


def inline(text: str) -> list[Token]:
    """Return the pieces of a Markdown text; HTML is only that of a folded list."""
    blocks = MarkdownIt("commonmark").enable("strikethrough").parse(text)
    html = {line for b in blocks if b.type == "html_block" for line in b.content.split("\n")}
    assert all(re.fullmatch(r"(</?details>)?(<summary>[\w ,]*</summary>)?", h) for h in html)
    return [token for block in blocks for token in block.children or ()]


def test_a_long_difference_fits_into_a_comment(repo: Repo) -> None:
    sheets = mini_master.data()
    sheets["incidents"] += [
        [f"I{n:05}", f"Case {n}", "incident", "word " * 60] for n in range(2, 800)
    ]
    repo.write({DATA: workbook(sheets)})
    done = repo.lint("diff", "HEAD", "--output-format", "markdown")
    assert 30_000 < len(done.out) < 65_000
    assert done.out.count("<details>") == done.out.count("</details>")
    assert "There is more than fits in here" in done.out


def test_json_follows_its_schema(repo: Repo) -> None:
    edited(repo)
    repo.replace(INCIDENT, "What happened.", "What really happened.")
    done = repo.lint("diff", "HEAD", "--pages", "--output-format", "json")
    data = json.loads(done.out)
    validator("diff").validate(data)
    assert data["new"] == {"revision": None, "commit": None, "date": None}
    assert data["old"]["commit"] == repo.git("rev-parse", "HEAD")
    assert data["summary"]["pages"]["changed"] == 1
    assert [(t["path"], t["name"], t["kind"]) for t in data["tables"]] == [
        (DATA, "incidenttechniques", "sheet"),
        (FRAMEWORK, "techniques", "sheet"),
        (FRAMEWORK, "private", "sheet"),
        (f"{PAGES}/incidents", "incidents", "pages"),
    ]
    cell = data["tables"][0]["rows"][0]["cells"][1]
    assert (cell["added"], cell["removed"]) == (["T0115", "T0146.001"], ["T0146"])
    assert (cell["before"], cell["after"]) == ("T0146", "T0115,T0146.001")


def test_findings_of_both_releases(repo: Repo) -> None:
    sheets = mini_master.framework()
    header, post, *others = sheets["techniques"]
    sheets["techniques"] = [header, *others]
    repo.write({FRAMEWORK: workbook(sheets)})
    gone = f"{FRAMEWORK}:techniques!A1: warning[A804] T0115 “{post[1]}” has been gone since v1 ("
    assert [line for line in repo.lint("diff", "v1").lines if line.startswith(gone)]
    for config in ("retired: {T0115: T0146}\n", "ignore: [A804]\n"):
        repo.write({".disarm-lint.yaml": config})
        assert not [line for line in repo.lint("diff", "v1").lines if "A804" in line]
    repo.write({".disarm-lint.yaml": "severity: {A804: info}\n"})
    assert any("info[A804]" in line for line in repo.lint("diff", "v1").lines)
    assert "A804" not in repo.lint("check", "--select", "A804").out


def test_a_workbook_that_cannot_be_read_says_why(repo: Repo) -> None:
    repo.write({DATA: b"no workbook"})
    why = "it is not an .xlsx file, whatever its name"
    done = repo.lint("diff", "HEAD")
    assert body(done) == [DATA, f"not compared: {why}"]
    assert done.lines[-1] == "1 workbook or sheet not compared."
    repo.commit("damage it")
    repo.git("checkout", "--quiet", "HEAD~1", "--", DATA)
    out = repo.lint("diff", "HEAD").out
    assert f"not compared: in its earlier state, {why}\n" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["v9"], "disarm-lint: there is no commit “v9” in this repository; "),
        (["v1", "generated_pages"], "disarm-lint: “generated_pages” is a path, not a commit; "),
        (["v1..main"], "disarm-lint: “v1..main” names more than one commit; "),
        (["v1", "main", "x"], "disarm-lint: diff compares two commits, or two folders; “x” is one"),
        (["v1", "--", "nowhere"], "disarm-lint: there is no file or folder “nowhere”"),
        (["v1", "--", "a", "b"], "disarm-lint: diff compares one corpus; "),
        (["v1", "--", ""], "disarm-lint: the path is empty "),
        ([], "disarm-lint: the following arguments are required: REV; "),
        (["v1", "--output-format", "xml"], "disarm-lint: --output-format: there is no “xml”; "),
    ],
)
def test_errors_are_one_line(repo: Repo, arguments: list[str], said: str) -> None:
    done = repo.lint("diff", *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(said)
    assert done.err.count("\n") == 1


def test_no_repository_and_no_corpus(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    done = repo.lint("diff", "HEAD", within="../plain")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert done.err.endswith("is in no git repository\n")
    empty = Repo.create(tmp_path / "empty")
    empty.write({"README.md": "Nothing.\n"})
    empty.commit()
    assert "there is no corpus in “.”. A corpus is" in empty.lint("diff", "HEAD").err
    empty.write(corpus())
    done = empty.lint("diff", "HEAD")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("disarm-lint: there is no corpus in “.” in HEAD. ")
    bare = tmp_path / "bare.git"
    repo.git("clone", "--quiet", "--bare", str(repo.folder), str(bare))
    assert "bare repository; name two commits" in Repo(bare).lint("diff", "v1").err
    assert Repo(bare).lint("diff", "v1", "main").status == 0


def test_the_earlier_configuration_may_be_bad(repo: Repo) -> None:
    repo.write({".disarm-lint.yaml": "nonsense: 1\n"})
    repo.commit()
    repo.write({".disarm-lint.yaml": "ignore: [S112]\n"})
    done = repo.lint("diff", "HEAD")
    assert done.status == 0
    assert done.err.startswith("disarm-lint: the configuration in HEAD cannot be used, ")
    repo.write({".disarm-lint.yaml": "nonsense: 2\n"})
    assert repo.lint("diff", "v1").status == 2
