"""The search for the support of one mixture: forward pass, elimination, moves, other orders."""

from __future__ import annotations

import itertools

import numpy as np

from domix.estimation.em.data import Problem
from domix.estimation.em.mixture import Fit
from domix.estimation.selection.backward import Worths, eliminate
from domix.estimation.selection.criterion import SelectionCriterion
from domix.estimation.selection.forward import forward
from domix.estimation.selection.local_search import Search, backfit
from domix.estimation.selection.reorder import fresh_targets, orders, suspected_targets
from domix.util.progress import Report

__all__ = ["extend", "find"]

# Other topological orders are tried until this many in a row bring nothing.
FRUITLESS_ORDERS = 2
MOST_ORDERS = 6
# Targets are searched for on about this many distinct rows where there are several times as many.
SEARCHED = 2**14
LARGE = 2


def find(
    problem: Problem, criterion: SelectionCriterion, rng: np.random.Generator, report: Report
) -> Search:
    """The support that the rows speak for."""
    if len(problem.codes) < LARGE * SEARCHED:
        return _search(problem, criterion, rng, report)
    sample = problem.thinned(SEARCHED / len(problem.codes), rng)
    found = _search(sample, criterion, rng, report)
    return extend(problem, criterion, found.fit, report, found.worths, thorough=False)


def extend(
    problem: Problem,
    criterion: SelectionCriterion,
    found: Fit,
    report: Report,
    worths: Worths | None = None,
    *,
    thorough: bool = True,
) -> Search:
    """What was found on less than these rows, and what only these show.

    ``worths`` are those on a part of the rows: on all of them a target is worth more.
    """
    report("all rows", None)
    worths = {} if worths is None else worths
    start = eliminate(problem, criterion, found.support, found.weights, found.log_theta, worths)
    search = Search(problem, criterion, start, worths)
    for proposal in (fresh_targets(search, problem.layout.order), suspected_targets(search)):
        if proposal is not None:
            search.accept(proposal)
    backfit(search, report, thorough=thorough)
    return search


def _search(
    problem: Problem, criterion: SelectionCriterion, rng: np.random.Generator, report: Report
) -> Search:
    targets, weights, log_theta = forward(problem, criterion, report)
    report("elimination", None)
    worths: Worths = {}
    start = eliminate(problem, criterion, targets, weights, log_theta, worths)
    search = Search(problem, criterion, start, worths)
    suspects = suspected_targets(search)
    if suspects is not None:
        search.accept(suspects)
    backfit(search, report)
    fruitless = 0
    for order in itertools.islice(orders(problem.layout, rng), MOST_ORDERS):
        report("other orders", None)
        proposals = (fresh_targets(search, order), suspected_targets(search))
        if any(proposal is not None and search.accept(proposal) for proposal in proposals):
            backfit(search, report)
            fruitless = 0
            continue
        fruitless += 1
        if fruitless == FRUITLESS_ORDERS:
            break
    return search
