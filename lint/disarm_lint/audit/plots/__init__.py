"""Plots: matplotlib draws, and the drawing takes the colours of the page that it stands in."""
