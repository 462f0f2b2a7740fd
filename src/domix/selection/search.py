"""The search for the support of one mixture: forward pass, elimination, moves, other orders."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target
from domix.em.data import Problem
from domix.em.mixture import Fit
from domix.em.sharded import AnyProblem
from domix.selection.backward import DropCosts, eliminate
from domix.selection.criterion import SelectionCriterion
from domix.selection.forward import forward
from domix.selection.local_search import Search, improve_support
from domix.selection.reorder import fresh_targets, orders, suspected_targets
from domix.util.arrays import Floats
from domix.util.progress import Report
from domix.work.steps import stopping


def find(
    problem: AnyProblem, criterion: SelectionCriterion, rng: np.random.Generator, report: Report
) -> Search:
    """Search for the support with the largest penalized log-likelihood.

    Where there are many distinct rows, targets are searched for on a sample and extended to all.
    """
    part = _sample(problem, rng)
    search = _search(part, criterion, rng, report)
    if part is problem:
        return search
    return extend(problem, criterion, search.fit, report, search.drop_costs, thorough=False)


def extend(
    problem: AnyProblem,
    criterion: SelectionCriterion,
    start: Fit,
    report: Report,
    drop_costs: DropCosts | None = None,
    *,
    thorough: bool = True,
) -> Search:
    """Search on from the support that a part of the rows gave.

    ``drop_costs`` are those on that part: on all rows, dropping a target costs more.
    """
    report("all rows", None)
    drop_costs = {} if drop_costs is None else drop_costs
    fitted = eliminate(
        problem, criterion, start.support, start.weights, start.log_theta, drop_costs
    )
    search = Search(problem, criterion, fitted, drop_costs)
    if not stopping():
        for proposal in (fresh_targets(search, problem.layout.order), suspected_targets(search)):
            if proposal is not None:
                search.accept(proposal)
    improve_support(search, report, thorough=thorough)
    return search


def draft(
    problem: AnyProblem, criterion: SelectionCriterion, rng: np.random.Generator, report: Report
) -> Search:
    """Search along one order and by the fast moves only, to see what a graph leads to."""
    part = _sample(problem, rng)
    start: tuple[Sequence[Target], npt.ArrayLike, Floats] = forward(part, criterion, report)
    if part is not problem:
        fitted = eliminate(part, criterion, *start)
        start = fitted.support, fitted.weights, fitted.log_theta
    drop_costs: DropCosts = {}
    fitted = eliminate(problem, criterion, *start, drop_costs)
    search = Search(problem, criterion, fitted, drop_costs)
    improve_support(search, report, thorough=False)
    return search


def _sample(problem: AnyProblem, rng: np.random.Generator) -> Problem:
    """Return a sample of the rows if there are many distinct ones, else all of them."""
    if isinstance(problem, Problem) and not problem.is_large:
        return problem
    return problem.thinned(problem.options.sample_rows / problem.distinct_rows, rng)


def _search(
    problem: Problem, criterion: SelectionCriterion, rng: np.random.Generator, report: Report
) -> Search:
    targets, weights, log_theta = forward(problem, criterion, report)
    report("elimination", None)
    drop_costs: DropCosts = {}
    fitted = eliminate(problem, criterion, targets, weights, log_theta, drop_costs)
    search = Search(problem, criterion, fitted, drop_costs)
    suspects = suspected_targets(search)
    if suspects is not None:
        search.accept(suspects)
    improve_support(search, report)
    idle = 0
    for order in itertools.islice(orders(problem.layout, rng), problem.options.most_orders):
        if stopping():
            break
        report("other orders", None)
        proposals = (fresh_targets(search, order), suspected_targets(search))
        if any(proposal is not None and search.accept(proposal) for proposal in proposals):
            improve_support(search, report)
            idle = 0
            continue
        idle += 1
        if idle == problem.options.idle_orders:
            break
    return search
