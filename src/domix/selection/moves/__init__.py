"""The moves of the local search: one module per family, and what the families share."""
