"""The configuration: reading, checking, and what comes of it."""
