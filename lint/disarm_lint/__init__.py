"""disarm-lint: a linter for the Markdown corpus of the DISARM framework."""

__version__ = "0.1.0"
