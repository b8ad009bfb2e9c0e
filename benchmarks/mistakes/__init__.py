"""Seeded mistakes: what the linter finds of what people get wrong."""
