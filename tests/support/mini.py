"""A small sound corpus in memory, for tests that break one thing in it."""

from __future__ import annotations

import disarm_rules
from disarm_lint.model.finding import Finding
from disarm_lint.project import lint_contents
from disarm_lint.ruleset import LoadedRule, load_rules

MARKER = "DO NOT EDIT ABOVE THIS LINE - PLEASE ADD NOTES BELOW"
PAGES = "generated_pages"


def technique(
    entity_id: str, name: str, tactic: str, *, parent: str = "", rows: str = "", summary: str = ""
) -> str:
    parent = f" <br><br>**Parent Technique:** {parent}" if parent else " "
    return (
        f"# Technique {entity_id}: {name}\n\n"
        f"**Summary**: {summary or f'What {name} is.'}\n\n"
        f"**Tactic**: {tactic}{parent}\n\n\n"
        "| Associated Technique | Description |\n| --------- | ------------------------- |\n\n\n\n"
        "| Incident | Descriptions given for this incident |\n"
        f"| -------- | -------------------- |\n{rows}\n\n\n"
        f"| Counters | Response types |\n| -------- | -------------- |\n\n\n{MARKER}\n"
    )


def incident(entity_id: str, name: str, rows: str) -> str:
    return (
        f"# Incident {entity_id}: {name}\n\n* **Summary:** What happened.\n\n"
        "* **incident type**: incident\n\n* **Year started:** 2016\n\n"
        "* **Countries:** Utopia , Erewhon\n\n"
        "* **Found via:** \n\n* **Date added:** 2019-02-24\n\n\n"
        "| Reference | Pub Date | Authors | Org | Archive |\n"
        "| --------- | -------- | ------- | --- | ------- |\n\n\n"
        "| Technique | Description given for this incident |\n"
        f"| --------- | ------------------------- |\n{rows}\n\n{MARKER}\n"
    )


def tactic(entity_id: str, name: str, techniques: str) -> str:
    return (
        f"# Tactic {entity_id}: {name}\n\n* **Summary:** What {name} is.\n\n"
        "* **Belongs to phase:** P01\n\n\n\n| Tasks |\n| ----- |\n\n\n\n"
        f"| Techniques |\n| ---------- |\n{techniques}\n\n\n"
        f"| Counters | Response types |\n| -------- | -------------- |\n\n\n{MARKER}\n"
    )


def index(kind: str, folder: str, columns: str, rows: list[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{column}</th>\n" for column in columns.split())
    body = ""
    for first, *rest in rows:
        cells = f'<td><a href="{folder}/{first}.md">{first}</a></td>\n'
        cells += "".join(f"<td>{cell}</td>\n" for cell in rest)
        body += f"<tr>\n{cells}</tr>\n"
    return f'# DISARM {kind}:\n\n<table border="1">\n<tr>\n{head}</tr>\n{body}</table>\n'


def link(folder: str, entity_id: str, name: str) -> str:
    return f"[{entity_id} {name}](../../{PAGES}/{folder}/{entity_id}.md)"


def corpus() -> dict[str, str]:
    """Return a corpus of which no rule finds anything to say."""
    evidence = "Accounts (T0146: Account Asset, T0146.001: Free Account Asset) posted."
    names = {
        "T0146": "Account Asset",
        "T0146.001": "Free Account Asset",
        "T0115": "Post Content",
    }
    listed = "\n".join(f"| {link('techniques', i, n)} |" for i, n in names.items() if i != "T0115")
    shown = link("incidents", "I00001", "The First Case")
    return {
        f"{PAGES}/techniques/T0146.md": technique(
            "T0146", names["T0146"], "TA15 Establish Assets", rows=f"| {shown} | {evidence} |\n"
        ),
        f"{PAGES}/techniques/T0146.001.md": technique(
            "T0146.001",
            names["T0146.001"],
            "TA15 Establish Assets",
            parent="T0146 Account Asset",
            summary="A free account, as in T0146: Account Asset.",
        ),
        f"{PAGES}/techniques/T0115.md": technique("T0115", names["T0115"], "TA09 Deliver Content"),
        f"{PAGES}/tactics/TA15.md": tactic("TA15", "Establish Assets", listed),
        f"{PAGES}/tactics/TA09.md": tactic(
            "TA09", "Deliver Content", f"| {link('techniques', 'T0115', 'Post Content')} |"
        ),
        f"{PAGES}/phases/P01.md": f"# Phase P01: Plan\n\n* **Summary:** To plan.\n\n{MARKER}\n",
        f"{PAGES}/incidents/I00001.md": incident(
            "I00001",
            "The First Case",
            f"| {link('techniques', 'T0146', 'Account Asset')} | {evidence} |\n",
        ),
        f"{PAGES}/techniques_index.md": index(
            "Techniques",
            "techniques",
            "disarm_id name summary tactic_id",
            [
                ("T0115", names["T0115"], "What Post Content is.", "TA09"),
                ("T0146", names["T0146"], "What Account Asset is.", "TA15"),
                (
                    "T0146.001",
                    names["T0146.001"],
                    "A free account, as in T0146: Account Asset.",
                    "TA15",
                ),
            ],
        ),
    }


def rules() -> tuple[LoadedRule, ...]:
    return load_rules(disarm_rules)


def findings(files: dict[str, str] | dict[str, bytes]) -> list[Finding]:
    """Return what the default rules find."""
    chosen = [loaded for loaded in rules() if loaded.rule.default]
    return list(lint_contents(dict(files), chosen).outcome.findings)


def told(files: dict[str, str] | dict[str, bytes]) -> list[str]:
    """Return the findings as `rule path:line:column text`, without the pages folder."""
    shown = []
    for finding in findings(files):
        span = finding.location.span
        path = finding.location.path.removeprefix(f"{PAGES}/")
        where = f"{path}:{span.line}:{span.column}" if span else path
        shown.append(f"{finding.rule} {where}")
    return shown
