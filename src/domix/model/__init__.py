"""What users hold: networks, mixtures and tables."""
