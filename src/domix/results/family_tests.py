r"""Test the rows of the conditional probability tables against data rows.

A *family* is one variable in one configuration of its parents, so it has one row theta of a CPT.
Among the data rows of a mixture that show this configuration, the variable is distributed as

    q_v = (1 - s) theta_v + s_v,   s = sum_v s_v,

where s_v is the share of those data rows in which a component sets the variable to v, or draws v
for it, as the fitted mixture has it. (A child of a misread variable follows another row of its
table, which counts as drawn.) The counts O_v of N data rows are compared with q by the
likelihood-ratio statistic (G-test)

    G = 2 sum_v O_v log(O_v / (N q_v)).

With M control rows in the same configuration, of counts C_v, the same theta must explain both:

    G = min_theta 2 sum_v O_v log(O_v / (N q_v(theta))) + 2 sum_v C_v log(C_v / (M theta_v)).

Both have k - 1 degrees of freedom, for k possible values. The shares s_v (and theta, where there
are no control rows) were fitted to the data rows that are tested, which can only make G smaller:
the test is conservative.

P-values come from the chi-square distribution if every expected count is at least
``LEAST_EXPECTED``, else from simulation under the fit.

References
----------
S. S. Wilks, "The large-sample distribution of the likelihood ratio for testing composite
hypotheses", Annals of Mathematical Statistics 9 (1938).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from domix.core.soft.targets import AnyTarget, is_changed, resolve
from domix.core.tables import Tables, normalize_rows
from domix.query.marginal import marginal
from domix.util.arrays import Bools, Floats
from domix.util.contingency import g_statistic
from domix.util.numerics import chi_square_tail

LEAST_EXPECTED = 10.0
"""Expected count (data rows) of each value from which chi-square is used.

Twice the usual rule of 5, because Holm's correction asks for p-values far in the tail.
"""

ENOUGH_EXCEEDANCES = 20
"""Simulated statistics as large as the observed one at which a simulation stops.

The relative standard error of its p-value is then about 1/sqrt(20) = 22 %.
"""

FIRST_DRAWS = 1_000
"""Simulated samples in the first batch: one vectorized step, which decides most cases."""

MOST_DRAWS = 200_000
"""Most simulated samples for one test: a limit on computing time."""

DRAWS_PER_THRESHOLD = 10
"""Most simulated samples, in units of 1 / (Holm's first threshold).

The smallest p-value of a simulation is then a tenth of the threshold.
"""

EM_ITERATIONS = 300
"""Most EM iterations for a row of a CPT; they end at ``EM_TOLERANCE`` in nearly all cases."""

EM_ITERATIONS_SIMULATED = 20
"""The same for simulated samples, where each iteration costs a thousand times as much.

A fit that is cut short makes simulated statistics larger, so p-values too: this is conservative.
"""

EM_TOLERANCE = 1e-10
"""Change of every probability in an EM iteration below which the fit has converged."""

STATISTIC_TOLERANCE = 1e-9
"""Difference below which a simulated statistic equals the observed one, but for rounding."""


@dataclass(frozen=True, eq=False)
class FamilyTest:
    """The test of one family.

    Attributes
    ----------
    node, row : int
        The variable, and the row of its CPT.
    observed, fitted : ndarray of float64, shape (card,)
        Observed and expected counts of the mixture's data rows.
    control : ndarray of float64, shape (card,), or None
        Counts of control rows, None without any.
    statistic : float
        G; infinite if a value occurs that the fit excludes.
    df : int
        Degrees of freedom; 0 if there is nothing to test.
    p_value : float or None
        None if there is nothing to test: only one value is possible, or theta is learnt and no
        control row shows the configuration.
    converged : bool
        False if the iteration limit ended the fit of theta; then G is too large.
    """

    node: int
    row: int
    observed: Floats
    fitted: Floats
    control: Floats | None
    statistic: float
    df: int
    p_value: float | None
    converged: bool


@dataclass(frozen=True, eq=False)
class _Family:
    """Counts and fit of one family, in the symbols of the module: 1 - s, s_v and theta_v."""

    node: int
    row: int
    observed: Floats
    control: Floats | None
    free_share: float
    set_shares: Floats
    theta: Floats
    converged: bool

    @property
    def tested_control(self) -> Floats | None:
        """The control counts, unless the CPT has no effect on the mixture's data rows."""
        return self.control if self.free_share > 0 else None

    @property
    def fitted(self) -> Floats:
        """The distribution q, shape (card,)."""
        return self.free_share * self.theta + self.set_shares

    @property
    def df(self) -> int:
        """Degrees of freedom; 0 if there is nothing to test."""
        possible = self.fitted if self.tested_control is None else self.theta
        if self.tested_control is not None and not self.tested_control.any():
            return 0
        return int(((self.observed > 0) | (possible > 0)).sum()) - 1


def run_family_tests(
    tables: Tables,
    targets: Sequence[AnyTarget],
    weights: Floats,
    counts: Floats,
    control: Floats | None,
    alpha: float,
) -> list[FamilyTest]:
    """Test every family that the mixture's data rows show, in the order of the tables.

    Parameters
    ----------
    tables, targets, weights
        The fitted mixture; weights of shape (targets,).
    counts : ndarray of float64, shape (entries,)
        Data rows of the mixture, counted by CPT entry.
    control : ndarray of float64, shape (entries,), or None
        The same for control rows; None takes the tables as known.
    alpha : float
        Family-wise error of the tests; it determines how many samples are simulated.
    """
    families = [
        family
        for node in range(tables.layout.n)
        for family in _families_of(tables, targets, weights, counts, control, node)
    ]
    tested = sum(family.df > 0 for family in families)
    most_draws = int(min(DRAWS_PER_THRESHOLD * tested / alpha, MOST_DRAWS))
    return [_test_family(family, max(most_draws, FIRST_DRAWS)) for family in families]


def _families_of(
    tables: Tables,
    targets: Sequence[AnyTarget],
    weights: Floats,
    counts: Floats,
    control: Floats | None,
    node: int,
) -> Iterator[_Family]:
    """Yield the families of a variable that the data rows show and the mixture can produce."""
    layout = tables.layout
    entries, card = layout.entries_of(node), int(layout.cards[node])
    observed = counts[entries].reshape(-1, card)
    free, sets = np.zeros(len(observed)), np.zeros(observed.shape)
    for target, weight in zip(targets, weights.tolist(), strict=True):
        changed, pairs = resolve(tables, target)
        assignment = dict(pairs)
        joint = weight * marginal(changed, layout.parents[node], assignment, {}).ravel()
        if node in assignment:
            sets[:, assignment[node]] += joint
        elif is_changed(layout, target, node):
            sets += joint[:, None] * changed.node(node).reshape(sets.shape)
        else:
            free += joint
    total = free + sets.sum(axis=1)
    rows = np.flatnonzero((observed.sum(axis=1) > 0) & (total > 0))
    free[rows] /= total[rows]
    sets[rows] /= total[rows, None]
    theta = np.array(tables.values[entries], dtype=np.float64).reshape(-1, card)
    converged = np.ones(len(observed), dtype=bool)
    if control is not None:
        controls = control[entries].reshape(-1, card)
        theta[rows], converged[rows] = _fit_theta(
            observed[rows], controls[rows], free[rows], sets[rows], EM_ITERATIONS
        )
    for r in rows.tolist():
        own = None if control is None else controls[r]
        shares = float(free[r]), sets[r]
        yield _Family(node, r, observed[r], own, *shares, theta[r], bool(converged[r]))


def _fit_theta(
    observed: Floats, control: Floats, free: Floats | float, sets: Floats, iterations: int
) -> tuple[Floats, Bools]:
    """Fit the theta that minimizes G with control rows, shape (..., card), by EM.

    Returns theta, and whether each fit converged, shape (...).

    An observed value v was not set with probability r_v = (1 - s) theta_v / q_v; the next theta_v
    is proportional to C_v + O_v r_v.
    """
    theta = normalize_rows(observed + control)
    converged = np.ones(theta.shape[:-1], dtype=bool)
    if not np.any(sets):
        return theta, converged
    for _ in range(iterations):
        unset = np.asarray(free)[..., None] * theta
        q = unset + sets
        responsibility = np.divide(unset, q, out=np.zeros_like(q), where=q > 0)
        previous, theta = theta, normalize_rows(control + observed * responsibility)
        converged = np.abs(theta - previous).max(axis=-1) < EM_TOLERANCE
        if converged.all():
            break
    return theta, converged


def _test_family(family: _Family, most_draws: int) -> FamilyTest:
    """Compute the statistic and its p-value."""
    statistic = float(g_statistic(family.observed, family.fitted))
    fitted = family.observed.sum() * family.fitted
    least = fitted[fitted > 0].min()
    control = family.tested_control
    if control is not None:
        statistic += float(g_statistic(control, family.theta))
        fitted_control = control.sum() * family.theta
        least = min(least, fitted_control[fitted_control > 0].min(initial=np.inf))
    p_value: float | None
    if family.df == 0:
        p_value = None
    elif np.isinf(statistic):
        p_value = 0.0
    elif least >= LEAST_EXPECTED:
        p_value = chi_square_tail(statistic, family.df)
    else:
        p_value = _simulate_p_value(family, statistic, most_draws)
    counts = family.observed, fitted, family.control
    return FamilyTest(
        family.node, family.row, *counts, statistic, family.df, p_value, family.converged
    )


def _simulate_p_value(family: _Family, statistic: float, most_draws: int) -> float:
    """Simulate the statistic under the fit until its p-value is clear: (h + 1) / (m + 1).

    h of m simulated statistics are at least as large as the observed one; the simulation stops at
    ``ENOUGH_EXCEEDANCES`` or at ``most_draws``.

    References
    ----------
    J. Besag and P. Clifford, "Sequential Monte Carlo p-values", Biometrika 78 (1991).
    """
    # A seed of its own: the answer does not depend on which other families are tested.
    rng = np.random.default_rng([family.node, family.row])
    draws = exceedances = 0
    while exceedances < ENOUGH_EXCEEDANCES and draws < most_draws:
        batch = min(max(9 * draws, FIRST_DRAWS), most_draws - draws)
        observed = _draw_counts(rng, family.observed, family.fitted, batch)
        if family.tested_control is None:
            simulated = g_statistic(observed, family.fitted)
        else:
            control = _draw_counts(rng, family.tested_control, family.theta, batch)
            free, sets = family.free_share, family.set_shares
            theta, _ = _fit_theta(observed, control, free, sets, EM_ITERATIONS_SIMULATED)
            simulated = g_statistic(observed, free * theta + sets) + g_statistic(control, theta)
        exceedances += int((simulated >= statistic - STATISTIC_TOLERANCE).sum())
        draws += batch
    return (exceedances + 1) / (draws + 1)


def _draw_counts(rng: np.random.Generator, counts: Floats, q: Floats, draws: int) -> Floats:
    """Draw samples of the same size from q, shape (draws, card)."""
    size = max(round(float(counts.sum())), 0)
    return rng.multinomial(size, q / q.sum(), size=draws).astype(np.float64)
