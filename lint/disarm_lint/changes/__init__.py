"""Lists of cell changes: what is to be edited in a workbook that may lie elsewhere."""
