"""Every form of a link, of CommonMark, GFM, GitHub and HTML, is judged by the link rules."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

import disarm_rules
from disarm_lint.project import lint_contents
from disarm_lint.ruleset import load_rules
from support import mini
from support.cli import lint, write_files

if TYPE_CHECKING:
    from disarm_lint.model.finding import Finding
    from disarm_lint.ruleset import LoadedRule

PAGES = {
    "generated_pages/techniques/T0001.md": "# Technique T0001: Alpha Beta\n\n## Notes & More\n",
    "generated_pages/techniques/T0002.md": "# Technique T0002: Gamma Delta\n",
    "generated_pages/tactics/TA01.md": "# Tactic TA01: Plan\n",
    "generated_pages/images/a.png": "",
}
HERE = "generated_pages/incidents/I00001.md"
LINKS = ("L301", "L302", "L303", "L304", "L305", "L307", "L308", "N402", "N406")


@lru_cache(maxsize=1)
def _rules() -> tuple[LoadedRule, ...]:
    return tuple(rule for rule in load_rules(disarm_rules) if rule.rule.code in LINKS)


def found_in(notes: str) -> list[Finding]:
    page = f"# Incident I00001: A case\n\n* **Summary:** a\n\nNotes\n\n{notes}"
    run = lint_contents({**PAGES, HERE: page}, _rules())
    found = [f for f in run.outcome.findings if f.location.path == HERE and f.rule in LINKS]
    for finding in found:
        # What a suggestion replaces is what the finding stands at.
        assert finding.text is not None
        span = finding.location.span
        assert span is not None
        lines = page.split("\n")
        if span.line == span.end_line:
            assert lines[span.line - 1][span.column - 1 : span.end_column - 1] == finding.text.raw
    return found


def says(notes: str) -> list[tuple[str, str]]:
    return [(f.rule, f.text.raw if f.text else "") for f in found_in(notes)]


# Each form, with {label} for what people read and {target} for where it leads.
FORMS = {
    "inline": "[{label}]({target})",
    "inline with a title": '[{label}]({target} "A title")',
    "inline in angle brackets": "[{label}](<{target}> 'A title')",
    "inline over two lines": "[{label}](\n{target})",
    "full reference": "[{label}][r]\n\n[r]: {target}",
    "reference in other letter case": "[{label}][Some  Label]\n\n[sOME label]: {target}",
    "collapsed reference": "[{label}][]\n\n[{label}]: {target}",
    "shortcut reference": "[{label}]\n\n[{label}]: {target}",
    "definition before its use": "[r]: {target}\n\n[{label}][r]",
    "definition with a title": '[{label}][r]\n\n[r]: {target} "A title"',
    "definition with a long title": "[{label}][r]\n\n[r]: {target}\n  'A title\nof two lines'",
    "definition in parentheses": "[{label}][r]\n\n[r]: {target} (A title)",
    "definition in angle brackets": "[{label}][r]\n\n[r]: <{target}>",
    "definition over lines": "[{label}][r]\n\n[r]:\n   {target}",
    "second definition of a paragraph": "[{label}][r]\n\n[q]: https://example.org\n[r]: {target}",
    "the first of two definitions": "[{label}][r]\n\n[r]: {target}\n[r]: ../techniques/T0002.md",
    "definition in a quotation": "> [{label}][r]\n>\n> [r]: {target}",
    "definition in a list": "* [{label}][r]\n\n* [r]: {target}",
    "reference in a table": "| a | b |\n| - | - |\n| [{label}][r] | c |\n\n[r]: {target}",
    "HTML": '<a href="{target}">{label}</a>',
    "HTML in single quotes": "<a href='{target}'>{label}</a>",
    "HTML without quotes": "<A HREF={target}>{label}</A>",
    "HTML with other attributes": '<a title="href=x > y" class=z href="{target}">{label}</a>',
    "HTML in a block": '<div>\n<a href="{target}">{label}</a>\n</div>',
}
IMAGES = {
    "image": "![p]({target})",
    "image by reference": "![p][r]\n\n[r]: {target}",
    "image by its text": "![p]\n\n[p]: {target}",
    "HTML image": '<img src="{target}">',
    "HTML image with other attributes": '<img alt="src=x" width=3 src="{target}"/>',
    "HTML image in a block": '<p align="center">\n<img src="{target}">\n</p>',
    "picture": '<picture><source srcset="{target} 2x"><img alt=""></picture>',
    "video": '<video controls src="{target}"></video>',
    "image in a link": "[![p]({target})](../techniques/T0001.md)",
}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
images = pytest.mark.parametrize("form", [*FORMS.values(), *IMAGES.values()])


def fill(form: str, target: str, label: str = "a page") -> str:
    return form.replace("{target}", target).replace("{label}", label) + "\n"


@images
def test_a_right_link_of_any_form_is_left_alone(form: str) -> None:
    assert says(fill(form, "../images/a.png")) == []


@images
def test_a_target_that_is_missing_stands_where_it_is_written(form: str) -> None:
    assert says(fill(form, "../images/b.png")) == [("L301", "../images/b.png")]


@images
def test_a_target_in_other_letter_case(form: str) -> None:
    (finding,) = found_in(fill(form, "../images/A.PNG"))
    assert (finding.rule, finding.suggestion) == ("L303", "../images/a.png")


@images
def test_a_target_that_leads_out(form: str) -> None:
    assert says(fill(form, "../../../a.png")) == [("L304", "../../../a.png")]


@images
def test_an_address_with_a_slip(form: str) -> None:
    (finding,) = found_in(fill(form, "htp://www.example.org/a"))
    assert (finding.rule, finding.suggestion) == ("L305", "http://www.example.org/a")
    assert finding.text is not None
    assert finding.text.raw == "htp://www.example.org/a"


@forms
def test_an_anchor_that_is_missing(form: str) -> None:
    (finding,) = found_in(fill(form, "../techniques/T0001.md#notes-more"))
    assert finding.rule == "L301"
    assert finding.suggestion == "../techniques/T0001.md#notes--more"


@forms
def test_an_id_that_leads_to_another(form: str) -> None:
    assert says(fill(form, "../techniques/T0002.md", "T0001 Alpha Beta")) == [("L302", "T0001")]


@forms
def test_a_wrong_name(form: str) -> None:
    (finding,) = found_in(fill(form, "../techniques/T0001.md", "T0001 Alpha Bet"))
    assert (finding.rule, finding.suggestion) == ("N402", "Alpha Beta")
    assert finding.text is not None
    assert finding.text.raw == "Alpha Bet"


@forms
def test_the_name_of_another(form: str) -> None:
    assert says(fill(form, "../techniques/T0001.md", "Gamma Delta")) == [("N406", "Gamma Delta")]


def test_a_bad_definition_is_one_finding_however_often_it_is_used() -> None:
    notes = "[a][r], [b][r] and [r].\n\n[r]: ../images/b.png\n"
    assert says(notes) == [("L301", "../images/b.png")]


@pytest.mark.parametrize(
    "notes",
    [
        "`[a][r]`\n\n[r]: ../images/b.png\n",
        "A text\n[r]: ../images/b.png\n\n[a][r]\n",
        "[^1] is a note.\n\n[^1]: ../images/b.png\n",
        "    [r]: ../images/b.png\n\n[r]\n",
        "```\n[r]: ../images/b.png\n```\n\n[r]\n",
        "[r]: ../images/b.png\n",
        "[1][2] and [citation needed][3] and [sic][4].\n",
        "- [ ] to do\n- [x] done\n",
        "\\[a\\][r\\]\n\n[r]: ../images/b.png\n",
        "![a [b](c.md) d](../images/a.png)\n",
    ],
)
def test_what_is_no_link_is_left_alone(notes: str) -> None:
    assert [item for item in says(notes) if item[0] != "L308"] == []


def test_a_label_that_is_not_defined_is_a_hint() -> None:
    (finding,) = found_in("See [the report][reprot].\n\n[report]: https://example.org\n")
    assert (finding.rule, finding.severity.name) == ("L308", "INFO")
    assert finding.suggestion == "[the report][report]"
    (finding,) = found_in("See [the report][source].\n")
    assert finding.suggestion is None
    assert finding.message == (
        "this page defines no “[source]:”, so this is not a link: "
        "define it, or write the target behind the text"
    )


@pytest.mark.parametrize(
    "notes",
    [
        "[1][2] and [citation needed][3] and [sic][4].\n",
        "The script reads users[index][followers].\n",
        "[a text][^note] and ![an image][picture].\n",
        "`[the report][source]` and [the report][Source].\n\n[source]: https://example.org\n",
    ],
)
def test_what_names_no_label(notes: str) -> None:
    assert says(notes) == []


def test_the_address_in_a_definition_is_no_text() -> None:
    notes = "[x][r]\n\n[r]: https://example.org/T0001:_Alpha_Bet 'T0009: Nothing'\n"
    assert says(notes) == []


def test_a_fix_edits_the_definition(tmp_path: Path) -> None:
    notes = "[T0001 Alpha Bet][r] and [more][r].\n\n[r]: ../techniques/t0001.md 'A title'\n"
    head = "# Incident I00001: A case\n\n* **Summary:** a\n\nNotes\n\n"
    write_files(tmp_path, {**PAGES, HERE: head + notes})
    done = lint("fix", "--allow-dirty", "--select", "L303,N402", ".", cwd=tmp_path)
    assert done.out.startswith("Fixed 2 findings, in 1 page."), done.err
    fixed = notes.replace("Bet]", "Beta]").replace("t0001", "T0001")
    assert (tmp_path / HERE).read_text(encoding="utf-8") == head + fixed


@given(st.text(alphabet="[]()<>!^:\\ \n\r\t'\"abr./#`|>*-1", max_size=60))
def test_no_text_makes_a_link_without_a_place(notes: str) -> None:
    found_in(f"[r]: a.md\n\n{notes}")


NFC, NFD = "R\u00e9sum\u00e9", "Re\u0301sume\u0301"


def _link_to(href: str, file: str) -> list[Finding]:
    files = mini.corpus()
    files[f"{mini.PAGES}/{file}"] = "# Note\n\nText.\n"
    page = f"{mini.PAGES}/techniques/T0146.md"
    files[page] += f"\n[a note]({href})\n"
    return [item for item in mini.findings(files) if item.location.path == page]


@pytest.mark.parametrize(("here", "there", "form"), [(NFC, NFD, "NFD"), (NFD, NFC, "NFC")])
@pytest.mark.parametrize(
    ("href", "file"),
    [
        ("../notes/{}.md", "notes/{}.md"),
        ("../{}/x.md", "{}/x.md"),
        ("../notes/{}.MD", "notes/{}.md"),
    ],
)
def test_a_file_name_in_another_normal_form_is_told_as_such(
    here: str, there: str, form: str, href: str, file: str
) -> None:
    (finding,) = _link_to(href.format(here), file.format(there))
    assert finding.rule == "L303"
    assert "another Unicode normal form" in finding.message
    assert f"({form})" in finding.message
    assert finding.suggestion is not None
    assert unquote(finding.suggestion) == f"../{file.format(there)}"


def test_a_file_name_in_the_same_normal_form_is_fine() -> None:
    assert _link_to(f"../notes/{NFD}.md", f"notes/{NFD}.md") == []


def test_a_heading_in_another_normal_form_is_told_as_such() -> None:
    files, page = mini.corpus(), f"{mini.PAGES}/techniques/T0146.md"
    files[page] += f"\n## {NFD}\n\n[below](#{NFC.lower()})\n"
    (finding,) = mini.findings(files)
    assert finding.rule == "L301"
    assert "normal form" in finding.message
    assert finding.suggestion is not None
    assert unquote(finding.suggestion) == f"#{NFD.lower()}"


@pytest.mark.parametrize(
    "text",
    [
        "[sic][Smith 2019]",
        "[citation needed][Smith et al.]",
        "[emphasis added][our translation]",
        "[the report][Smith, 2019a]",
    ],
)
def test_remarks_and_sources_in_brackets_are_no_links(text: str) -> None:
    files = mini.corpus()
    files[f"{mini.PAGES}/techniques/T0146.md"] += f"\nSee {text}.\n"
    assert mini.findings(files) == []


def test_a_label_with_an_escaped_bracket_is_read_to_its_end() -> None:
    files, page = mini.corpus(), f"{mini.PAGES}/techniques/T0146.md"
    files[page] += "\nSee [the report][a\\]c d].\n\n[a\\]b d]: https://a.example/\n"
    (finding,) = mini.findings(files)
    assert (finding.rule, finding.suggestion) == ("L308", "[the report][a\\]b d]")
