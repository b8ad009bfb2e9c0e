"""The published corpora, which lie beside the checkout where they are present."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
CORPORA = SHARED / "corpora"
BUNDLE = CORPORA / "disarm-pages-history.bundle"
SEEDS = SHARED / "seeds"
