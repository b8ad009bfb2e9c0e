"""The framework as a grid: lists of ids by tactic, in pages and in published files."""
