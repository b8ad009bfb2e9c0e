"""What the history is made of: blame, what is read once, and remarks on ids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disarm_lint.cli.main import main
from disarm_lint.config.profile import load_builtin_profile
from disarm_lint.history.history import History, blame, read_history
from disarm_lint.history.walk import CachingParser, HistoryRequest
from disarm_lint.model.document import Document
from disarm_lint.model.profile import Profile
from disarm_lint.project import DocumentParser
from disarm_lint.ruleset import Selection
from disarm_lint.sources.git import find_repository
from disarm_lint.sources.log import read_log
from support.history import FOLDED, INCIDENT, SECOND, Story
from support.mini import rules

pytestmark = pytest.mark.program("git")


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A name that is fixed and broken again, beside another that stays wrong."""
    story = Story.create(tmp_path / "corpus")
    assert isinstance(story, Story)
    story.write(FOLDED)
    story.next("Begin")
    story.replace(INCIDENT, "Other Nome", "Other Name")
    story.next("Fix")
    story.replace(INCIDENT, "Other Name", "Other Nome")
    story.next("Break")
    return story


def request(story: Story) -> HistoryRequest:
    repository = find_repository(story.folder)
    return HistoryRequest(repository, repository.top, rules(), selection=Selection(("N401", "A8")))


def history(story: Story, since: str | None = None) -> History:
    return read_history(request(story), "", since)


def test_blame_names_the_commit_since_which_a_cause_is_there(story: Story) -> None:
    done = story.lint("--select", "N401", "--output-format", "json")
    findings = json.loads(done.out)["findings"]
    causes = {f["message"].partition(" ")[0]: f["cause"] for f in findings}
    found = blame(request(story), "", [*causes.values(), "0" * 16])
    assert {key: str(found[cause]) for key, cause in causes.items()} == {
        "T0001": f"since 2024-03-01 ({story.git('rev-parse', '--short=7', 'HEAD~2')})",
        "T0002": f"since 2024-03-03 ({story.git('rev-parse', '--short=7', 'HEAD')})",
    }
    assert len(found) == 2


def test_a_cause_that_came_back_is_told(story: Story) -> None:
    text = story.lint("history").out
    assert "Causes that came back" in text
    names = story.git("log", "--reverse", "--format=%h", "--abbrev=7").split()
    told = zip(("introduced", "fixed", "returned"), range(1, 4), names, strict=True)
    line = ", ".join(f"{event} 2024-03-{day:02} ({name})" for event, day, name in told)
    assert f"    {line}\n" in text


def test_each_distinct_file_is_parsed_once(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[tuple[str, bytes]] = []
    whole = DocumentParser.page

    def page(
        self: DocumentParser, path: str, data: bytes, profile: Profile, *, loose: bool
    ) -> Document:
        parsed.append((path, data))
        return whole(self, path, data, profile, loose=loose)

    monkeypatch.setattr(DocumentParser, "page", page)
    history(story)
    # The third commit has what the first had: in between it is not let go.
    assert len(parsed) == len(set(parsed)) == len(FOLDED) + 1


def test_what_no_commit_needs_any_more_is_let_go() -> None:
    parser, profile = CachingParser(), load_builtin_profile("disarm-1")
    one = parser.page("generated_pages/a.md", b"# A\n", profile, loose=False)
    assert parser.page("generated_pages/a.md", b"# A\n", profile, loose=False) is one
    parser.keep({b"# A\n"})
    assert parser.page("generated_pages/a.md", b"# A\n", profile, loose=False) is one
    parser.keep(set())
    assert parser.page("generated_pages/a.md", b"# A\n", profile, loose=False) is not one


def test_ids_that_are_gone_are_told_at_the_commit_and_at_the_release(story: Story) -> None:
    (story.folder / SECOND).unlink()
    gone = story.next("Remove T0002")
    story.write({"generated_pages/techniques/T0003.md": "# Technique T0003: Third\n"})
    story.next("Add T0003")
    story.git("tag", "v1", "HEAD~2")
    found = history(story)
    said = {step.commit.name: [r.rule for r in step.remarks] for step in found.commits}
    assert said[gone] == ["A804"]
    assert sum(map(len, said.values())) == 1
    assert [[r.subject for r in step.remarks] for step in found.releases] == [[], ["T0002"]]
    short = story.git("rev-parse", "--short=7", "HEAD~2")
    (remark,) = found.releases[-1].remarks
    assert remark.message.startswith(
        f"T0002 “Other Name” has been gone since 2024-03-03 ({short}), and nothing says"
    )
    assert (
        "    A804 generated_pages/techniques/T0002.md: T0002 “Other Name” has been gone since"
        in (story.lint("history").out)
    )


def test_an_id_that_came_and_went_between_releases_is_not_told_there(story: Story) -> None:
    third = "generated_pages/techniques/T0003.md"
    story.git("tag", "v1")
    story.write({third: "# Technique T0003: Third\n"})
    story.next("Add T0003")
    (story.folder / third).unlink()
    story.next("Remove T0003")
    story.write({third.replace("3", "4"): "# Technique T0004: Fourth\n"})
    story.next("Add T0004")
    found = history(story)
    assert [[r.subject for r in step.remarks] for step in found.commits][-2:] == [["T0003"], []]
    assert [step.remarks for step in found.releases] == [(), ()]


def test_a_log_has_parents_first_and_the_base_of_a_range(story: Story) -> None:
    repository = find_repository(story.folder)
    names = story.git("rev-list", "--reverse", "HEAD").split()
    assert [commit.name for commit in read_log(repository, "").commits] == names
    log = read_log(repository, "", "HEAD~1")
    assert [commit.name for commit in log.commits] == names[1:]
    assert log.base == {names[1]}


def test_an_interrupt_ends_it_without_a_word(
    story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("disarm_lint.history.walk.lint", interrupted)
    monkeypatch.chdir(story.folder)
    assert main(["history", "--json"]) == 130
    assert capsys.readouterr() == ("", "")
