"""Links: where they lead, and what the link rules say of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import disarm_rules
from disarm_lint.corpus.links import LinkOutcome, make_slug, quote_path
from disarm_lint.model.config import Config
from disarm_lint.project import lint, lint_contents, read_corpus
from disarm_lint.ruleset import load_rules
from disarm_lint.sources.filesystem import DiskTree, MemoryTree
from disarm_rules._urls import find_external_fault, find_relative_fault, is_no_address
from support.published import CORPORA

if TYPE_CHECKING:
    from disarm_lint.model.finding import Finding

RULES = tuple(r for r in load_rules(disarm_rules) if r.rule.code.startswith("L3"))

PAGES = {
    "generated_pages/techniques/T0001.md": "# Technique T0001: Alpha Beta\n\n## Notes & More\n",
    "generated_pages/techniques/T0002.md": "# Technique T0002: Gamma\n",
    "generated_pages/techniques/T0002.001.md": "# Technique T0002.001: Gamma Ray\n",
    "generated_pages/tactics/TA01.md": "# Tactic TA01: Plan\n",
    "generated_pages/images/a chart.png": "",
    "generated_pages/other_notes.md": "# Notes\n",
}
HERE = "generated_pages/incidents/I00001.md"


def found_in(text: str, extra: dict[str, str] | None = None) -> list[Finding]:
    page = f"# Incident I00001: A case\n\n* **Summary:** {text}\n"
    run = lint_contents({**PAGES, HERE: page, **(extra or {})}, RULES)
    return [f for f in run.outcome.findings if f.location.path == HERE]


def codes(text: str) -> list[str]:
    return [finding.rule for finding in found_in(text)]


# --- where links lead ---


@pytest.mark.parametrize(
    ("href", "fate", "path"),
    [
        ("../techniques/T0001.md", LinkOutcome.FOUND, "generated_pages/techniques/T0001.md"),
        (
            "../techniques/T0001.md?raw=true",
            LinkOutcome.FOUND,
            "generated_pages/techniques/T0001.md",
        ),
        ("../techniques/T0001.md#L3-L9", LinkOutcome.FOUND, "generated_pages/techniques/T0001.md"),
        (
            "../techniques/T0001.md#notes--more",
            LinkOutcome.FOUND,
            "generated_pages/techniques/T0001.md",
        ),
        (
            "../techniques/T0001.md#Notes--More",
            LinkOutcome.FOUND,
            "generated_pages/techniques/T0001.md",
        ),
        (
            "../techniques/T0001.md#x",
            LinkOutcome.NO_FRAGMENT,
            "generated_pages/techniques/T0001.md",
        ),
        ("../images/a%20chart.png", LinkOutcome.FOUND, "generated_pages/images/a chart.png"),
        ("../techniques/", LinkOutcome.FOUND, "generated_pages/techniques"),
        ("..", LinkOutcome.FOUND, "generated_pages"),
        ("/generated_pages/tactics/TA01.md", LinkOutcome.FOUND, "generated_pages/tactics/TA01.md"),
        ("#top", LinkOutcome.FOUND, HERE),
        ("#", LinkOutcome.FOUND, HERE),
        ("?plain=1", LinkOutcome.FOUND, HERE),
        ("../tactics/ta01.md", LinkOutcome.OTHER_CASE, "generated_pages/tactics/ta01.md"),
        ("../tactics/TA02.md", LinkOutcome.MISSING, "generated_pages/tactics/TA02.md"),
        ("../tactics/TA01.md/x", LinkOutcome.MISSING, "generated_pages/tactics/TA01.md/x"),
        ("../../README.md", LinkOutcome.MISSING, "README.md"),
        ("../../../x.md", LinkOutcome.ESCAPES, "generated_pages/incidents/../../../x.md"),
        ("../techniques/%00.md", LinkOutcome.MISSING, "generated_pages/techniques/\0.md"),
    ],
)
def test_a_relative_target_is_judged_by_the_folders(
    href: str, fate: LinkOutcome, path: str
) -> None:
    files = {**PAGES, HERE: "# Incident I00001: A case\n"}
    corpus = read_corpus(MemoryTree({k: v.encode() for k, v in files.items()}), Config())
    resolved = corpus.links.resolve_href(HERE, href)
    assert (resolved.fate, resolved.path) == (fate, path)


def test_a_folder_of_pages_under_another_name_knows_itself_by_any_name() -> None:
    files = {
        "techniques/T0001.md": "# Technique T0001: Alpha\n",
        "tactics/TA01.md": "[T0001 Alpha](../../generated_pages/techniques/T0001.md) "
        "[T0009](../../pages/techniques/T0009.md) [x](../../elsewhere/x.md)",
    }
    corpus = read_corpus(MemoryTree({k: v.encode() for k, v in files.items()}), Config())
    fates = [corpus.links.resolve(d, link).fate for d in corpus.all_documents for link in d.links]
    assert fates == [LinkOutcome.FOUND, LinkOutcome.MISSING, LinkOutcome.ESCAPES]


def test_what_cannot_be_read_is_not_missing(tmp_path: Path) -> None:
    from disarm_lint.config.profile import load_builtin_profile
    from disarm_lint.corpus.links import LinkResolver

    class Locked(MemoryTree):
        def names(self, folder: str) -> frozenset[str] | None:
            return None if folder == "generated_pages/locked" else super().names(folder)

    tree = Locked({"generated_pages/locked/x.md": b""})
    locked = frozenset({"generated_pages/locked"})
    resolver = LinkResolver(tree, load_builtin_profile("disarm-1"), {}, locked)
    assert resolver.resolve_href("generated_pages/a.md", "locked/x.md").fate is LinkOutcome.FOUND


@pytest.mark.parametrize(
    ("written", "path", "expected"),
    [
        (
            "../generated_pages/techniques/T0001.md",
            "generated_pages/techniques/T0001.md",
            "../../generated_pages/techniques/T0001.md",
        ),
        ("../technique/T0001.md", "generated_pages/techniques/T0001.md", "../techniques/T0001.md"),
        ("T0001.md", "generated_pages/incidents/T0001.md", "T0001.md"),
        ("/x/T0001.md", "generated_pages/T0001.md", "/generated_pages/T0001.md"),
        ("x.png", "generated_pages/images/a (b).png", "../images/a%20%28b%29.png"),
    ],
)
def test_a_suggested_target_keeps_the_style_of_the_written_one(
    written: str, path: str, expected: str
) -> None:
    corpus = read_corpus(MemoryTree({k: v.encode() for k, v in PAGES.items()}), Config())
    assert corpus.links.build_href(HERE, written, path) == expected


def test_letter_case_is_mended_in_place() -> None:
    corpus = read_corpus(MemoryTree({k: v.encode() for k, v in PAGES.items()}), Config())
    respelled = corpus.links.respell
    actual = "generated_pages/images/a chart.png"
    assert respelled(HERE, ".././Images/A%20chart.png?x#y", actual) == (
        ".././images/a%20chart.png?x#y"
    )
    assert respelled(HERE, "/Generated_pages/images/a%20chart.png", actual) == (
        "/generated_pages/images/a%20chart.png"
    )


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("Notes & More", "notes--more"),
        ("Notes &amp; More", "notes--more"),
        ("A [link](x.md) and `code`", "a-link-and-code"),
        ("T0001: 5Ds (dismiss)", "t0001-5ds-dismiss"),
        ("Ünïcode – नमस्ते", "ünïcode--नमस्ते"),
        ("C\\_D <i>x</i>", "c_d-x"),
    ],
)
def test_a_heading_has_the_fragment_that_github_gives_it(heading: str, slug: str) -> None:
    assert make_slug(heading) == slug


def test_fragments_of_repeated_underlined_and_html_headings() -> None:
    text = 'Title\n=====\n\n## A\n\n## A\n\n<h2>In HTML</h2>\n\n<a id="Mark"></a>\n'
    files = {**PAGES, "generated_pages/x.md": text}
    corpus = read_corpus(MemoryTree({k: v.encode() for k, v in files.items()}), Config())
    assert set(corpus.links.anchors("generated_pages/x.md")) >= {
        "title",
        "a",
        "a-1",
        "in-html",
        "mark",
    }


def test_quoting_keeps_what_is_harmless() -> None:
    assert quote_path("é/a b&c.md") == "é/a%20b%26c.md"


# --- L301 ---


def test_a_broken_link_says_which_path_would_work() -> None:
    (finding,) = found_in("[T0001 Alpha Beta](../technique/T0001.md#notes--more)")
    assert finding.rule == "L301"
    assert finding.suggestion == "../techniques/T0001.md#notes--more"
    assert finding.breaks == "generated_pages/technique/T0001.md"


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("[T0001](../techniques/T0001)", "../techniques/T0001.md"),
        ("[T0002.001](../techniques/T0002.001)", "../techniques/T0002.001.md"),
        ("[T0001 Alpha Beta](../techniques/alpha.md)", "../techniques/T0001.md"),
        ("[notes](other_notes.md)", "../other_notes.md"),
        ("![chart](a%20chart.png)", "../images/a%20chart.png"),
        ('<a href="../technique/T0001.md">x</a>', "../techniques/T0001.md"),
        ("[x](..\\techniques\\T0001.md)", "../techniques/T0001.md"),
        ("[x](../techniques/T0009.md)", None),
        ("[T0001](../techniques/T0009.md)", "../techniques/T0001.md"),
        ("[T0001](../nowhere/T0002.md)", None),
        ("[T0001 Alpha](../techniques/T0001 .md)", "../techniques/T0001.md"),
    ],
)
def test_the_suggestion_is_the_one_file_that_fits(text: str, suggestion: str | None) -> None:
    (finding,) = found_in(text)
    assert (finding.rule, finding.suggestion) == ("L301", suggestion)


def test_a_windows_path_is_called_one() -> None:
    (finding,) = found_in("[x](..\\techniques\\T0001.md)")
    assert "Windows" in finding.message


def test_an_escaped_character_is_no_windows_path() -> None:
    assert codes("[x](../other\\_notes.md)") == []
    (finding,) = found_in("[T0002.001](../technique/T0002\\.001.md)")
    assert "Windows" not in finding.message
    assert finding.suggestion == "../techniques/T0002.001.md"


def test_an_html_target_is_read_and_suggested_with_its_escapes() -> None:
    extra = {"generated_pages/r&d.md": "# R\n"}
    assert found_in('<a href="../r&amp;d.md">x</a>', extra) == []
    (finding,) = found_in('<a href="../x/r&amp;d.md">x</a>', extra)
    assert finding.suggestion == "../r%26d.md"


def test_a_fragment_gets_the_nearest_one() -> None:
    (finding,) = found_in("[x](../techniques/T0001.md#note--more)")
    assert (finding.rule, finding.suggestion) == (
        "L301",
        "../techniques/T0001.md#notes--more",
    )
    (finding,) = found_in("[x](#zzz)")
    assert finding.suggestion is None


@pytest.mark.parametrize(
    "text",
    [
        "[T0009 Unknown](../techniques/T0009.md)",
        "[T0001:002 Alpha](../techniques/T0001:002.md)",
        "`[x](nowhere.md)`",
        "[x](mailto:a@example.org)",
        "[x](<../images/a chart.png>)",
        "[sic](as he said) it",
    ],
)
def test_silence_where_another_rule_speaks_or_nothing_is_wrong(text: str) -> None:
    assert codes(text) == []


def test_links_of_one_page_into_one_absent_folder_are_one_cause() -> None:
    text = "[a](../gone/a.md) [b](../gone/b.md) [c](../gone/deep/c.md) [d](../else/d.md)"
    findings = found_in(text)
    assert len(findings) == 4
    assert len({finding.cause for finding in findings}) == 2


def test_a_missing_page_is_one_cause_wherever_it_is_linked_from() -> None:
    extra = {"generated_pages/tactics/TA02.md": "# Tactic TA02: X\n\n[t](../techniques/T0009.md)\n"}
    page = "# Incident I00001: A case\n\n[t](../../generated_pages/techniques/T0009.md)\n"
    run = lint_contents({**PAGES, HERE: page, **extra}, RULES)
    assert len(run.outcome.findings) == 2
    assert len({finding.cause for finding in run.outcome.findings}) == 1


INDEX = (
    '<table border="1">\n<tr>\n<th>disarm_id</th>\n<th>name</th>\n<th>summary</th>\n</tr>\n'
    '<tr>\n<td><a href="phases/P01.md">P01</a></td>\n<td>Plan</td>\n<td>x</td>\n</tr>\n'
    '<tr>\n<td><a href="phases/P02.md">P02</a></td>\n<td>Prepare</td>\n<td>x</td>\n</tr>\n'
    '<tr>\n<td><a href="phases/.md"></a></td>\n<td></td>\n<td></td>\n</tr>\n</table>\n'
)


def test_an_index_row_without_a_page_or_an_id_is_left_to_others() -> None:
    files = {
        "generated_pages/phases_index.md": INDEX,
        "generated_pages/phases/P01.md": "# Phase P01: Plan\n",
    }
    assert lint_contents(files, RULES).outcome.findings == ()
    # A kind without a single page is no case of a missing page: the links are broken.
    del files["generated_pages/phases/P01.md"]
    files["generated_pages/tactics/TA01.md"] = "# Tactic TA01: Plan\n"
    found = lint_contents(files, RULES).outcome.findings
    assert [f.rule for f in found] == ["L301", "L301"]
    assert len({f.cause for f in found}) == 1


def test_outside_a_corpus_relative_links_are_not_judged() -> None:
    files = {"notes.md": "[a](gone.md) [b](../../x.md) [T0001](T0002.md) [c](htp://x.org) [d]()\n"}
    assert [f.rule for f in lint_contents(files, RULES).outcome.findings] == ["L305", "L305"]


# --- L302, L303, L304 ---


@pytest.mark.parametrize(
    ("text", "suggestion", "word"),
    [
        ("[T0001 Gamma](../techniques/T0002.md)", "T0002", "correct the id"),
        ("[T0001 Alpha Beta](../techniques/T0002.md)", None, "correct the target"),
        ("[T0001](../techniques/T0002.md)", None, "leads to T0002 “Gamma”"),
        ("[see T0001](../techniques/T0002.md)", None, "leads to T0002"),
        ("[T0002](../techniques/T0002.001.md)", None, "leads to T0002.001"),
    ],
)
def test_a_mismatch_says_both_and_which_is_likely_wrong(
    text: str, suggestion: str | None, word: str
) -> None:
    (finding,) = found_in(text)
    assert (finding.rule, finding.suggestion) == ("L302", suggestion)
    assert word in finding.message
    assert finding.subject in ("T0001", "T0002")


@pytest.mark.parametrize(
    "text",
    [
        "[T0001 Alpha Beta](../techniques/T0001.md)",
        "[T0001 and T0002](../techniques/T0002.md)",
        "[the successor of T0001](../techniques/T0002.md)",
        "[T0001 Alpha Beta](../other_notes.md)",
        "[Alpha Beta](../techniques/T0002.md)",
        "[T0001 Alpha Beta](https://example.org/T0002.md)",
    ],
)
def test_no_mismatch(text: str) -> None:
    assert codes(text) == []


def test_letter_case_and_escape() -> None:
    (case,) = found_in("[T0001](../Techniques/t0001.md#notes--more)")
    assert (case.rule, case.suggestion) == ("L303", "../techniques/T0001.md#notes--more")
    (escape,) = found_in("[T0001](../../../generated_pages/techniques/T0001.md)")
    assert (escape.rule, escape.suggestion) == (
        "L304",
        "../../generated_pages/techniques/T0001.md",
    )


# --- L305 ---

VALID = [
    "https://web.archive.org/web/2024/https://x.org",
    "https://archive.ph/https://www.bbc.co.uk/x",
    "mailto:a@b.org",
    "tel:+441",
    "ftp://ftp.x.org/a",
    "https://müller.example/straße",
    "https://xn--mller-kva.example",
    "https://例え.テスト/x",
    "https://президент.рф",
    "https://भारत.भारत/नमस्ते",
    "http://localhost:8000/x",
    "http://127.0.0.1/",
    "http://[2001:db8::1]:80/x",
    "https://user:pw@host.org:8443/x",
    "https://x.org./a",
    "https://a_b.example.org/",
    "https://x.org/a[b]c(d)",
    "https://x.org?q=http://y",
    "hxxp://evil[.]com",
    "http://evil[.]com/x",
    "//cdn.x.org/x.js",
    "https://http.cat/404",
    "https://https.cio.gov/",
    "data:image/png;base64,AAA",
    "ssh://x.org",
    "doi:10.1000/182",
    "urn:isbn:123",
    "s3://bucket/x",
    "HTTPS://X.ORG/",
    "https://medium.com/@DFRLab/x",
    "localhost:8000/x",
]

INVALID = [
    "http:/x.org/a",
    "https:x.org",
    "htp://x.org",
    "htps://x.org",
    "hptts://x.org",
    "ttps://x.org/a",
    "https:///x.org",
    "http://",
    "https://https://x.org/a",
    "https://http//x.org",
    "https://a.orghttps://b.org",
    "https://x/a",
    "https://www.x.org:port/",
    "https://x.org:99999/",
    "https://[::1/x",
    "https://x]y.org",
    "https://www..org",
    "https://www,bbc.com/x",
    "https://999.1.1.1/",
    "file:///C:/x.doc",
    "C:\\x.doc",
    "https://{domain}/x",
    "//techniques/x.md",
]

PATHS = [
    "../techniques/T0001.md",
    "T0087.001.md",
    "T0087.001",
    "./",
    "../",
    "#x",
    "page.md#a.com",
    "README",
    "image.png",
    "a.b/c.md",
    "v1.2/notes.md",
    "file.tar.gz",
    "script.py",
    "report.pdf",
    "/generated_pages/x.md",
    "T0097:109.md",
    "http/x.md",
    "index.html",
    "incidents/.md",
    "..\\techniques\\T1.md",
]


@pytest.mark.parametrize("url", VALID)
def test_a_valid_url_is_left_alone(url: str) -> None:
    assert find_external_fault(url) is None


@pytest.mark.parametrize("url", INVALID)
def test_an_invalid_url_is_found(url: str) -> None:
    assert find_external_fault(url) is not None


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_no_url(path: str) -> None:
    assert find_relative_fault(path) is None
    assert not is_no_address(path)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("[x](htps://x.org/a)", "https://x.org/a"),
        ("[x](http//x.org/a)", "http://x.org/a"),
        ("[x](www.x.org/a.md)", "https://www.x.org/a.md"),
        ("[x](bbc.co.uk/news)", "https://bbc.co.uk/news"),
        ("[x](a@example.org)", "mailto:a@example.org"),
        ("[x](https://x.org/a b)", "https://x.org/a%20b"),
        ('<a href="htp://x.org?a&amp;b">x</a>', "http://x.org?a&amp;b"),
        ("[x](https://https://x.org)", "https://x.org"),
        ("see htp://www.x.org/a, there", "http://www.x.org/a"),
        ("see https://https://x.org/a.", "https://x.org/a"),
        ("see http:/x.org/a", "http://x.org/a"),
        ("[-](-)", None),
        ("[nan](nan)", None),
        ("[]()", None),
        ("[text]()", None),
    ],
)
def test_a_malformed_url_in_a_page(text: str, suggestion: str | None) -> None:
    (finding,) = found_in(text)
    assert (finding.rule, finding.suggestion) == ("L305", suggestion)


@pytest.mark.parametrize(
    "text",
    [
        "see www.x.org and http://link.to.proof[.]com and hxxp://x.org",
        "an address such as https://… or http://<host>/x, or http / https",
        "`htp://x.org`",
        "archived at https://web.archive.org/web/2016/https:/x.org/a",
        "both http/https/ftp are used",
        "and/or http://yourhost/x",
    ],
)
def test_running_text_is_left_alone(text: str) -> None:
    assert codes(text) == []


# --- L307 ---


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("(a report)[https://x.org/a]", "[a report](https://x.org/a)"),
        ("(a (b) c)[www.x.org]", "[a (b) c](www.x.org)"),
        ("(T0001)[../techniques/T0001.md]", "[T0001](../techniques/T0001.md)"),
    ],
)
def test_a_reversed_link(text: str, suggestion: str) -> None:
    (finding,) = found_in(text)
    assert (finding.rule, finding.suggestion) == ("L307", suggestion)


@pytest.mark.parametrize(
    "text",
    [
        "(Smith 2020)[3] and (x)[^1] and (x)[sic]",
        "`(a)[https://x.org]`",
        "[a](../techniques/T0001.md)[b](../techniques/T0002.md)",
        "[a](https://x.org)[https://y.org]",
        "()[https://x.org]",
    ],
)
def test_no_reversed_link(text: str) -> None:
    assert codes(text) == []


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("disarm-1.6", {"L301": (102, 2), "L305": (2, 2)}),
        ("disarm-1.6-layout-2024", {"L301": (102, 2), "L305": (2, 2)}),
        ("disarm-2.0-assessments", {}),
    ],
)
def test_published_corpora(name: str, counts: dict[str, tuple[int, int]]) -> None:
    run = lint(read_corpus(DiskTree(CORPORA / name), Config()), RULES, Config())
    found = Counter(finding.rule for finding in run.outcome.findings)
    causes = Counter(rule for rule, _ in {(f.rule, f.cause) for f in run.outcome.findings})
    assert {rule: (found[rule], causes[rule]) for rule in found} == counts
