"""Rows: labels to codes, distinct rows with counts, files."""
