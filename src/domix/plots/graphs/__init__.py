"""Figures in which the variables are nodes of a graph."""
