"""Simulation studies: random instances, a reference to hold estimates against, and scores."""
