"""Workbooks of the master data, read into plain cells."""
