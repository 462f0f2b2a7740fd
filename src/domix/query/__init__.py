"""Questions to a network's tables, in codes."""
