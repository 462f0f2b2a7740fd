"""Random instances: networks, mixtures and rows."""
