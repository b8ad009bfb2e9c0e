"""JSON Schemas and framework profiles of disarm-lint, as data."""
