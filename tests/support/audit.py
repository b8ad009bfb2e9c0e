"""Reports of small corpora, built in memory, and what a parser of HTML finds in them."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

from disarm_lint.audit.build import build_audit
from disarm_lint.audit.entries import CorpusFindings
from disarm_lint.audit.model import Audit, Release
from disarm_lint.model.text import PageSource
from disarm_lint.project import lint_contents
from disarm_lint.report.report import (
    CorpusInfo,
    ShownFinding,
    ShownPlace,
    Since,
    Tool,
    build_report,
)
from support.mini import rules

WHEN = datetime(2025, 2, 10, 12, 0, tzinfo=UTC)

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "{{7*7}}{% raw %}",
    "=cmd|' /C calc'!A0",
    "</style></svg></script><b>$x^2$",
    "javascript:alert(3) ]]>",
)


def hostile_corpus() -> dict[str, str]:
    """Return pages whose names and texts are attacks; in each stands something wrong."""
    pages = {}
    for number, name in enumerate(HOSTILE, 1):
        page = f"generated_pages/techniques/T000{number}.md"
        pages[page] = f"# Technique T000{number}: {name}\n\n**Tactic**: TA01 {name}\n"
    cited = ", ".join(f"(T000{n}: {name[:-1]}x)" for n, name in enumerate(HOSTILE, 1))
    pages["generated_pages/tactics/TA01.md"] = f"# Tactic TA01: {HOSTILE[1]}\n\nT0999: {cited}\n"
    pages["generated_pages/incidents/I00001.md"] = (
        f"# Incident I00001: {HOSTILE[0]}\n\n* **Summary:** They {cited}, T9999.\n\n"
        '[<img onerror="alert(4)">](javascript:alert(5))\n\n'
        "| Technique | Description given for this incident |\n| --- | --- |\n"
        f"| [T0001 {HOSTILE[1]}](../../generated_pages/techniques/T0001.md) | {cited} T0998 |\n"
    )
    return pages


def audit_of(
    files: dict[str, str],
    *,
    title: str = "mini",
    since: dict[str, Since] | None = None,
    series: tuple[Release, ...] = (),
) -> Audit:
    chosen = [loaded for loaded in rules() if loaded.rule.default]
    run = lint_contents(dict(files), chosen)
    corpus = run.corpus
    sources = {d.path: d.source for d in corpus.all_documents if isinstance(d.source, PageSource)}
    shown = tuple(
        ShownFinding(
            finding=f,
            path=f.location.path,
            related=tuple(
                ShownPlace(r.location.path, r.location.span, r.message) for r in f.related
            ),
            source=sources.get(f.location.path),
            since=(since or {}).get(f.cause),
        )
        for f in run.outcome.findings
    )
    report = build_report(
        Tool("disarm-lint", "1"),
        [CorpusInfo(title, corpus.profile.name)],
        shown,
        files=run.files,
        entities=len(corpus.registry.entities),
        citations=0,
        suppressed=0,
    )
    return build_audit(
        report, [CorpusFindings(corpus, shown)], chosen, title=title, when=WHEN, series=series
    )


class Parsed(HTMLParser):
    """The elements of a page with their attributes, the text of each kind, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.text = ""
        self._tag = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._tag = tag

    def handle_data(self, data: str) -> None:
        if self._tag not in ("script", "style"):
            self.text += data
        self.texts.append((self._tag, data))

    def attributes(self, name: str) -> list[str]:
        return [attrs[name] for _, attrs in self.elements if name in attrs]

    def of(self, tag: str) -> list[str]:
        return [text for other, text in self.texts if other == tag]
