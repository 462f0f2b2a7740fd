"""Does each table row fit the rows of a mixture? On codes and counts.

Given the parents' values, a mixture's rows have the variable distributed as

    q = (1 - s) theta + s_v e_v summed over v,

with theta the table row and s_v the share of those rows in which a component sets the variable to
v (s in all). The likelihood-ratio statistic compares the counts with q; where there are control
counts too, it compares both samples with one theta, which is fitted to them. Shares are taken from
the fitted mixture. They and theta were fitted to the same rows, which can only make the statistic
smaller: the test errs on the side of silence.

The statistic is held against chi-square where every expected count is at least ``FEW``, else
against its own distribution, by simulation from the fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.tables import Tables, Target
from domix.query.marginal import marginal
from domix.util.numerics import chi_square_tail

__all__ = ["Family", "compare_families", "holm"]

Floats = npt.NDArray[np.float64]

FEW = 10.0
"""Expected counts below which chi-square is not trusted."""

ENOUGH = 20
"""Simulated statistics beyond the one observed after which its p-value is known well enough."""

FIRST_DRAWS, MOST_DRAWS = 1_000, 200_000
DRAWS_PER_TEST = 10
"""Over alpha: simulated p-values can be this many times smaller than Holm's first step asks for."""

TABLE_STEPS, TABLE_STEPS_SIMULATED = 300, 20
CONVERGED = 1e-10


@dataclass(frozen=True, eq=False)
class Family:
    """One table row against the rows that read it.

    Attributes
    ----------
    node, row
        The variable, and which of its parents' configurations, in the order of its table.
    observed, fitted
        Shape (card,): counts in the mixture's rows, and what the fit expects there.
    control
        Shape (card,): counts in the control rows, None without any.
    statistic
        Twice the log-likelihood ratio; infinite if something happened that the fit excludes.
    df
    p_value
        None where there is nothing to test: no choice, or a table row that no control row reaches
        and that is free to follow the mixture's rows.
    """

    node: int
    row: int
    observed: Floats
    fitted: Floats
    control: Floats | None
    statistic: float
    df: int
    p_value: float | None


@dataclass(frozen=True, eq=False)
class _Row:
    """What the test of one table row needs.

    ``left`` is 1 - s, ``sets`` is s_v, and ``rival`` the control counts, if theta was fitted to
    them and they must fit it too.
    """

    node: int
    row: int
    observed: Floats
    control: Floats | None
    left: float
    sets: Floats
    theta: Floats

    @property
    def rival(self) -> Floats | None:
        # Where everything is set, the table row has nothing to do with the mixture's rows.
        return self.control if self.left > 0 else None

    @property
    def fitted(self) -> Floats:
        return self.left * self.theta + self.sets

    @property
    def df(self) -> int:
        """0 if there is nothing to test."""
        possible = self.fitted if self.rival is None else self.theta
        if self.rival is not None and not self.rival.any():
            return 0
        return int(((self.observed > 0) | (possible > 0)).sum()) - 1


def compare_families(
    tables: Tables,
    targets: Sequence[Target],
    weights: npt.NDArray[Any],
    counts: Floats,
    control: Floats | None,
    alpha: float,
) -> list[Family]:
    """Every table row that the mixture's rows read, in the order of the tables.

    Parameters
    ----------
    tables, targets, weights
        The fitted mixture.
    counts, control
        Shape (cells,): of the mixture's rows and of control rows. With control None the tables
        count as known.
    alpha
        The family-wise error that is aimed at: it says how many simulations are worth while.
    """
    rows = [
        row
        for node in range(tables.layout.n)
        for row in _rows(tables, targets, weights, counts, control, node)
    ]
    tested = sum(row.df > 0 for row in rows)
    draws = int(min(DRAWS_PER_TEST * tested / alpha, MOST_DRAWS))
    return [_tested(row, draws) for row in rows]


def _rows(
    tables: Tables,
    targets: Sequence[Target],
    weights: npt.NDArray[Any],
    counts: Floats,
    control: Floats | None,
    node: int,
) -> Iterator[_Row]:
    layout = tables.layout
    cells, k = layout.entries_of(node), int(layout.cards[node])
    observed = counts[cells].reshape(-1, k)
    reached = np.flatnonzero(observed.sum(axis=1) > 0)
    left, sets = np.zeros(len(observed)), np.zeros(observed.shape)
    for target, weight in zip(targets, weights.tolist(), strict=True):
        assigned = dict(target)
        share = weight * marginal(tables, layout.parents[node], assigned, {}).ravel()
        if node in assigned:
            sets[:, assigned[node]] += share
        else:
            left += share
    total = left + sets.sum(axis=1)
    possible = reached[total[reached] > 0]
    left[possible] /= total[possible]
    sets[possible] /= total[possible, None]
    theta = np.array(tables.values[cells], dtype=np.float64).reshape(-1, k)
    seen = None if control is None else control[cells].reshape(-1, k)
    if seen is not None:
        at = possible
        theta[at] = _common_row(observed[at], seen[at], left[at], sets[at], TABLE_STEPS)
    for r in possible.tolist():
        own = None if seen is None else seen[r]
        yield _Row(node, r, observed[r], own, float(left[r]), sets[r], theta[r])


def _common_row(observed: Floats, control: Floats, left: Any, sets: Floats, steps: int) -> Floats:
    """Shape (..., card): the table row that fits both samples best, by EM."""
    theta = _normalised(observed + control)
    for _ in range(steps if np.any(sets) else 1):
        kept = np.asarray(left)[..., None] * theta
        fitted = kept + sets
        stayed = np.divide(kept, fitted, out=np.zeros_like(fitted), where=fitted > 0)
        before, theta = theta, _normalised(control + observed * stayed)
        if np.abs(theta - before).max(initial=0.0) < CONVERGED:
            break
    return theta


def _normalised(counts: Floats) -> Floats:
    sums = counts.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(sums > 0, counts / np.where(sums > 0, sums, 1.0), 0.0))


def _deviance(counts: Floats, shares: Floats) -> Floats:
    """Shape (...): twice the log-likelihood ratio of counts against shares, over the last axis."""
    expected = counts.sum(axis=-1, keepdims=True) * shares
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts > 0, counts * np.log(counts / expected), 0.0)
    return np.asarray(np.maximum(2.0 * terms.sum(axis=-1), 0.0))


def _tested(row: _Row, most_draws: int) -> Family:
    n = row.observed.sum()
    statistic = float(_deviance(row.observed, row.fitted))
    expected = n * row.fitted
    least = expected[expected > 0].min()
    if row.rival is not None:
        statistic += float(_deviance(row.rival, row.theta))
        seen = row.rival.sum() * row.theta
        least = min(least, seen[seen > 0].min(initial=np.inf))
    p_value: float | None
    if row.df == 0:
        p_value = None
    elif np.isinf(statistic):
        p_value = 0.0
    elif least >= FEW:
        p_value = chi_square_tail(statistic, row.df)
    else:
        p_value = _simulated(row, statistic, most_draws)
    return Family(
        row.node, row.row, row.observed, expected, row.control, statistic, row.df, p_value
    )


def _simulated(row: _Row, statistic: float, most_draws: int) -> float:
    """Share of simulated statistics that are as large: sequential, so that clear cases are cheap.

    Source
    ------
    J. Besag and P. Clifford, "Sequential Monte Carlo p-values", Biometrika 78 (1991).
    """
    # Its own seed: the answer does not depend on what else is tested.
    rng = np.random.default_rng([row.node, row.row])
    drawn = beyond = 0
    most_draws = max(most_draws, FIRST_DRAWS)
    while beyond < ENOUGH and drawn < most_draws:
        batch = min(max(9 * drawn, FIRST_DRAWS), most_draws - drawn)
        mixed = _draws(rng, row.observed, row.fitted, batch)
        if row.rival is None:
            found = _deviance(mixed, row.fitted)
        else:
            control = _draws(rng, row.rival, row.theta, batch)
            theta = _common_row(mixed, control, row.left, row.sets, TABLE_STEPS_SIMULATED)
            found = _deviance(mixed, row.left * theta + row.sets) + _deviance(control, theta)
        beyond += int((found >= statistic - 1e-9).sum())
        drawn += batch
    return (beyond + 1) / (drawn + 1)


def _draws(rng: np.random.Generator, counts: Floats, shares: Floats, times: int) -> Floats:
    total = max(round(float(counts.sum())), 0)
    return rng.multinomial(total, shares / shares.sum(), size=times).astype(np.float64)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's adjusted p-values; None is no test and stays None.

    Examples
    --------
    >>> holm([0.01, None, 0.04])
    [0.02, None, 0.04]
    """
    tested = sorted((p, at) for at, p in enumerate(p_values) if p is not None)
    out: list[float | None] = [None] * len(p_values)
    worst = 0.0
    for rank, (p, at) in enumerate(tested):
        worst = max(worst, min(1.0, (len(tested) - rank) * p))
        out[at] = worst
    return out
