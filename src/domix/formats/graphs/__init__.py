"""Graphs without tables: edge lists, DOT, and graphs of networkx."""
