"""The default estimator: likelihood lifting, from rows."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.intervention import Intervention
from domix.core.sums import dot
from domix.data.frame import encode
from domix.data.rows import check_counts, distinct, thinned
from domix.disentangle.backfit import Search, backfit
from domix.disentangle.bootstrap import bootstrap_weights, checked_replicates, percentiles
from domix.disentangle.eliminate import eliminate
from domix.disentangle.forward import forward
from domix.disentangle.inference import confirm, intervals, weight_covariance
from domix.disentangle.joint import Em, Fit
from domix.disentangle.problem import Problem
from domix.disentangle.progress import Report, reporting
from domix.disentangle.reorder import fresh_targets, orders
from domix.disentangle.result import Component, Disentanglement, by_weight
from domix.disentangle.significance import Significance
from domix.errors import DataError, NetworkError
from domix.model.draws import Rng, generator
from domix.model.learn import count_cells, learnt_tables
from domix.model.mixture import Mixture
from domix.model.network import Network

__all__ = ["disentangle"]

PSEUDOCOUNT = 1.0
# Other topological orders are tried until this many in a row bring nothing.
FRUITLESS_ORDERS = 2
MOST_ORDERS = 6
# Targets are searched for on about this many distinct rows where there are several times as many.
SEARCHED = 2**14
LARGE = 2


def disentangle(
    net: Network,
    data: Any,
    observational: Any = None,
    counts: npt.ArrayLike | None = None,
    alpha: float = 0.05,
    rng: Rng = None,
    progress: bool = False,
    bootstrap: int = 0,
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
    bootstrap
        How often the weights are refitted to resampled rows (and control counts, where tables are
        learnt), given the support, for standard errors and intervals; 200 is a usual number. 0
        takes both from the observed information.

    Returns
    -------
    Disentanglement
        Components with weights, standard errors, intervals and adjusted p-values; the network with
        its re-estimated tables; log-likelihood; the gain of the best move not taken.

    Raises
    ------
    DataError
        Rows that do not fit the network, no rows at all, bad counts, alpha outside (0, 1), or a
        bootstrap of 1 or less than 0.

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
    if not isinstance(net, Network):
        raise NetworkError(f"the first argument must be a Network, not {type(net).__name__}")
    alpha, bootstrap = _checked_alpha(alpha), checked_replicates(bootstrap)
    codes = net.encode(data)
    rows = distinct(codes, net.space.cards, counts)
    if not len(rows.codes):
        raise DataError("there are no rows to disentangle")
    observed = _observed_counts(net, observational)
    pseudocount = PSEUDOCOUNT if net.pseudocount is None else net.pseudocount
    tables = net.to_float().tables
    problem = Problem(tables, rows, observed, pseudocount)
    test = Significance(net.space.cards, alpha)
    draws = generator(0 if rng is None else rng)
    with reporting(progress) as report:
        if len(rows.codes) < LARGE * SEARCHED:
            search = _search(problem, test, draws, report)
        else:
            sample = thinned(rows, SEARCHED / len(rows.codes), draws)
            small = Problem(tables, sample, observed, pseudocount)
            found = _search(small, test, draws, report).fit
            search = _extend(problem, test, found, report)
        report("standard errors", None)
        fitted, costs = confirm(problem, test, search.fit)
        if bootstrap:
            again = (tables, rows, observed, pseudocount, fitted, bootstrap, draws, report)
            errors, limits = percentiles(bootstrap_weights(*again))
        else:
            errors = np.sqrt(np.maximum(np.diag(weight_covariance(problem, fitted)), 0.0))
            limits = intervals(fitted.weights, errors)
    network, origin = net.to_float(), "known"
    if observed is not None:
        network = network.with_values(_final_tables(problem, fitted, observed, pseudocount))
        controls = float(observed[net.tables.layout.cells_of(0)].sum())
        origin = f"learnt from {controls:,.0f} control rows and these"
    facts = {"tables": origin}
    if bootstrap:
        facts["intervals"] = f"percentiles of {bootstrap} bootstraps, given the support"
    estimates = (fitted, costs, errors, limits)
    return _result(network, codes, counts, alpha, test, search, *estimates, facts)


def _checked_alpha(alpha: float) -> float:
    try:
        number = float(alpha)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number < 1:
        raise DataError(f"alpha must be a number between 0 and 1, not {alpha!r}")
    return number


def _observed_counts(net: Network, observational: Any) -> npt.NDArray[np.float64] | None:
    """Rows without interventions by table cell; None if the tables are known."""
    if observational is None:
        return net.flat_counts
    codes = encode(net.space, observational, what="observational").codes
    if not len(codes):
        raise DataError("observational: there are no rows")
    seen = count_cells(net.tables.layout, codes)
    return seen if net.flat_counts is None else net.flat_counts + seen


def _final_tables(
    problem: Problem, fitted: Fit, observed: npt.NDArray[np.float64], pseudocount: float
) -> npt.NDArray[np.float64]:
    """Posterior means from control rows, rows that left the variable alone, and pseudocount."""
    em = Em(problem, fitted.support, fitted.log_theta)
    em.step(fitted.weights, fitted.log_theta)
    kept = np.maximum(problem.cell_counts - em.moved, 0.0)
    return learnt_tables(problem.layout, observed + kept, pseudocount)


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


def _extend(problem: Problem, test: Significance, found: Fit, report: Report) -> Search:
    """What a sample of the rows showed, and what only all of them show."""
    report("all rows", None)
    start = eliminate(problem, test, found.support, found.weights, found.log_theta)
    search = Search(problem, test, start)
    proposal = fresh_targets(search, problem.layout.order)
    if proposal is not None:
        search.accept(proposal)
    backfit(search, report, thorough=False)
    return search


def _result(
    network: Network,
    codes: npt.NDArray[np.uint8],
    counts: npt.ArrayLike | None,
    alpha: float,
    test: Significance,
    search: Search,
    fitted: Fit,
    costs: list[float],
    errors: npt.NDArray[np.float64],
    limits: list[tuple[float, float]],
    facts: dict[str, str],
) -> Disentanglement:
    components = by_weight(
        [
            Component(
                Intervention(network.space.assignment(target)),
                float(weight),
                float(error),
                interval,
                test.p_value(cost, target, fitted.support),
            )
            for target, weight, error, interval, cost in zip(
                fitted.support,
                fitted.weights,
                errors,
                limits,
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
        log_likelihood=dot(logs[explained], row_counts[explained]),
        best_move_gain=search.best_gain,
        best_move_significant=search.best_gain > search.best_critical,
        unexplained=tuple(np.flatnonzero(~explained & (row_counts > 0)).tolist()),
        facts=facts,
    )
