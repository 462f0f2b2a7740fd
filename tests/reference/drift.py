"""The Dirichlet-multinomial likelihood of drift, for `domix._kernels._drift`."""

from __future__ import annotations

import itertools
import math


def log_likelihood(row_ptr, counts, means, sampling, inverse_kappa):
    """Sum the formula over one row of a CPT at a time."""
    score = 0.0
    for r, (start, end) in enumerate(itertools.pairwise(row_ptr)):
        own, mean = counts[start:end].tolist(), means[start:end].tolist()
        precision = 1.0 / (inverse_kappa + float(sampling[r]))
        score += math.lgamma(precision) - math.lgamma(precision + sum(own))
        for n, m in zip(own, mean, strict=True):
            score += math.lgamma(precision * m + n) - math.lgamma(precision * m)
    return score
