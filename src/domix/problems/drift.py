r"""Drift: how far the tables of the mixture lie from those of the control rows.

A row of a CPT with control counts :math:`C_r` has expected counts :math:`N_r` in the mixture, of
data rows whose variable was not set. With drift, the mixture's row is a draw from a Dirichlet
distribution around the controls' row, with precision :math:`\kappa`:

.. math:: N_r \sim \text{Dirichlet-multinomial}(\kappa_r \bar C_r), \qquad
    1/\kappa_r = 1/\kappa + 1/|C_r|,

where :math:`\bar C_r` is the normalized row and :math:`1/|C_r|` stands for its sampling error. One
:math:`\kappa` holds for all rows; without drift it is infinite. The mean Kullback-Leibler
divergence between the two rows is about :math:`(k - 1) / 2\kappa` nats for k states.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from domix._kernels import _drift
from domix.core.tables import Layout
from domix.options.contrast import ContrastOptions
from domix.problems.groups import MixtureProblem
from domix.util.arrays import Bools, Floats

SMOOTHING = 0.1
"""Added to each control count of a row, so that no mean is 0. With .5, nearly deterministic tables
of many states showed drift where there was none."""


class Drift(NamedTuple):
    r"""An estimate of :math:`\kappa`, and the nats by which it is better than none."""

    kappa: float
    gain: float


NO_DRIFT = Drift(math.inf, 0.0)


def sum_unset(mixtures: Iterable[MixtureProblem], table_counts: Iterable[Floats]) -> Floats:
    """Sum the counts of table entries whose variable was not set, of all rows of all mixtures.

    ``table_counts`` are the expected ones, by mixture; those of labelled rows are added. Variables
    that no target may set have none: their tables are the same factor of every component, so that
    no target stands for their drift, and it says nothing of the others.
    """
    counts = zip(mixtures, table_counts, strict=True)
    return np.asarray(
        np.sum([_settable(m) * (m.labelled_counts + own) for m, own in counts], axis=0)
    )


def _settable(mixture: MixtureProblem) -> Bools:
    """Whether targets may set the variable of a table entry, shape (table entries,)."""
    layout, knowledge = mixture.problem.layout, mixture.problem.knowledge
    never = [knowledge.never_set(node, int(k)) for node, k in enumerate(layout.cards)]
    return ~np.array(never)[layout.node_of_entry]


def estimate_drift(
    layout: Layout, unset_counts: Floats, control_counts: Floats, options: ContrastOptions
) -> Drift:
    r"""Estimate :math:`\kappa` by maximum likelihood on a grid.

    Parameters
    ----------
    layout : Layout
    unset_counts, control_counts : ndarray of float64, shape (table entries,)
        :math:`N` and :math:`C`.
    options : ContrastOptions

    Returns
    -------
    Drift
        Infinite unless a finite value gains ``options.least_drift_gain`` nats.
    """
    unset, controls = _row_sums(layout, unset_counts), _row_sums(layout, control_counts)
    used = (unset >= options.least_drift_rows) & (controls >= options.least_drift_controls)
    smoothed = control_counts + SMOOTHING
    means = smoothed / _row_sums(layout, smoothed)[layout.row_of_entry]
    entries = used[layout.row_of_entry]
    lengths = np.diff(layout.row_starts, append=layout.size)[used]
    rows = (
        np.concatenate([[0], np.cumsum(lengths)]),
        unset_counts[entries],
        means[entries],
        1.0 / controls[used],
    )
    grid = np.geomspace(*options.drift_range, options.drift_steps)
    gains = [_drift.log_likelihood(*rows, 1.0 / kappa) for kappa in grid.tolist()]
    best = int(np.argmax(gains))
    gain = gains[best] - _drift.log_likelihood(*rows, 0.0)
    return Drift(float(grid[best]), gain) if gain > options.least_drift_gain else NO_DRIFT


def discount(layout: Layout, control_counts: Floats, kappa: float) -> Floats:
    r"""Return control counts as prior counts of the mixture's tables, shape (table entries,).

    Under drift, a row with :math:`|C_r|` counts keeps :math:`\kappa |C_r| / (\kappa + |C_r|)`.
    """
    if math.isinf(kappa):
        return control_counts
    totals = _row_sums(layout, control_counts)[layout.row_of_entry]
    return control_counts * (kappa / (kappa + totals))


def _row_sums(layout: Layout, counts: Floats) -> Floats:
    return np.asarray(np.add.reduceat(counts, layout.row_starts))
