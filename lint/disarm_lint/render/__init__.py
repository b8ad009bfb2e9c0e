"""Rendering: the pages, indexes and grids that the master workbooks make."""
