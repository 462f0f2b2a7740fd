"""The default estimator: likelihood lifting, from rows."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.intervention import Intervention
from domix.core.tables import Tables
from domix.data.rows import DistinctRows, check_counts, distinct
from domix.disentangle.backfit import Search, backfit
from domix.disentangle.eliminate import eliminate
from domix.disentangle.forward import forward
from domix.disentangle.inference import confirm, intervals, weight_covariance
from domix.disentangle.joint import Fit
from domix.disentangle.problem import Problem
from domix.disentangle.progress import Report, reporting
from domix.disentangle.reorder import fresh_targets, orders
from domix.disentangle.result import Component, Disentanglement, by_weight
from domix.disentangle.significance import Significance
from domix.errors import DataError
from domix.model.draws import Rng, generator
from domix.model.learn import count_cells
from domix.model.mixture import Mixture
from domix.model.network import Network

__all__ = ["disentangle"]

PSEUDOCOUNT = 1.0
# Other topological orders are tried until this many in a row bring nothing.
FRUITLESS_ORDERS = 2
MOST_ORDERS = 6


def disentangle(
    net: Network,
    data: Any,
    observational: Any = None,
    counts: npt.ArrayLike | None = None,
    alpha: float = 0.05,
    rng: Rng = None,
    progress: bool = False,
) -> Disentanglement:
    """Recover the interventions behind rows of a mixture.

    Prefixes of targets are lifted along ``net.order`` on the likelihood of all rows, tested, and
    backfitted on whole rows until no move of the search pays.

    Parameters
    ----------
    net
        The causal network. Its tables are known, and stay as they are, unless ``net.counts`` or
        ``observational`` is there; then they are learnt, and profiled in every fit.
    data
        Rows of the mixture: a data frame of labels or an integer array of codes, shape
        (rows, variables).
    observational
        Rows without interventions, in the same form. They replace the tables of a network without
        counts, and add to counts already there.
    counts
        How often each row of ``data`` occurred, shape (rows,); None is once.
    alpha
        Family-wise chance of reporting any false target.
    rng
        Draws the topological orders that are tried beside ``net.order``; None is seed 0.
    progress
        Show a progress bar on stderr (needs the extra ``app``).

    Returns
    -------
    Disentanglement
        Components with weights, standard errors, intervals and adjusted p-values; the network with
        its re-estimated tables; log-likelihood; the gain of the best move not taken.

    Raises
    ------
    DataError
        Rows that do not fit the network, no rows at all, bad counts, or alpha outside (0, 1).

    Source
    ------
    Lifting: Kumar and Sinha (UAI 2021), Section 4. The likelihood in place of their single cells,
    the profiled tables and the test are domix's own; see docs/method.md.

    Examples
    --------
    >>> net = Network(
    ...     {"A": [], "B": ["A"]},
    ...     {"A": ["low", "mid", "high"], "B": ["low", "high"]},
    ...     {"A": [0.5, 0.25, 0.25], "B": [[0.75, 0.25], [0.5, 0.5], [0.125, 0.875]]},
    ... )
    >>> mix = Mixture(net, {Intervention(): 0.6, Intervention({"A": "high", "B": "low"}): 0.4})
    >>> result = disentangle(net, mix.sample(5000, rng=1))
    >>> [(str(c.intervention), round(c.weight, 1)) for c in result.components]
    [('do()', 0.6), ('do(A=high, B=low)', 0.4)]
    """
    if not 0 < alpha < 1:
        raise DataError(f"alpha must lie between 0 and 1, not {alpha!r}")
    codes = net.encode(data)
    rows = distinct(codes, net.space.cards, counts)
    if not len(rows.codes):
        raise DataError("there are no rows to disentangle")
    problem = Problem(*_start_tables(net, observational, rows))
    test = Significance(net.space.cards, alpha)
    with reporting(progress) as report:
        search = _search(problem, test, generator(0 if rng is None else rng), report)
        report("standard errors", None)
        fitted, costs = confirm(problem, test, search.fit)
        covariance = weight_covariance(problem, fitted)
    return _result(net, codes, counts, alpha, test, search, fitted, costs, covariance)


def _start_tables(
    net: Network, observational: Any, rows: DistinctRows
) -> tuple[Tables, DistinctRows, npt.NDArray[np.float64] | None]:
    """Float tables, rows, and the tables' prior counts (None: the tables are known)."""
    tables = net.to_float().tables
    counted = net.flat_counts
    if observational is not None:
        seen = count_cells(tables.layout, net.encode(observational))
        counted = seen if counted is None else counted + seen
    if counted is None:
        return tables, rows, None
    pseudocount = PSEUDOCOUNT if net.pseudocount is None else net.pseudocount
    return tables, rows, counted + pseudocount


def _search(
    problem: Problem, test: Significance, rng: np.random.Generator, report: Report
) -> Search:
    targets, weights, log_theta = forward(problem, test, report)
    report("elimination", None)
    start = eliminate(problem, test, targets, weights, log_theta)
    search = Search(problem, test, start)
    backfit(search, report)
    fruitless = 0
    for order in itertools.islice(orders(problem.layout, rng), MOST_ORDERS):
        report("other orders", None)
        proposal = fresh_targets(search, order)
        if proposal is not None and search.accept(proposal):
            backfit(search, report)
            fruitless = 0
            continue
        fruitless += 1
        if fruitless == FRUITLESS_ORDERS:
            break
    return search


def _result(
    net: Network,
    codes: npt.NDArray[np.uint8],
    counts: npt.ArrayLike | None,
    alpha: float,
    test: Significance,
    search: Search,
    fitted: Fit,
    costs: list[float],
    covariance: npt.NDArray[np.float64],
) -> Disentanglement:
    network = net.to_float()
    if search.problem.learn:
        network = network.with_values(np.exp(fitted.log_theta))
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    components = by_weight(
        [
            Component(
                Intervention(net.space.assignment(target)),
                float(weight),
                float(error),
                interval,
                test.p_value(cost, target, fitted.support),
            )
            for target, weight, error, interval, cost in zip(
                fitted.support,
                fitted.weights,
                errors,
                intervals(fitted.weights, errors),
                costs,
                strict=True,
            )
        ]
    )
    mixture = Mixture(network, [(c.intervention, c.weight) for c in components])
    logs = mixture.log_prob(codes)
    row_counts = np.ones(len(codes)) if counts is None else check_counts(counts, len(codes))
    explained = np.isfinite(logs)
    return Disentanglement(
        network=network,
        components=components,
        method="likelihood",
        rows=float(row_counts.sum()),
        alpha=alpha,
        log_likelihood=float(logs[explained] @ row_counts[explained]),
        best_move_gain=search.best_gain,
        best_move_significant=search.best_gain > search.best_critical,
        unexplained=tuple(np.flatnonzero(~explained & (row_counts > 0)).tolist()),
    )
