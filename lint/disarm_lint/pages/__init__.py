"""From a file's text to a Document."""
