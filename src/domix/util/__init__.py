"""Helpers that know nothing of networks: numbers as text, numerics, files, checks, progress."""
