"""Citations in prose: which name an id is given, where it ends, and when there is none."""

from __future__ import annotations

import re

import pytest

from disarm_lint.corpus.citations import NameIndex, WrittenName
from disarm_lint.corpus.reference import Reference, Status
from disarm_lint.model.config import Config
from disarm_lint.project import read_corpus
from disarm_lint.sources.filesystem import MemoryTree

NAMES = {
    "T0001": "Use Channels",
    "T0001.001": "Use Encrypted Channels/Closed Rooms",
    "T0002": "Post Content",
    "T0002.001": "Post Content Overnight",
    "T0003": "Stage Parades, Rallies and Picnics",
    "T0004": "Develop AI-Generated Audio (Deepfakes)",
    "T0005.106": "Gardener Persona",
    "T0005.107": "Beekeeper Persona",
    "T0006": "Bypass Content Blocking",
}


def read(text: str) -> tuple[str, WrittenName | None]:
    """Read the name behind the id that a text begins with; return it as written, too."""
    match = re.match(r"\(?(T[0-9.]*[0-9])", text)
    assert match is not None
    found = NameIndex(NAMES, {}, {}).read(text, match.end(), match[1])
    return (text[found.start : found.end] if found else "", found)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        # What follows a right name does not matter.
        ("T0002: Post Content", "Post Content"),
        ("T0002: Post Content because the parade was near", "Post Content"),
        ("T0002: Post Content, T0003: Stage Parades", "Post Content"),
        ("T0002: Post Content.", "Post Content"),
        ("T0002: Post Content's rise", "Post Content"),
        ("T0002 : Post Content)", "Post Content"),
        ("T0002:Post Content", "Post Content"),
        ("T0001.001: Use Encrypted Channels/Closed Rooms T0002: x", NAMES["T0001.001"]),
        # A dash or a space introduces a name, too.
        ("T0002 - Post Content", "Post Content"),
        ("T0002 – Post Content", "Post Content"),
        ("T0002 Post Content", "Post Content"),
        ("T0002: **Post Content**", "Post Content"),
        # Names hold parentheses, slashes and commas.
        ("T0003: Stage Parades, Rallies and Picnics, T0002: x", NAMES["T0003"]),
        ("T0004: Develop AI-Generated Audio (Deepfakes)).", NAMES["T0004"]),
        # A name may be the beginning of another.
        ("T0002.001: Post Content Overnight", "Post Content Overnight"),
        # Quotes and hyphens that an editor sets do not count.
        ("T0004: Develop AI\u2011Generated Audio (Deepfakes)", None),
    ],
)
def test_right(text: str, name: str | None) -> None:
    written, found = read(text)
    assert found is not None
    assert found.right
    assert name is None or written == name


@pytest.mark.parametrize(
    ("text", "name", "meant"),
    [
        # The written name ends at a delimiter, and the span covers it alone.
        ("T0006: Bypass Content Bocking, T0002: x", "Bypass Content Bocking", "T0006"),
        ("T0006: Bypass Content Bocking; and", "Bypass Content Bocking", "T0006"),
        ("T0006: Bypass Content Bocking).", "Bypass Content Bocking", "T0006"),
        ("T0006: Bypass Content Bocking<br><br>x", "Bypass Content Bocking", "T0006"),
        ("T0006: Bypass Content Bocking | x", "Bypass Content Bocking", "T0006"),
        ("T0006: Bypass Content Bocking. The", "Bypass Content Bocking", "T0006"),
        ("T0006: bypass content blocking, as", "bypass content blocking", "T0006"),
        # Parentheses stay balanced.
        ("(T0004: AI Generated Audio (Deepfakes)) x", "AI Generated Audio (Deepfakes)", "T0004"),
        ("(T0004: AI-Generated Audio), x", "AI-Generated Audio", "T0004"),
        # A comma inside a name does not end it.
        (
            "T0003: Stage Parade, Rally and Picnic, T0002: x",
            "Stage Parade, Rally and Picnic",
            "T0003",
        ),
        # Without a delimiter the words that fit best are the name.
        (
            "T0006: Bypass Content Bocking when the clip was removed",
            "Bypass Content Bocking",
            "T0006",
        ),
        # A longer name of another entity stands there.
        ("T0002: Post Content Overnight", "Post Content Overnight", "T0002.001"),
        # Another entity's name.
        ("T0005.106: Beekeeper Persona", "Beekeeper Persona", "T0005.107"),
        ("T0005.106 Beekeeper Persona was", "Beekeeper Persona", "T0005.107"),
    ],
)
def test_wrong(text: str, name: str, meant: str) -> None:
    written, found = read(text)
    assert written == name
    assert found is not None
    assert not found.right
    assert found.meant == meant


@pytest.mark.parametrize(
    "text",
    [
        "T0002 can be used",
        "T0002",
        "T0002.",
        "T0002, T0003",
        "T0002 and T0003",
        "T0002: the harbour was closed that night",
        "T0002: 30 of them",
        "T0002 - see below",
        "T0002 was posted",
        "T0002: https://example.org/Post_Content",
        "T0002 (as before)",
    ],
)
def test_mere_reference(text: str) -> None:
    written, found = read(text)
    assert (written, found) == ("", None)


def test_aliases_and_glossary_are_accepted() -> None:
    index = NameIndex(NAMES, {"T0006": ("Bypass Filters",)}, {"audio": "sound"})
    text = "T0006: Bypass Filters"
    found = index.read(text, 5, "T0006")
    assert found is not None
    assert found.right
    text = "T0004: Develop AI-Generated Sound (Deepfakes)"
    found = index.read(text, 5, "T0004")
    assert found is not None
    assert found.right


def references(text: str, **more: str) -> list[Reference]:
    """Return the references in the summary of an incident, in a corpus of NAMES."""
    files = {
        f"generated_pages/techniques/{id_}.md": f"# Technique {id_}: {name}\n"
        for id_, name in NAMES.items()
    }
    files["generated_pages/tactics/TA01.md"] = "# Tactic TA01: Plan Strategy\n"
    files |= {path.replace("__", "/") + ".md": page for path, page in more.items()}
    path = "generated_pages/incidents/I00001.md"
    files[path] = f"# Incident I00001: One\n\n* **Summary:** {text}\n"
    corpus = read_corpus(MemoryTree({p: t.encode() for p, t in files.items()}), Config())
    return [item for item in corpus.references if item.document.path == path]


def found_in(text: str) -> list[tuple[str, Status]]:
    return [(item.target, item.status) for item in references(text) if item.status != "silent"]


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/T0002",
        "[a](../techniques/T0002.md)",
        "`T0002: Post`",
        '<a href="T0002">x</a>',
        "see pages/T0002.md",
        "T00021234",
        "T0002,000 people",
    ],
)
def test_no_reference_at_all(text: str) -> None:
    assert found_in(text) == []


def test_unknown_id() -> None:
    assert found_in("They used T0999.") == [("T0999", Status.UNKNOWN)]


def test_unknown_needs_a_kind_that_the_corpus_defines() -> None:
    # There are no counters here: nothing is unknown where nothing is known.
    assert found_in("See C00071 and T0002.") == [("T0002", Status.DEFINED)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in TA99 of the manual", []),
        ("gate TA01 was shut", [("TA01", Status.DEFINED)]),
        ("(TA01: Plan Strategy)", [("TA01", Status.DEFINED)]),
        ("(TA01: Plan Strategies)", [("TA01", Status.DEFINED)]),
        ("(TA02: Plan Strategy)", [("TA02", Status.UNKNOWN)]),
        ("the motorway M25 and the P02 form", []),
    ],
)
def test_ids_of_few_digits(text: str, expected: list[tuple[str, Status]]) -> None:
    assert found_in(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "This technique previously used the ID T0999, and",
        "It was formerly known as T0999.",
        "See T0999: Use Hashtags, which has since been deprecated.",
        "T0999 has been merged into T0002.",
        "Originally documented as T0999.",
    ],
)
def test_sentences_about_the_past(text: str) -> None:
    assert ("T0999", Status.UNKNOWN) not in found_in(text)
    assert ("T0999", Status.RETIRED) not in found_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "They used T0999. It was deprecated later.",
        "The account was removed (T0999: Post Contents).",
        "An account (T0999: Delete Accounts) was removed.",
    ],
)
def test_sentences_that_only_look_so(text: str) -> None:
    assert ("T0999", Status.UNKNOWN) in found_in(text)


def test_another_frameworks_id() -> None:
    assert found_in("known as T1078 elsewhere") == [("T1078", Status.FOREIGN)]
    assert found_in("MITRE ATT&CK T0866 and T0002") == [
        ("T0866", Status.FOREIGN),
        ("T0002", Status.DEFINED),
    ]


def test_malformed_id_is_read_as_the_one_that_was_meant() -> None:
    (item,) = references("(T0005:106: Gardener Persona)")
    assert (item.status, item.target) == (Status.MALFORMED, "T0005.106")
    assert item.written is not None
    assert item.written.raw == "Gardener Persona"
    # Without such an entity the colon is a colon.
    assert found_in("T0002:106 of them") == [("T0002", Status.DEFINED)]
