"""The baseline: findings that are accepted for now, in a file that people review."""
