"""A figure with transparent ground, and its SVG with the colours of the page around it."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"

# Matplotlib wants colours; each of these stands for a variable of the style sheet.
INK, MUTED, GRID, GROUND, HEAT = "#010101", "#010102", "#010103", "#010104", "#010105"
ERROR, WARNING, OTHER = "#010106", "#010107", "#010108"
SERIES = tuple(f"#0102{number:02d}" for number in range(9))
_VARIABLES = {
    INK: "ink", MUTED: "muted", GRID: "line", GROUND: "ground", HEAT: "heat",
    ERROR: "error", WARNING: "warning", OTHER: "other",
    **{colour: f"k{number}" for number, colour in enumerate(SERIES)},
}  # fmt: skip
_COLOUR = re.compile(r"#010[12][0-9]{2}\b")
_NUMBER = re.compile(r"-?[0-9]+\.[0-9]+")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FONT = re.compile(r"font(?:-family)?:[^;]*;?\s*")
_SIZE = re.compile(r"font:[^;]*?([0-9.]+)px")
_MESSAGE = "disarm-lint"


@contextmanager
def figure(width: float, height: float) -> Iterator[Figure]:
    """Yield an empty figure of so many pixels, one pixel to a point."""
    import matplotlib
    from matplotlib.figure import Figure

    settings: Any = {
        "svg.hashsalt": _MESSAGE,
        "svg.fonttype": "none",
        # A name may hold a dollar sign; it is no formula.
        "text.parse_math": False,
        "font.family": "DejaVu Sans",
        "font.size": 12,
        "text.color": INK,
        "axes.edgecolor": GRID,
        "axes.labelcolor": INK,
        "xtick.color": MUTED,
        "ytick.color": INK,
        "legend.frameon": False,
        "hatch.color": GROUND,
    }
    # What has no glyph in the font that measures is drawn by the browser's all the same.
    with warnings.catch_warnings(), matplotlib.rc_context(settings):
        warnings.simplefilter("ignore")
        yield Figure(figsize=(width / 72, height / 72), dpi=72, layout="constrained")


def svg(fig: Figure, key: str, title: str, description: str) -> str:
    """Return a figure as an SVG element for a page of HTML; its ids begin with `key`."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = BytesIO()
    FigureCanvasSVG(fig)
    fig.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(buffer.getvalue())
    _strip(root)
    used = _used(root)
    for element in root.iter():
        _mend(element, key, used)
    _flatten(root)
    for name in list(root.attrib):
        if name not in ("viewBox", "width", "height"):
            del root.attrib[name]
    width, height = (float(root.attrib.pop(name).rstrip("pt")) for name in ("width", "height"))
    root.set("width", f"{width:.0f}")
    root.set("height", f"{height:.0f}")
    root.set("role", "img")
    root.set("aria-labelledby", f"{key}-title {key}-description")
    for number, (tag, text) in enumerate((("title", title), ("description", description))):
        label = ElementTree.Element("desc" if number else "title", {"id": f"{key}-{tag}"})
        label.text = text
        root.insert(number, label)
    return ElementTree.tostring(root, encoding="unicode")


def _strip(parent: ElementTree.Element) -> None:
    """Take out metadata and style sheets, which would apply to the page around."""
    for child in list(parent):
        if child.tag.rpartition("}")[2] in ("metadata", "style"):
            parent.remove(child)
        else:
            _strip(child)


def _used(root: ElementTree.Element) -> set[str]:
    found = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            if name in (_XLINK, "href"):
                found.add(value.removeprefix("#"))
            found.update(_REFERENCE.findall(value))
    return found


def _mend(element: ElementTree.Element, key: str, used: set[str]) -> None:
    element.tag = element.tag.rpartition("}")[2]
    attributes = element.attrib
    if (name := attributes.pop("id", None)) in used:
        attributes["id"] = f"{key}-{name}"
    if (target := attributes.pop(_XLINK, None)) is not None:
        attributes["href"] = f"#{key}-{target.removeprefix('#')}"
    for name in ("d", "x", "y", "width", "height", "transform", "points"):
        if name in attributes and element.tag != "svg":
            value = _NUMBER.sub(lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), attributes[name])
            attributes[name] = " ".join(value.split())
    for name in ("style", "fill", "stroke", "clip-path"):
        if name not in attributes:
            continue
        value = _COLOUR.sub(lambda m: f"var(--{_VARIABLES[m[0]]})", attributes[name])
        if element.tag == "text":
            size = _SIZE.search(value)
            value = _FONT.sub("", value)
            value = f"font-size: {size[1]}px; {value}" if size else value
        attributes[name] = _REFERENCE.sub(rf"url(#{key}-\1)", value).replace("; ", ";").strip()


def _flatten(parent: ElementTree.Element) -> None:
    """Lift what stands in groups that say nothing."""
    children: list[ElementTree.Element] = []
    for child in list(parent):
        _flatten(child)
        children += list(child) if child.tag == "g" and not child.attrib else [child]
    parent[:] = children
    parent.text = parent.text if parent.tag == "text" else None
    for child in parent:
        child.tail = None
