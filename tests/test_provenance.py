"""A finding on a page knows the cell that it comes from, and shares its cause."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from disarm_lint.corpus.provenance import align
from support import mini, mini_master
from support.mini_master import DATA, FRAMEWORK, data, files, findings, framework, place


def test_sound_corpus_with_workbooks_has_no_finding() -> None:
    assert findings(files()) == []


def _with_evidence(text: str) -> dict[str, bytes]:
    sheets = data()
    sheets["incidenttechniques"][1][1] = text
    pages = mini.corpus()
    changed = {
        path: page.replace(mini_master.EVIDENCE, text).encode() for path, page in pages.items()
    }
    return changed | {
        path: content for path, content in files(masters=sheets).items() if path.endswith(".xlsx")
    }


def test_cell_and_pages_share_cause_and_fingerprint() -> None:
    found = findings(_with_evidence("A group (T0115: Post Contents, T0146: Account Asset) posted."))
    assert {place(f): f.rule for f in found} == {
        "incidenttechniques!B2:16-29": "N401",
        "I00001.md:22:86": "N401",
        "T0146.md:15:88": "N401",
    }
    assert len({f.cause for f in found}) == 1
    assert len({f.fingerprint for f in found}) == 1
    for item in found:
        if item.location.cell is None:
            assert item.source is not None
            assert (item.source.path, item.source.cell.address) == (DATA, "incidenttechniques!B2")
            assert item.source.cell.offset == 16
            assert item.source.text == "Post Contents"
        else:
            assert item.source is None


def test_equals_in_one_cell_are_told_apart_on_the_page_as_in_the_cell() -> None:
    text = "First (T0146: Account Asset, T0115: Post Contents), then (T0115: Post Contents)."
    found = findings(_with_evidence(text))
    by_place: dict[str, list[str]] = {}
    for item in found:
        by_place.setdefault(item.location.path, []).append(item.fingerprint)
    cell = by_place[DATA]
    assert len(set(cell)) == 2
    assert all(prints == cell for prints in by_place.values())


def test_invisible_character_of_a_cell_has_one_cause() -> None:
    found = findings(_with_evidence("Bots\u200b (T0146: Account Asset) posted."))
    assert {f.rule for f in found} == {"T503"}
    assert len(found) == 3
    assert len({(f.cause, f.fingerprint) for f in found}) == 1


def test_name_in_an_index_comes_from_the_row_of_its_entity() -> None:
    sheets = framework()
    sheets["techniques"][2][3] = "What T0115: Post Contents is."
    pages = {
        path: text.replace("What Account Asset is.", "What T0115: Post Contents is.").encode()
        for path, text in mini.corpus().items()
    }
    books = files(frameworks=sheets)
    found = findings(pages | {FRAMEWORK: books[FRAMEWORK], DATA: books[DATA]})
    assert {f.rule for f in found} == {"N401"}
    assert {f.source.cell.address for f in found if f.source} == {"techniques!D3"}
    assert len({f.fingerprint for f in found}) == 1
    assert len(found) == 3


def test_what_stands_below_the_marker_comes_from_no_cell() -> None:
    page = mini.corpus()["generated_pages/techniques/T0115.md"] + "\nSee T0999.\n"
    (found,) = findings(files(T0115=page))
    assert (found.rule, found.subject, found.source) == ("R201", "T0999", None)


@given(
    st.text("ab ,\n", max_size=20), st.text("ab ,\n", min_size=3, max_size=20), st.text("ab ,\n")
)
def test_aligned_words_are_the_words(before: str, words: str, behind: str) -> None:
    cell = f"xyz{before}{words}{behind}zyx"
    leaf = f"{before}{words}{behind}"
    found = align(leaf, len(before), len(before) + len(words), cell)
    if found is not None and words.strip() == words:
        assert cell[found[0] : found[1]] == words


def test_joined_texts_are_found_in_the_cell_that_holds_them() -> None:
    assert align("one text, another text", 10, 17, "another text") == (0, 7)
    assert align("one text, another text", 10, 17, "a third") is None
