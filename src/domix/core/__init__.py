"""Values that every other room speaks in: labels and codes, targets, tables."""
