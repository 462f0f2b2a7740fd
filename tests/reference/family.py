"""Counts of one variable and its parents and their scores, for `domix._kernels._family`."""

from __future__ import annotations

import math

import numpy as np


def count(columns, weights, cards, family, out):
    """Add one row's weight at a time."""
    shape = tuple(int(cards[i]) for i in family)
    for row, weight in zip(columns[family].T.tolist(), weights.tolist(), strict=True):
        out[np.ravel_multi_index(row, shape)] += weight


def bdeu(counts, card, sample_size):
    """Sum the formula over all configurations, those without counts included."""
    rows = counts.reshape(-1, card)
    entry = sample_size / rows.size
    score = 0.0
    for row in rows.tolist():
        score += math.lgamma(entry * card) - math.lgamma(entry * card + sum(row))
        score += sum(math.lgamma(entry + x) - math.lgamma(entry) for x in row)
    return score


def log_likelihood(counts, card):
    """Sum counts times the logarithms of relative frequencies."""
    rows = counts.reshape(-1, card).tolist()
    return sum(x * math.log(x / sum(row)) for row in rows for x in row if x > 0)
