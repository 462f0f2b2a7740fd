"""Background targets by enumeration, for `domix.estimation.contrast`."""

from __future__ import annotations

import itertools

import numpy as np

from reference.joint import entry_indices


def override(target, background):
    """What the target sets, and what the background sets of the other variables."""
    return dict(background) | dict(target)


def probabilities(layout, theta, target):
    """Compute P(x | do(target)) of every configuration x, an array with one axis per variable."""
    grids = [range(int(k)) for k in layout.cards]
    rows = np.array(list(itertools.product(*grids)), np.uint8)
    factors = theta[entry_indices(layout, rows)]
    for variable, value in dict(target).items():
        factors[:, variable] = rows[:, variable] == value
    return factors.prod(axis=1).reshape(layout.cards)


def mixed(layout, theta, targets, weights, background, shares):
    """Sum over all pairs of a target and a background target."""
    return sum(
        weight * share * probabilities(layout, theta, override(target, below))
        for target, weight in zip(targets, weights, strict=True)
        for below, share in zip(background, shares, strict=True)
    )


def objective(witnesses, targets, background, weights, shares, log_theta):
    """Compute the log-likelihood of all rows and labels, and the prior counts of the tables."""
    total = float((witnesses.prior * log_theta).sum())
    for sample in witnesses.samples:
        control = sample.mixture == -1
        theta = np.exp(log_theta[0 if control else -1])
        if sample.label is None:
            own, own_weights = targets[sample.mixture], weights[sample.mixture]
        else:
            own, own_weights = [sample.label], [1.0]
        table = mixed(sample.problem.layout, theta, own, own_weights, background, shares)
        total += sample.problem.counts @ np.log(table[tuple(sample.problem.codes.T)])
    for labelled, own, own_weights in zip(witnesses.labelled, targets, weights, strict=True):
        for target, count in labelled.items():
            total += count * np.log(own_weights[list(own).index(target)])
    return total


def background_gain(controls, theta, target, steps=20_000):
    """Find the largest gain on a grid of shares."""
    layout = controls.layout
    row = tuple(controls.codes.T)
    ratio = (probabilities(layout, theta, target) / probabilities(layout, theta, ()))[row]
    grid = np.linspace(0.0, 1.0, steps, endpoint=False)
    return max(controls.counts @ np.log1p(r * (ratio - 1.0)) for r in grid)
