"""The report of a history: what is in it, and that nothing in git or a page gets out of it."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

from disarm_lint.audit.entries import MOST_NAME
from disarm_lint.audit.history import HistoryReport, render_history_html
from disarm_lint.cli import history as history_html
from disarm_lint.cli.history import run_history
from disarm_lint.cli.streams import Failure
from support.audit import Parsed
from support.history import Story
from support.history_html import FILE, NAME, SUBJECTS, TAGS, hostile_story, report_of
from support.mini import corpus

pytestmark = pytest.mark.program("git")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return hostile_story(tmp_path_factory.mktemp("story") / "corpus")


@pytest.fixture(scope="module")
def report(story: Story) -> HistoryReport:
    return report_of(story, title=SUBJECTS[0])


@pytest.fixture(scope="module")
def html(report: HistoryReport) -> str:
    return render_history_html(report)


@pytest.fixture(scope="module")
def page(html: str) -> Parsed:
    return Parsed(html)


def text_of(page: Parsed) -> str:
    return " ".join(page.text.split())


def test_releases_are_called_by_their_tags_and_days(report: HistoryReport) -> None:
    assert [(r.label, r.day) for r in report.releases.shown] == [
        (tag, f"2024-03-0{day}") for day, tag in enumerate(TAGS, 1)
    ]
    assert [point.label for point in report.series] == list(TAGS)
    assert report.series[0].findings["N"] == 3
    assert report.span == ("2024-03-01", "2024-03-04")


def test_a_cause_that_came_back_has_a_story(report: HistoryReport) -> None:
    (cause,) = report.returned.shown
    assert cause.summary.message.startswith("T0002 is called")
    assert [(event, point.day) for event, point in cause.story] == [
        ("introduced", "2024-03-01"),
        ("fixed", "2024-03-02"),
        ("returned", "2024-03-03"),
    ]
    assert (cause.ended, cause.returns) == (None, 1)
    assert cause.summary.place == "generated_pages/incidents/I00001.md:3:38"


def test_open_causes_come_first_and_errors_before_the_rest(report: HistoryReport) -> None:
    order = [(c.state != "open", c.summary.severity.rank) for c in report.causes.shown]
    assert order == sorted(order)
    assert [c.number for c in report.causes.shown] == list(range(1, len(order) + 1))
    states = [c.state for c in report.causes.shown]
    assert (report.open, report.fixed) == (states.count("open"), states.count("fixed"))
    assert report.open + report.fixed + sum(n for _, n in report.ended) == len(states)


def test_a_release_tells_its_entities_and_remarks(report: HistoryReport) -> None:
    third, fourth = report.releases.shown[2:]
    told = {part.change: [str(line) for line in part.lines] for part in third.entities}
    assert told == {
        "added": ["T0031 “Number 20”"],
        "reused": [f"T0020 “Number 20” → “{NAME[::-1]}” (its old name is now that of T0031)"],
        "retired": [f"T0003 “{NAME}”"],
    }
    (added,) = fourth.entities
    assert (added.change, [line.id for line in added.lines]) == ("added", ["T0004"])
    assert {(t.rule, t.place.rpartition("/")[2]) for t in third.remarks.shown} >= {
        ("A805", "T0020.md:1:20")
    }
    assert "A804" in {t.rule for t in third.remarks.shown}
    assert [r.quiet for r in report.releases.shown] == [False] * 4


def test_the_page_tells_what_became_of_the_causes(report: HistoryReport, page: Parsed) -> None:
    text = text_of(page)
    others = "".join(f", {number} {name}" for name, number in report.ended if number)
    verb = "is" if report.fixed == 1 else "are"
    assert f"{report.fixed} {verb} fixed{others} and {report.open} are still there" in text
    assert "introduced 2024-03-01" in text
    assert "returned 2024-03-03" in text
    assert "Retired: 1 entity" in text
    assert "A805" in text
    assert NAME[::-1] in page.of("ins")


def test_the_plot_has_a_description_and_its_numbers(page: Parsed) -> None:
    (drawn,) = [attrs for tag, attrs in page.elements if tag == "figure"]
    assert drawn["aria-labelledby"] == "series-title"
    assert page.attributes("aria-describedby") == ["series-description"]
    assert "Numbers: Findings over releases" in page.attributes("aria-label")
    assert f"{TAGS[0]} (2024-03-01)" in page.text


def test_every_anchor_leads_somewhere_and_no_id_stands_twice(page: Parsed) -> None:
    ids = page.attributes("id")
    assert sorted(ids) == sorted(set(ids))
    hrefs = {href.removeprefix("#") for href in page.attributes("href") if href != "data:,"}
    assert hrefs <= set(ids)
    for names in page.attributes("aria-labelledby"):
        assert set(names.split()) <= set(ids)


def test_nothing_of_git_or_a_page_becomes_an_element(html: str, page: Parsed) -> None:
    tags = [tag for tag, _ in page.elements]
    assert not set(tags) & {"img", "iframe", "object", "foreignobject"}
    assert tags.count("script") == 1
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]
    for name in ("href", "src", "action", "formaction"):
        assert all(value.startswith("#") or value == "data:," for value in page.attributes(name))
    assert "alert(" not in "".join(page.of("script"))
    assert "{{7*7}}" in unescape(html)
    assert "\x1b" not in html
    assert "\u202e" not in html


@pytest.mark.parametrize("text", [*SUBJECTS[:2], SUBJECTS[3], *TAGS, NAME, FILE])
def test_hostile_texts_are_shown_as_they_are(page: Parsed, text: str) -> None:
    assert text in page.text


def test_invisible_characters_are_shown_by_number(page: Parsed) -> None:
    assert "{{7*7}}{% raw %} <U+001B>[31m<U+202E>" in page.text


def test_nothing_may_be_loaded(page: Parsed) -> None:
    metas = [attrs for tag, attrs in page.elements if tag == "meta"]
    policy = next(m["content"] for m in metas if m.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; ")


def test_what_is_left_out_is_said(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in (("RELEASES", 2), ("COMMITS", 3), ("CAUSES", 4), ("LISTED", 1)):
        for module in ("history", "entries"):
            monkeypatch.setattr(f"disarm_lint.audit.{module}.MOST_{name}", most, raising=False)
    report = report_of(story)
    page = Parsed(render_history_html(report))
    text = text_of(page)
    assert "Shown are the last 2 of 4." in text
    assert "Shown are the last 3 of 4." in text
    assert f"Shown are 4 of {report.causes.total};" in text
    assert "more, which disarm-lint history --json tells" in text
    assert f"{TAGS[2]} had {report.releases.shown[0].findings}" in text
    ids = set(page.attributes("id"))
    assert {h.removeprefix("#") for h in page.attributes("href") if h != "data:,"} <= ids


def test_long_texts_are_shortened(tmp_path: Path) -> None:
    story = Story.create(tmp_path / "corpus")
    assert isinstance(story, Story)
    story.write({"generated_pages/techniques/T0001.md": "# Technique T0001: A\n"})
    story.next("x" * 5000)
    subject = report_of(story).releases.shown[0].subject
    assert len(subject) == MOST_NAME
    assert " … " in subject


def test_causes_from_before_the_range_are_told_so(story: Story) -> None:
    report = report_of(story, since="HEAD~1")
    assert report.since.startswith("2024-03-03 (")
    (cause,) = (c for c in report.causes.shown if c.summary.message.startswith("T0002 is called"))
    assert cause.introduced.earlier
    assert "before 2024-03-03" in text_of(Parsed(render_history_html(report)))


def test_without_a_commit_in_the_range_it_says_so(story: Story) -> None:
    report = report_of(story, since="HEAD")
    assert report.releases.total == 0
    page = Parsed(render_history_html(report))
    assert "No commit touched the corpus since 2024-03-04 (" in text_of(page)


def test_a_corpus_without_a_finding_is_called_good(tmp_path: Path) -> None:
    story = Story.create(tmp_path / "corpus")
    assert isinstance(story, Story)
    story.write(corpus())
    story.next("Begin")
    page = Parsed(render_history_html(report_of(story)))
    assert "All good: no commit has a finding." in text_of(page)


def test_the_command_writes_the_file_and_says_so(story: Story, tmp_path: Path) -> None:
    file = tmp_path / "history.html"
    file.write_text("before", "utf-8")
    done = story.lint("history", "--html", str(file), SOURCE_DATE_EPOCH="0")
    assert done.status == 0, done.err
    assert done.out.startswith(f"{file}: 4 commits, 4 releases, ")
    page = Parsed(file.read_text("utf-8"))
    assert "1970-01-01 00:00 UTC" in page.text
    assert [p.name for p in tmp_path.iterdir()] == ["history.html"]
    done = story.lint("history", "--html", "-", SOURCE_DATE_EPOCH="0")
    assert (done.status, done.out) == (0, file.read_text("utf-8"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--html", ""], "--html names no file"),
        (["--html", "a", "--json"], "not allowed with argument --html"),
        (["--html", "a", "--output-file", "b"], "leave out --output-file"),
        (["--html", "no/such/folder/a.html"], "cannot be written: no such file or directory"),
    ],
)
def test_what_cannot_be_done_is_one_line(story: Story, arguments: list[str], message: str) -> None:
    done = story.lint("history", *arguments)
    assert done.status == 2
    assert message in done.err
    assert len(done.err.splitlines()) == 1


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_html, "find_spec", lambda _: None)
    with pytest.raises(Failure, match=r"--html needs jinja2; install it with `pip install"):
        run_history(["--html", "history.html"])
