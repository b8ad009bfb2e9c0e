"""Reports of histories of small repositories, with attacks in all that git and pages can hold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import disarm_rules
from disarm_lint.audit.history import HistoryReport, build_history_report
from disarm_lint.history.history import read_history
from disarm_lint.history.walk import HistoryRequest
from disarm_lint.report.report import Tool
from disarm_lint.ruleset import load_rules
from disarm_lint.sources.git import find_repository
from support.history import FOLDED, INCIDENT, Story

WHEN = datetime(2025, 2, 10, 12, 0, tzinfo=UTC)
THIRD = "generated_pages/techniques/T0003.md"
REUSED = "generated_pages/techniques/T0020.md"

SUBJECTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "{{7*7}}{% raw %} \x1b[31m\u202e",
    "</style></svg></script><b>$x^2$",
)
TAGS = (
    "<script>alert(3)</script>",
    '"><img/src=x/onerror=alert(4)>',
    "{{7+7}}",
    "v1.6",
)
NAME = '"><img src=x onerror=alert(5)>{{7*7}}<script>alert(6)</script>'
FILE = 'generated_pages/techniques/"><img onerror=alert(7)>{{7*7}}.md'


def hostile_story(folder: Path) -> Story:
    """Return four tagged commits: a cause is fixed and comes back, ids are reused and retired."""
    story = Story.create(folder)
    assert isinstance(story, Story)
    files = dict(FOLDED) | {THIRD: f"# Technique T0003: {NAME}\n", FILE: f"See T9999 {NAME}\n"}
    for number in range(20, 30):
        files[f"generated_pages/techniques/T00{number}.md"] = (
            f"# Technique T00{number}: Number {number}\n\n"
            f"**Summary**: They post, as T99{number} {NAME}.\n"
        )
    story.write(files)
    story.next(SUBJECTS[0])
    story.replace(INCIDENT, "Other Nome", "Other Name")
    story.next(SUBJECTS[1])
    story.replace(INCIDENT, "Other Name", "Other Nome")
    (story.folder / THIRD).unlink()
    was = (story.folder / REUSED).read_text("utf-8")
    story.write(
        {
            REUSED: f"# Technique T0020: {NAME[::-1]}\n\n**Summary**: Quite another thing.\n",
            REUSED.replace("T0020", "T0031"): was.replace("T0020", "T0031"),
        }
    )
    story.next(SUBJECTS[2])
    story.write({"generated_pages/techniques/T0004.md": f"# Technique T0004: Fourth {TAGS[0]}\n"})
    story.next(SUBJECTS[3])
    for number, tag in enumerate(TAGS):
        story.git("tag", "--", tag, f"HEAD~{len(TAGS) - 1 - number}")
    return story


def report_of(story: Story, *, since: str | None = None, title: str = "mini") -> HistoryReport:
    repository = find_repository(story.folder)
    request = HistoryRequest(repository, repository.top, load_rules(disarm_rules))
    history = read_history(request, "", since=since)
    return build_history_report(
        history, title=title, root=".", when=WHEN, tool=Tool("disarm-lint", "1")
    )
