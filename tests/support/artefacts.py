"""A small sound bundle and id list, for tests that break one thing in them."""

from __future__ import annotations

import json
from typing import Any

from disarm_lint.model.finding import Finding
from disarm_lint.project import lint_contents
from support import mini

STIX = "generated_files/DISARM_STIX/DISARM.json"
RED = "generated_files/red_framework_ids.csv"
RED_TEXT = "P01,P01\nTA09,TA15\nT0115,T0146\n,T0146.001\n"
ATTACK = "https://attack.mitre.org/techniques/T1078"


def item(kind: str, entity_id: str, name: str, description: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "id": f"{kind}--{entity_id}",
        "name": name,
        "description": description,
        "external_references": [{"source_name": "DISARM", "external_id": entity_id}],
        **more,
    }


def technique(entity_id: str, name: str, description: str, phase: str) -> dict[str, Any]:
    phases = [{"kill_chain_name": "mitre-attack", "phase_name": phase}]
    return item("attack-pattern", entity_id, name, description, kill_chain_phases=phases)


def bundle() -> dict[str, Any]:
    """Return a bundle that says what the pages of `mini.corpus` say."""
    return {
        "type": "bundle",
        "objects": [
            item(
                "x-mitre-tactic",
                "TA09",
                "Deliver Content",
                "What Deliver Content is.",
                x_mitre_shortname="deliver-content",
            ),
            item(
                "x-mitre-tactic",
                "TA15",
                "Establish Assets",
                "What Establish Assets is.",
                x_mitre_shortname="establish-assets",
            ),
            technique("T0115", "Post Content", "What Post Content is.", "deliver-content"),
            technique("T0146", "Account Asset", "What Account Asset is.", "establish-assets"),
            technique(
                "T0146.001",
                "Free Account Asset",
                "A free account, as in T0146: Account Asset.",
                "establish-assets",
            ),
            {
                "type": "relationship",
                "id": "relationship--1",
                "relationship_type": "subtechnique-of",
                "source_ref": "attack-pattern--T0146.001",
                "target_ref": "attack-pattern--T0146",
            },
        ],
    }


def findings(artefacts: dict[str, Any]) -> list[Finding]:
    """Return what the rules on artefacts find beside the pages of `mini.corpus`."""
    files: dict[str, Any] = dict(mini.corpus())
    for path, content in artefacts.items():
        files[path] = content if isinstance(content, str | bytes) else json.dumps(content, indent=1)
    chosen = [loaded for loaded in mini.rules() if loaded.rule.code.startswith("A80")]
    return list(lint_contents(files, chosen).outcome.findings)


def told(artefacts: dict[str, Any]) -> list[str]:
    """Return the findings as `line:column message`."""
    shown = []
    for finding in findings(artefacts):
        span = finding.location.span
        assert span is not None
        shown.append(f"{span.line}:{span.column} {finding.message}")
    return shown
