"""The corpus through time: each commit linted, and what became of each cause."""
