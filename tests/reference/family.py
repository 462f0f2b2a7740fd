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


def score_additions(columns, weights, cards, family, sample_size, at, counts, out):
    """Count each larger family by itself; the workspaces are not used."""
    *parents, node = family.tolist()
    for other in sorted(set(range(len(cards))) - {*parents, node}):
        larger = np.array([*parents, other, node])
        totals = np.zeros(int(np.prod(cards[larger])))
        if len(totals) <= len(counts):
            count(columns, weights, cards, larger, totals)
            out[other] = bdeu(totals, int(cards[node]), sample_size)


def log_likelihood(counts, card):
    """Sum counts times the logarithms of relative frequencies."""
    rows = counts.reshape(-1, card).tolist()
    return sum(x * math.log(x / sum(row)) for row in rows for x in row if x > 0)
