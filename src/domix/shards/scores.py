"""Sums over the rows of a shard by which changes of a support are scored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from domix._kernels import _classes, _moves
from domix._kernels._em_structures import DataRows
from domix.core.soft.targets import AnyTarget
from domix.core.tables import Layout, Tables
from domix.query.flat import flat_layout
from domix.query.probability import entry_indices, mixture_log_prob
from domix.shards.shard import BLOCK_ROWS, Shard
from domix.util.arrays import Floats, Indices, Ints
from domix.util.numerics import dot


def log_likelihood(
    shard: Shard, *, tables: Tables, targets: Sequence[AnyTarget], weights: Sequence[float]
) -> Floats:
    """Return the log-likelihood of a mixture, and how many rows are impossible and left out."""
    logs = mixture_log_prob(tables, shard.codes, targets, weights)
    possible = np.isfinite(logs)
    value = dot(logs[possible], shard.counts[possible])
    return np.array([value, float(shard.counts[~possible].sum())])


def expected_counts(
    shard: Shard,
    numbers: Indices,
    *,
    layout: Layout,
    components: int,
    ptr: Ints,
    component: Indices,
    share: Floats,
) -> Floats:
    """Share out the counts of table entries among components, shape (components, entries).

    ``numbers`` is the class of each row. Class c gives ``share[e]`` of its rows to
    ``component[e]``, for e in ``ptr[c]:ptr[c + 1]``.
    """
    out = np.zeros((components, layout.size))
    _classes.add_expected_counts(
        shard.columns, flat_layout(layout), shard.counts, numbers, ptr, component, share, out
    )
    return out


def single_changes(
    shard: Shard,
    numbers: Indices,
    *,
    layout: Layout,
    theta: Floats,
    log_theta: Floats,
    log_density: Floats,
    targets: npt.NDArray[np.int16],
    log_weights: Floats,
    slot_ptr: Ints,
) -> Floats:
    """Sum the moments of single changes, shape (2, targets, slots); see ``_moves.single_changes``.

    ``log_density`` (classes,) is log P_mix(x)/P(x) of the classes that ``numbers`` are.
    """
    moments = np.zeros((2, len(targets), int(slot_ptr[-1])))
    for start in range(0, len(shard.counts), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        codes = np.ascontiguousarray(shard.codes[part])
        rows = DataRows(codes, entry_indices(layout, codes), shard.counts[part], layout.size)
        _moves.single_changes(
            rows,
            theta,
            log_theta,
            log_density[numbers[part]],
            targets,
            log_weights,
            slot_ptr,
            moments,
        )
    return moments
