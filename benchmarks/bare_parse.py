"""The yardstick: parse the files that a list names with markdown-it-py, and do nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

from markdown_it import MarkdownIt

parser = MarkdownIt("commonmark").enable("table")
for name in Path(sys.argv[1]).read_text("utf-8").split("\0"):
    parser.parse(Path(name).read_bytes().decode("utf-8", "replace"))
