"""Probabilities, marginals and samples of a network, in codes."""
