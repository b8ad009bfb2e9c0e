"""The rules of disarm-lint, one module each; a module's docstring is its manual."""
