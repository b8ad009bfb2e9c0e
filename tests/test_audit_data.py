"""The data of the audit: contexts, tactics, the graph, and what the plots show."""

from __future__ import annotations

from disarm_lint.audit.entries import cut_middle, mark_snippet
from disarm_lint.audit.model import (
    Edge,
    EdgeState,
    FamilyRow,
    Heat,
    Network,
    Release,
    RuleRow,
    SeverityCounts,
    TacticRow,
)
from disarm_lint.audit.plots import Bar, draw_plots, plot_families, plot_graph, plot_heat
from disarm_lint.model.finding import Finding, Severity
from disarm_lint.model.text import CellSpan, Location, PageSource, Text
from disarm_lint.report.report import ShownFinding
from support.audit import audit_of
from support.mini import PAGES, corpus, incident, link

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
    assert cut_middle("a" * 30 + "b" * 30, 20) == "a" * 13 + " … " + "b" * 4
    assert cut_middle("short", 20) == "short"


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


def test_plots_show_what_the_report_counts() -> None:
    files = corpus()
    files[INCIDENT] = files[INCIDENT].replace("Free Account Asset", "Free Acount Asset")
    series = (Release("1.5", "2024-06-01", {"N": 3, "R": 1}), Release("1.6", "2025-02-10", {}))
    plots = draw_plots(audit_of(files, series=series))
    assert plots.series is not None
    assert plots.series.parts == ("R References", "N Names")
    assert plots.series.bars == (
        Bar("1.5 (2024-06-01)", (1, 3), 4),
        Bar("1.6 (2025-02-10)", (0, 0), 0),
    )
    assert plots.families is not None
    assert plots.families.parts == ("incident",)
    assert plots.families.bars == (Bar("N Names", (1,), 1),)
    assert plots.heat is not None
    assert [rule.code for rule in plots.heat.rules] == ["N401"]
    assert [(tactic.id, cells) for tactic, cells in plots.heat.rows] == [("TA15", ((1, 6),))]
    assert plots.graph is not None
    assert plots.graph.faulty == ()


def test_a_report_without_findings_has_no_bars_and_no_heat_map() -> None:
    plots = draw_plots(audit_of(corpus()))
    assert (plots.series, plots.families, plots.heat) == (None, None, None)


def test_kinds_beyond_the_colours_are_one_part_of_each_bar() -> None:
    kinds = tuple((f"kind {number:02d}", 20 - number) for number in range(12))
    few = FamilyRow("S", "Structure", SeverityCounts(1, 0, 0, 1), (("kind 11", 1),))
    many = FamilyRow("R", "References", SeverityCounts(sum(n for _, n in kinds), 0, 0, 1), kinds)
    chart = plot_families([few, many])
    assert chart.parts == (*(f"kind {number:02d}" for number in range(8)), "other kinds")
    assert chart.bars == (
        Bar("R References", (20, 19, 18, 17, 16, 15, 14, 13, 12 + 11 + 10 + 9), 174),
        Bar("S Structure", (0, 0, 0, 0, 0, 0, 0, 0, 1), 1),
    )


def test_the_heat_map_begins_with_most_findings_and_tints_by_number() -> None:
    none = SeverityCounts(0, 0, 0, 0)
    heat = Heat(
        tuple(TacticRow(f"TA0{n}", f"Tactic {n}", none) for n in (1, 2)),
        tuple(RuleRow(code, "name", Severity.ERROR, "", 1, none) for code in ("N401", "R201")),
        ((0, 5), (1, 200)),
    )
    found = plot_heat(heat, "tactic")
    assert [rule.code for rule in found.rules] == ["R201", "N401"]
    assert [(tactic.id, cells) for tactic, cells in found.rows] == [
        ("TA02", ((200, 6), (1, 2))),
        ("TA01", ((5, 3), (0, 0))),
    ]
    assert found.description.endswith("is 200, of R201 name in TA02 Tactic 2.")


def test_a_small_graph_shows_every_reference_and_a_technique_beside_its_incidents() -> None:
    network = Network(
        "incident",
        "technique",
        (
            Edge("I1", "T1", EdgeState.SOUND),
            Edge("I1", "T2", EdgeState.SOUND),
            Edge("I2", "T1", EdgeState.DANGLING),
            Edge("I2", "T3", EdgeState.LOST),
        ),
    )
    graph = plot_graph(network)
    assert [node.label for node in graph.incidents] == ["I2", "I1"]
    # The T1 that does not exist is another node than the one that does.
    assert [(node.label, node.missing, node.y) for node in graph.techniques] == [
        ("T1", True, 10),
        ("T3", False, 30),
        ("T1", False, 50),
        ("T2", False, 70),
    ]
    assert [(line.state, line.y1, line.y2) for line in graph.lines] == [
        (EdgeState.SOUND, 60, 50),
        (EdgeState.SOUND, 60, 70),
        (EdgeState.LOST, 20, 30),
        (EdgeState.DANGLING, 20, 10),
    ]
    assert graph.description == (
        "4 references: 2 stated on both pages, 1 in the workbook and on no page, "
        "1 to an id that does not exist."
    )


def test_a_graph_that_would_be_a_hairball_shows_the_worst_incidents_and_says_so() -> None:
    def incidents(numbers: range, state: EdgeState, each: int) -> list[Edge]:
        return [Edge(f"I{n:03d}", f"T{n:03d}{k}", state) for n in numbers for k in range(each)]

    sound = incidents(range(100, 200), EdgeState.SOUND, 2)
    mild, bad = (incidents(range(n, n + 20), EdgeState.LOST, n // 20) for n in (20, 60))
    graph = plot_graph(Network("incident", "technique", tuple(sorted([*sound, *mild, *bad]))))
    assert [node.label for node in graph.incidents] == [f"I{n:03d}" for n in range(60, 80)]
    assert len(graph.lines) == len(bad) == 60
    assert graph.legend == ((EdgeState.LOST, "in the workbook and on no page", 60),)
    assert len(graph.faulty) == 80
    assert graph.description == (
        "280 references: 200 stated on both pages, 80 in the workbook and on no page. "
        "Too many to draw all: shown are 60 of the 80 faulty ones, "
        "those of the 20 incidents that have most of them."
    )
    whole = plot_graph(Network("incident", "technique", tuple(sorted([*sound, *mild]))))
    assert whole.description.endswith(
        " Too many to draw all: shown are the 20 faulty ones, of 20 incidents."
    )
    good = plot_graph(Network("incident", "technique", tuple(sound)))
    assert good.lines == ()
    assert good.description.endswith(" That is too many to draw, and all of them are sound.")
    endless = incidents(range(2), EdgeState.DANGLING, 10_000)
    assert len(plot_graph(Network("incident", "technique", tuple(endless))).lines) == 150


def test_causes_come_in_the_order_of_harm_that_root_causes_have() -> None:
    """A wrong name on a page comes after a row that leads nowhere, and a space after both."""
    files = corpus()
    files[INCIDENT] = (
        files[INCIDENT]
        .replace("Free Account Asset) posted", "Free Acount Asset)\u00a0posted")
        .replace("What happened.", "What happened in T0999.")
    )
    audit = audit_of(files)
    harms = [cause.entries[0].shown.finding.harm for cause in audit.causes]
    assert len(set(harms)) > 2
    assert harms == sorted(harms)
    rules = [cause.rule for cause in audit.causes]
    assert rules.index("R201") < rules.index("N401") < rules.index("T503")
    assert [root.rules for root in audit.roots] == rules
