"""States within which more or less of the variable matters to its children.

A state stands for all values between two cut points. Where the outermost state holds a large part
of the control rows, rows under an intervention fall there, too, though their values may lie far
below or above, and so may those of its children: P(child | low) of the control rows does not hold
for them, and they ask for targets among the children. Control rows show the beginning of this:
within the state, the children depend on whether the value is below or above its median.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from domix.data.discretizing.cuts import MOST_IN_TAIL
from domix.util.arrays import Bools, Floats, Ints
from domix.util.contingency import LEAST_ROWS, holm, independence_statistics
from domix.util.numerics import chi_square_tail

ALPHA = 0.05
"""Probability of naming any state if none is heterogeneous."""

LEAST_LOSS = 0.01
"""Smallest loss of a state that is named, in nats."""


class HasParents(Protocol):
    """What has a graph, as a network does."""

    @property
    def parents(self) -> Mapping[str, Sequence[str]]:
        """The parents of each variable."""


@dataclass(frozen=True)
class HeterogeneousState:
    """An outermost state within which a child depends on the value.

    Attributes
    ----------
    variable, state : str
        The state.
    child : str
        The child of the variable whose table differs between the lower and the upper half of the
        state.
    share : float
        The share of the control rows that are in the state.
    loss : float
        The mutual information of the half and the child, given the state and the other parents, in
        nats, less what chance adds.
    p_value : float
        Of the test of independence, with Holm's correction for all of them.
    """

    variable: str
    state: str
    child: str
    share: float
    loss: float
    p_value: float


def find_heterogeneous_states(
    parents: Mapping[str, Sequence[str]],
    codes: Mapping[str, Ints],
    values: Mapping[str, Floats],
    states: Mapping[str, Sequence[str]],
) -> tuple[HeterogeneousState, ...]:
    """Test the outermost states of each variable that was cut, against each of its children.

    Parameters
    ----------
    parents : mapping of str to sequence of str
        The graph.
    codes : mapping of str to ndarray of int64, shape (rows,)
        Of each variable of the graph; -1 is a missing value.
    values : mapping of str to ndarray of float64, shape (rows,)
        Of the variables that were cut.
    states : mapping of str to sequence of str
        Of the variables that were cut, from the lowest up.

    Returns
    -------
    tuple of HeterogeneousState
        By falling loss.
    """
    tested = list(_test_states(parents, codes, values, states))
    adjusted = holm([test.p_value for test in tested])
    found = [
        replace(test, p_value=p)
        for test, p in zip(tested, adjusted, strict=True)
        if p is not None and p <= ALPHA and test.loss >= LEAST_LOSS
    ]
    return tuple(sorted(found, key=lambda test: -test.loss))


def _test_states(
    parents: Mapping[str, Sequence[str]],
    codes: Mapping[str, Ints],
    values: Mapping[str, Floats],
    states: Mapping[str, Sequence[str]],
) -> Iterator[HeterogeneousState]:
    """Yield the test of each outermost state and child, without a correction of its p-value."""
    for child, above in parents.items():
        for parent in (name for name in above if name in states):
            others = [codes[name] for name in above if name != parent]
            for state in dict.fromkeys((0, len(states[parent]) - 1)):
                members = codes[parent] == state
                share = float(members.mean())
                if share <= MOST_IN_TAIL:
                    continue
                tables = _count_by_half(members, values[parent], codes[child], others)
                n = float(tables.sum())
                statistics, dfs = independence_statistics(tables)
                g, df = float(statistics.sum()), int(dfs.sum())
                if df:
                    loss = max(g - df, 0.0) / (2 * n)
                    p_value = chi_square_tail(g, df)
                    name = states[parent][state]
                    yield HeterogeneousState(parent, name, child, share, loss, p_value)


def _count_by_half(members: Bools, values: Floats, child: Ints, others: Sequence[Ints]) -> Floats:
    """Count halves of the state against the child, shape (configurations of others, 2, states)."""
    kept = members & np.all([codes >= 0 for codes in (child, *others)], axis=0)
    if not kept.any():
        return np.zeros((0, 2, 1))
    upper = (values[kept] > np.median(values[kept])).astype(np.int64)
    stratum = np.zeros(len(upper), dtype=np.int64)
    for other in others:
        stratum = np.unique(stratum * (other.max() + 1) + other[kept], return_inverse=True)[1]
    card, strata = int(child.max()) + 1, int(stratum.max(initial=-1)) + 1
    index = (stratum * 2 + upper) * card + child[kept]
    counts = np.bincount(index, minlength=strata * 2 * card).astype(np.float64)
    tables = counts.reshape(strata, 2, card)
    enough: Floats = tables[tables.sum(axis=(1, 2)) >= LEAST_ROWS]
    return enough
