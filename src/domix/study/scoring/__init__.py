"""Comparison of estimates with the truth."""
