"""How a piece of text is shown in a message."""

from __future__ import annotations


def shorten(text: str, width: int = 40) -> str:
    """Return at most `width` code points of a text on one line, with an ellipsis if cut."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def show_invisible(text: str) -> str:
    """Return a text with a code in place of each character that cannot be seen."""
    return "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in text)
