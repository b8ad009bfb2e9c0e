"""The HTML of the audit: what is in it, and that nothing in a page gets out of its text."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from disarm_lint.audit.build import ReleaseColumn, compare_columns
from disarm_lint.audit.html import render_html
from disarm_lint.audit.model import Edge, EdgeState, Network, Release
from disarm_lint.compare.fates import Coverage, read_coverage
from disarm_lint.project import lint_contents
from disarm_lint.report.report import Since
from support.audit import HOSTILE, Parsed, audit_of, hostile_corpus
from support.mini import corpus, rules

INCIDENT = "generated_pages/incidents/I00001.md"


def coverage_of(files: dict[str, str]) -> Coverage:
    chosen = [loaded for loaded in rules() if loaded.rule.default]
    run = lint_contents(files, chosen)
    codes = [loaded.rule.code for loaded in chosen]
    return read_coverage([run.corpus], run.outcome.findings, codes)


def broken() -> dict[str, str]:
    files = corpus()
    files[INCIDENT] = files[INCIDENT].replace("Free Account Asset", "Free Acount Asset")
    return files


@pytest.fixture(scope="module")
def hostile() -> tuple[str, Parsed]:
    html = render_html(audit_of(hostile_corpus(), title=HOSTILE[0]))
    return html, Parsed(html)


def test_a_finding_stands_in_its_context_with_the_wrong_words_marked() -> None:
    page = Parsed(render_html(audit_of(broken())))
    assert "Free Acount Asset" in page.of("mark")
    message = "T0146.001 is called “Free Account Asset” (has “Acount” instead of “Account”)"
    assert message in page.text
    assert "Accounts (T0146: Account Asset, T0146.001: Free Acount Asset" in page.text


def test_a_cause_shows_the_wrong_text_and_its_replacement() -> None:
    page = Parsed(render_html(audit_of(broken())))
    assert page.of("del")[0] == "Free Acount Asset"
    assert page.of("ins")[0] == "Free Account Asset"


def test_a_sound_corpus_is_called_good() -> None:
    page = Parsed(render_html(audit_of(corpus())))
    assert "All good: nothing to report in 8 files." in " ".join(page.text.split())


def test_every_anchor_leads_somewhere_and_no_id_stands_twice(hostile: tuple[str, Parsed]) -> None:
    _, page = hostile
    ids = page.attributes("id")
    assert sorted(ids) == sorted(set(ids))
    assert {href.removeprefix("#") for href in page.attributes("href") if href != "data:,"} <= {
        *ids
    }
    for names in page.attributes("aria-labelledby"):
        assert set(names.split()) <= set(ids)


def test_nothing_of_a_page_becomes_an_element(hostile: tuple[str, Parsed]) -> None:
    html, page = hostile
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"img", "iframe", "object", "foreignobject"}
    assert sum(tag == "script" for tag, _ in page.elements) == 1
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]
    for name in ("href", "src", "action", "formaction"):
        assert all(value.startswith("#") or value == "data:," for value in page.attributes(name))
    assert "alert(" not in "".join(page.of("script"))
    assert "{{7*7}}" in unescape(html)
    assert "49{%" not in html


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_shown_as_they_are(hostile: tuple[str, Parsed], name: str) -> None:
    assert name in hostile[1].text


def test_nothing_may_be_loaded(hostile: tuple[str, Parsed]) -> None:
    metas = [attrs for tag, attrs in hostile[1].elements if tag == "meta"]
    policy = next(m["content"] for m in metas if m.get("http-equiv") == "Content-Security-Policy")
    assert policy.split("; ")[:4] == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "script-src 'unsafe-inline'",
        "img-src data:",
    ]


def test_invisible_characters_are_shown_by_number() -> None:
    files = broken()
    files[INCIDENT] = files[INCIDENT].replace("posted", "po\u202ested\x07")
    html = render_html(audit_of(files))
    assert "\u202e" not in html
    assert "\x07" not in html
    assert "<U+202E>" in Parsed(html).text


def test_each_plot_has_a_name_a_description_and_its_numbers(hostile: tuple[str, Parsed]) -> None:
    _, page = hostile
    figures = [attrs["aria-labelledby"] for tag, attrs in page.elements if tag == "figure"]
    assert figures == ["families-title", "heat-title", "graph-title"]
    tables = [a["aria-describedby"] for tag, a in page.elements if "aria-describedby" in a]
    assert tables == ["families-description", "heat-description"]
    (graph,) = [attrs for tag, attrs in page.elements if attrs.get("role") == "img"]
    assert graph["aria-labelledby"] == "graph-title graph-description"
    assert "Numbers: Findings by family of rules and kind of page" in page.attributes("aria-label")
    assert "References that are not sound" in page.attributes("aria-label")


def test_hostile_ids_stay_texts_in_the_graph() -> None:
    """An id as written might be anything; in SVG a script or a handler would run as in HTML."""
    edges = [Edge(f"{HOSTILE[n]}{n}", HOSTILE[-n], EdgeState.DANGLING) for n in range(len(HOSTILE))]
    network = Network('in"cident<svg onload=alert(6)>', "</svg><script>alert(7)", tuple(edges))
    html = render_html(replace(audit_of(corpus()), network=network))
    page = Parsed(html)
    inside = re.findall(
        r"<(/?[\w-]+)", html[html.index("<figure id=plot-graph") :].split("</figure>")[0]
    )
    assert {name.removeprefix("/") for name in inside} == {
        *("figure", "figcaption", "h3", "p", "ul", "li", "svg", "g", "text", "line", "circle"),
        *("details", "summary", "div", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    }
    assert sum(tag == "script" for tag, _ in page.elements) == 1
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]
    assert 'in"cident<svg onload=alert(6)>' in page.text
    assert all(edge.technique in page.text for edge in edges)


def test_findings_that_say_the_same_stand_together_and_a_long_text_once() -> None:
    files = broken()
    told = "They said so in the first and in the second of their many posts, T0999, and again"
    for name in ("I00001", "I00002"):
        files[f"generated_pages/incidents/{name}.md"] = (
            f"# Incident {name}: Case\n\n* **Summary:** T0999 is gone; T0999 it is.\n\n{told}.\n"
        )
    html = render_html(audit_of(files))
    page = Parsed(html)
    text = html[html.index("<section id=findings") :]
    groups = [g for g in text.split("<li class=g ")[1:] if "T0999 does not exist" in g]
    assert [len(re.findall("<li class=f ", group)) for group in groups] == [3, 3]
    assert text.count("in the first and in the second") == 1
    same = [attrs["href"] for _, attrs in page.elements if attrs.get("class") == "as"]
    first = re.search(r"<li class=f id=(f\d+)>[^\n]*in the first and", text)
    assert first is not None
    assert same == [f"#{first[1]}"]


def test_tables_begin_with_what_has_most_findings() -> None:
    page = render_html(audit_of(hostile_corpus()))
    for section in ("score", "rules", "tactics", "pages"):
        body = (
            page[page.index(f"<section id={section} ") :].split("<tbody>")[1].split("</table>")[0]
        )
        found = [int(re.findall(r"<td>(\d+)", row)[0]) for row in body.split("<tr>")[1:]]
        assert found == sorted(found, reverse=True)
        assert len(found) > (section == "pages")


def test_a_series_and_the_age_of_a_cause_are_shown_when_given() -> None:
    files = broken()
    cause = audit_of(files).causes[0].key
    audit = audit_of(
        files,
        since={cause: Since("2024-11-22", "c724a3f")},
        series=(Release("1.5", "2024-06-01", {"N": 3}), Release("1.6", "2025-02-10", {"N": 1})),
    )
    page = Parsed(render_html(audit))
    assert "2024-11-22 (c724a3f)" in page.text
    assert "3 findings in 1.5, 1 in 1.6; at most 3." in page.text


def test_a_comparison_tells_fixed_from_new_and_stayed() -> None:
    old, new = broken(), corpus()
    old[INCIDENT] = old[INCIDENT].replace("(T0146: Account Asset", "(T0146: Acount Asset")
    new[INCIDENT] = new[INCIDENT].replace("T0146: Account Asset", "T0146: Acount Asset")
    new[INCIDENT] = new[INCIDENT].replace("What happened.", "What happened in T0999.")
    first, second = audit_of(old), audit_of(new)
    comparison = compare_columns(
        [
            ReleaseColumn("1.5", first, coverage=coverage_of(old)),
            ReleaseColumn("1.6", second, coverage=coverage_of(new)),
        ]
    )
    (step,) = comparison.steps
    assert [c.message for c in step.fixed] == [
        "T0146.001 is called “Free Account Asset” (has “Acount” instead of “Account”)"
    ]
    assert [c.message for c in step.new] == ["T0999 does not exist"]
    assert [(c.message, before) for c, before in step.stayed] == [
        ("T0146 is called “Account Asset” (has “Acount” instead of “Account”)", 1)
    ]
    text = " ".join(Parsed(render_html(second, comparison)).text.split())
    assert "Fixed: 1 cause" in text
    assert "The rest of this report is about 1.6." in text
    assert "Audit of 1.5 → 1.6" in text


def test_what_the_later_corpus_lacks_is_told_as_not_compared() -> None:
    old = broken()
    new = {path: text for path, text in corpus().items() if "/incidents/" not in path}
    comparison = compare_columns(
        [
            ReleaseColumn("1.5", audit_of(old), coverage=coverage_of(old)),
            ReleaseColumn("<1.6>", audit_of(new), coverage=Coverage(unsure="was checked in part")),
        ]
    )
    (step,) = comparison.steps
    assert (step.fixed, step.gone, step.unknown) == ((), (), 1)
    text = " ".join(Parsed(render_html(audit_of(new), comparison)).text.split())
    assert "Not compared: 1 cause, because <1.6> was checked in part." in text
    assert "Not compared, because <1.6> was checked in part: 1 cause" in text


def test_an_id_with_a_control_character_spoils_no_plot() -> None:
    files = hostile_corpus()
    files["generated_pages/tactics/TA\x0202.md"] = (
        "# Tactic TA\x0202: Na\ufffeme\n\n* **Summary:** As T9999 shows.\n\n"
        "| Techniques |\n| --- |\n| [T\x020001 x](../../generated_pages/techniques/T0001.md) |\n"
    )
    html = render_html(audit_of(files))
    assert "\x02" not in html
    assert "TA<U+0002>02" in Parsed(html).text
