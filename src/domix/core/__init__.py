"""The values that all other packages use: labels and codes, interventions, targets, tables."""
