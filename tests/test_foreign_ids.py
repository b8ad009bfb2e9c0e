"""R207: what is known of the ids of MITRE ATT&CK."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disarm_lint.model.finding import Harm, Severity
from disarm_lint.project import lint_contents
from disarm_rules._foreign import read_foreign_ids
from support import mini

RULES = [loaded for loaded in mini.rules() if loaded.rule.code == "R207"]
ATTACK = read_foreign_ids()["MITRE ATT&CK"]


@pytest.mark.parametrize(
    ("text", "message", "suggestion"),
    [
        (
            "MITRE ATT&CK T1708: Valid Accounts.",
            "MITRE ATT&CK 17 has no T1708; “Valid Accounts” is T1078",
            "T1078",
        ),
        (
            "MITRE ATT&CK T1079 (valid accounts) and more",
            "T1079 is “Multilayer Encryption” in MITRE ATT&CK; “valid accounts” is T1078",
            "T1078",
        ),
        (
            "ATT&CK T1078: Valid Accounts, used often",
            "T1078 “Valid Accounts” is an id of MITRE ATT&CK, not of this framework",
            None,
        ),
        (
            "ATT&CK T1078.004 is used",
            "T1078.004 “Cloud Accounts” is an id of MITRE ATT&CK, not of this framework",
            None,
        ),
        (
            "ATT&CK T1708 is used",
            "T1708 looks like an id of MITRE ATT&CK, not of this framework; MITRE ATT&CK 17 has "
            "none so high",
            None,
        ),
        # An id that is not in the list, among others that are, was in use once.
        (
            "ATT&CK T1551 is used",
            "T1551 looks like an id of MITRE ATT&CK, not of this framework",
            None,
        ),
        (
            "ATT&CK T1708: Valid Accountsy",
            "T1708 looks like an id of MITRE ATT&CK, not of this framework; MITRE ATT&CK 17 has "
            "none so high",
            None,
        ),
    ],
)
def test_an_id_and_the_name_behind_it(text: str, message: str, suggestion: str | None) -> None:
    files = mini.corpus()
    path = f"{mini.PAGES}/techniques/T0115.md"
    files[path] = files[path].replace("What Post Content is.", f"See {text}")
    found = [f for f in lint_contents(files, RULES).outcome.findings if f.location.path == path]
    (one,) = found
    assert (one.message, one.suggestion) == (message, suggestion)
    mistyped = suggestion is not None
    assert one.severity is (Severity.WARNING if mistyped else Severity.INFO)
    assert one.harm is (Harm.ASTRAY if mistyped else Harm.HYGIENE)


def test_the_list_is_whole() -> None:
    assert len(ATTACK.names) > 1000
    assert ATTACK.names["T1001"] == "Data Obfuscation"
    assert ATTACK.is_beyond("T1708")
    assert not ATTACK.is_beyond("T1675")
    assert not ATTACK.is_beyond("T1551")
    assert not ATTACK.is_beyond("S9999")


@given(st.text(max_size=200))
def test_any_text_may_follow_an_id(text: str) -> None:
    found = ATTACK.read_name(text)
    assert found is None or found[0] in text


@pytest.mark.parametrize(
    "text",
    [
        "[T1078](https://attack.mitre.org/techniques/T1078/)",
        "[T1078: Valid Accounts](https://attack.mitre.org/techniques/T1078/)",
        "[Valid Accounts (T1078)](https://attack.mitre.org/techniques/T1078/)",
        "[T1078][a]\n\n[a]: https://attack.mitre.org/techniques/T1078/",
        "[TA0043](https://attack.mitre.org/tactics/TA0043/)",
    ],
)
def test_an_id_that_is_a_link_to_its_framework_says_all(text: str) -> None:
    files = mini.corpus()
    files[f"{mini.PAGES}/techniques/T0146.md"] += f"\nSee {text}.\n"
    assert mini.findings(files) == []


def test_a_mistyped_id_is_one_in_a_link_too() -> None:
    files = mini.corpus()
    link = "[T1708: Valid Accounts](https://attack.mitre.org/techniques/T1078/)"
    files[f"{mini.PAGES}/techniques/T0146.md"] += f"\nSee {link}.\n"
    assert [(f.rule, f.suggestion) for f in mini.findings(files)] == [("R207", "T1078")]
