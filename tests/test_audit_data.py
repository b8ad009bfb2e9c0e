"""The data of the audit: contexts, tactics, the graph, and plots that never differ."""

from __future__ import annotations

from audit_support import audit_of
from disarm_lint.audit.entries import mark_snippet, shorten
from disarm_lint.audit.graph import Edge, EdgeState
from disarm_lint.audit.model import Release
from disarm_lint.audit.plots import plots_of
from disarm_lint.model.finding import Finding, Severity
from disarm_lint.model.text import CellSpan, Location, PageSource, Text
from disarm_lint.report.report import ShownFinding
from mini import PAGES, corpus, incident, link

INCIDENT = f"{PAGES}/incidents/I00001.md"
TECHNIQUE = f"{PAGES}/techniques/T0146.md"


def finding(source: PageSource, start: int, end: int) -> Finding:
    return Finding("N401", "name-mismatch", Severity.ERROR, source.locate(start, end), "m", "T0001")


def test_the_context_stays_in_the_line_and_is_cut_at_words() -> None:
    line = f"{'word ' * 40}WRONG{' other' * 40}"
    source = PageSource("a.md", f"before\n{line}\nbehind\n")
    start = source.text.index("WRONG")
    found = mark_snippet(ShownFinding(finding(source, start, start + 5), "a.md", source=source))
    assert found is not None
    assert found.before == "…" + "word " * 15
    assert found.marked == "WRONG"
    assert found.after == " other" * 13 + "…"


def test_the_context_of_a_cell_is_that_of_the_worksheet_row() -> None:
    source = PageSource("book.xlsx", "I00001\nThey (T0001: Reel Name).\nT0001")
    start = source.text.index("Reel")
    location = Location("book.xlsx", cell=CellSpan("incidents", "B2", 13, 22))
    found = mark_snippet(
        ShownFinding(
            Finding(
                "N401", "n", Severity.ERROR, location, "m", "T0001",
                text=Text(source, start, start + 9),
            ),
            "book.xlsx",
        )
    )  # fmt: skip
    assert found is not None
    assert (found.before, found.marked, found.after) == ("They (T0001: ", "Reel Name", ").")


def test_a_finding_about_a_file_has_no_context() -> None:
    whole = Finding("T501", "n", Severity.ERROR, Location("a.md"), "m", "a.md")
    assert mark_snippet(ShownFinding(whole, "a.md", source=PageSource("a.md", "text"))) is None


def test_long_wrong_words_are_cut_in_the_middle() -> None:
    assert shorten("a" * 30 + "b" * 30, 20) == "a" * 13 + " … " + "b" * 4
    assert shorten("short", 20) == "short"


def test_a_finding_belongs_to_the_tactic_of_its_page_or_of_its_row() -> None:
    files = corpus()
    files[TECHNIQUE] = files[TECHNIQUE].replace("What Account Asset is.", "As T0999 shows.")
    files[INCIDENT] = files[INCIDENT].replace(" posted.", " posted T0998.")
    audit = audit_of(files)
    assert {(e.message, e.where.rpartition("/")[2], e.tactic) for e in audit.entries} >= {
        ("T0999 does not exist", "T0146.md", "TA15"),
        ("T0998 does not exist", "I00001.md", "TA15"),
    }
    assert [(row.id, row.name) for row in audit.tactics] == [("TA15", "Establish Assets")]


def test_the_graph_tells_one_way_and_dangling_edges() -> None:
    files = corpus()
    files[INCIDENT] = incident(
        "I00001",
        "The First Case",
        f"| {link('techniques', 'T0115', 'Post Content')} | They cited T0115 and T0999. |\n",
    )
    network = audit_of(files).network
    assert network is not None
    assert network.edges == (
        Edge("I00001", "T0115", EdgeState.INCIDENT_ONLY),
        Edge("I00001", "T0146", EdgeState.TECHNIQUE_ONLY),
        Edge("I00001", "T0999", EdgeState.DANGLING),
    )


def test_plots_are_the_same_each_time_and_hold_no_date() -> None:
    files = corpus()
    files[INCIDENT] = files[INCIDENT].replace("Free Account Asset", "Free Acount $x^2$ Asset")
    series = (Release("1.5", "2024-06-01", {"N": 3, "R": 1}), Release("1.6", "2025-02-10", {}))
    drawn = [plots_of(audit_of(files, series=series)) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert [plot.key for plot in drawn[0]] == ["series", "families", "heat", "graph"]
    for plot in drawn[0]:
        assert "<metadata" not in plot.svg
        assert "<style" not in plot.svg
        assert "#0101" not in plot.svg
        assert "var(--" in plot.svg


def test_the_numbers_of_a_plot_are_those_of_the_report() -> None:
    files = corpus()
    files[INCIDENT] = files[INCIDENT].replace("Free Account Asset", "Free Acount Asset")
    families, heat, _ = plots_of(audit_of(files))
    assert families.numbers.head == ("Family", "incident", "all")
    assert families.numbers.rows == (("N Names", 1, 1),)
    assert heat.numbers.head == ("Tactic", "N401")
    assert heat.numbers.rows == (("TA15 Establish Assets", 1),)
