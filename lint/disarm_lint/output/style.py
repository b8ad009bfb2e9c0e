"""Colour, as plain ANSI sequences."""

from __future__ import annotations

from dataclasses import dataclass

from disarm_lint.model.finding import Severity

_CODES = {"bold": "1", "red": "1;31", "yellow": "1;33", "cyan": "1;36", "blue": "1;34", "dim": "2"}
_SEVERITIES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


@dataclass(frozen=True, slots=True)
class Style:
    """Paints text, or leaves it as it is."""

    colour: bool = False

    def paint(self, text: str, name: str) -> str:
        """Return a text in a colour: bold, red, yellow, cyan, blue or dim."""
        if not self.colour or not text:
            return text
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m"

    def severity(self, text: str, severity: Severity) -> str:
        """Return a text in the colour of a severity."""
        return self.paint(text, _SEVERITIES[severity])
