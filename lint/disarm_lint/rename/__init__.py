"""Renaming: every place that says the name or the id of an entity, and what replaces it."""
