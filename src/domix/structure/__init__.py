"""Graphs from data rows: scores, search, equivalence classes, and edges that targets direct."""
