"""Estimation where rows miss entries, which are summed out of the likelihood."""
