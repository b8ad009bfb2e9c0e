"""What differs between two states of a corpus: entities, rows, cells, words."""
