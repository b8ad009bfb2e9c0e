"""The HTML of the audit: what is in it, and that nothing in a page gets out of its text."""

from __future__ import annotations

from html import unescape

import pytest

from audit_support import HOSTILE, Parsed, audit_of, hostile_corpus
from disarm_lint.audit.build import ReleaseColumn, compare_columns
from disarm_lint.audit.html import render_html
from disarm_lint.audit.model import Release
from disarm_lint.report.report import Since
from mini import corpus

INCIDENT = "generated_pages/incidents/I00001.md"


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
    assert "T0146.001 is called “Free Account Asset” (“Acount” stands for “Account”)" in page.text
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
    drawn = [attrs for tag, attrs in page.elements if tag == "svg"]
    assert [attrs["aria-labelledby"] for attrs in drawn] == [
        f"{key}-title {key}-description" for key in ("families", "heat", "graph")
    ]
    assert all(attrs["role"] == "img" for attrs in drawn)
    assert "Numbers: Findings by tactic and rule" in page.attributes("aria-label")


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
    assert "Stacked bars: 3 findings in 1.5, 1 in 1.6; at most 3." in page.text


def test_a_comparison_tells_fixed_from_new_and_stayed() -> None:
    old, new = broken(), corpus()
    old[INCIDENT] = old[INCIDENT].replace("(T0146: Account Asset", "(T0146: Acount Asset")
    new[INCIDENT] = new[INCIDENT].replace("T0146: Account Asset", "T0146: Acount Asset")
    new[INCIDENT] = new[INCIDENT].replace("What happened.", "What happened in T0999.")
    first, second = audit_of(old), audit_of(new)
    comparison = compare_columns([ReleaseColumn("1.5", first), ReleaseColumn("1.6", second)])
    (step,) = comparison.steps
    assert [c.message for c in step.fixed] == [
        "T0146.001 is called “Free Account Asset” (“Acount” stands for “Account”)"
    ]
    assert [c.message for c in step.new] == ["T0999 does not exist"]
    assert [(c.message, before) for c, before in step.stayed] == [
        ("T0146 is called “Account Asset” (“Acount” stands for “Account”)", 1)
    ]
    text = " ".join(Parsed(render_html(second, comparison)).text.split())
    assert "Fixed: 1 cause" in text
    assert "The rest of this report is about 1.6." in text


def test_an_id_with_a_control_character_spoils_no_plot() -> None:
    files = hostile_corpus()
    files["generated_pages/tactics/TA\x0202.md"] = (
        "# Tactic TA\x0202: Na\ufffeme\n\n* **Summary:** As T9999 shows.\n\n"
        "| Techniques |\n| --- |\n| [T\x020001 x](../../generated_pages/techniques/T0001.md) |\n"
    )
    html = render_html(audit_of(files))
    assert "\x02" not in html
    assert "TA<U+0002>02" in Parsed(html).text
