"""Graphs from control rows alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from domix.options.graph import GraphOptions
from domix.structure.constraints import EdgeConstraints
from domix.structure.dag import Dag, Edge
from domix.structure.essential import essential_graph
from domix.structure.scores import FamilyScores
from domix.structure.tabu import Climb, climb, restart
from domix.util.progress import report_progress
from domix.work.steps import recorded


@dataclass(frozen=True)
class ControlSearch:
    """The best graph on control rows.

    Attributes
    ----------
    dag : Dag
    score : float
        Log marginal likelihood of the control rows, in nats.
    size : int
        Index of the equivalent sample size that gives it.
    """

    dag: Dag
    score: float
    size: int


@recorded(ControlSearch, Dag)
def search_controls(
    scores: FamilyScores,
    start: Dag,
    constraints: EdgeConstraints,
    options: GraphOptions,
    *,
    reversals: bool,
) -> ControlSearch:
    """Search for the graph with the largest marginal likelihood of control rows.

    Parameters
    ----------
    scores : FamilyScores
        Of the control rows.
    start : Dag
    constraints : EdgeConstraints
    options : GraphOptions
    reversals : bool
        Whether edges may be reversed. Where variables are binned measurements, reversals that
        control rows ask for are mostly wrong, so a graph that is nearly right keeps its directions.
    """
    report_progress("graph of control rows", None)
    size = _best_size(scores, start)
    best = _climb_far(scores, start, size, constraints, options, reversals)
    while (better := _best_size(scores, best.dag)) != size:
        size = better
        again = _climb_far(scores, best.dag, size, constraints, options, reversals)
        done = again.dag == best.dag
        best = again
        if done:
            break
    rng = np.random.default_rng(0)
    restarts = options.restarts if reversals else 0
    for number in range(restarts):
        report_progress("graph of control rows, from other graphs", number / restarts)
        moves = options.restart_moves * start.n
        neighbour = restart(best.dag, moves, rng, constraints, options.restart_parents)
        other = climb(scores, neighbour, size=size, constraints=constraints, reversals=reversals)
        if other.score > best.score + options.least_gain:
            best = other
    return ControlSearch(best.dag, scores.total(best.dag, size), size)


@recorded()
def missing_edges(scores: FamilyScores, given: Dag) -> list[tuple[float, Edge]]:
    """List the edges that control rows demand besides those of a graph, with the gain of each.

    Each is the best single addition after those before it.
    """
    size = _best_size(scores, given)
    kept = EdgeConstraints(required=given.edges)
    path = climb(scores, given, size=size, constraints=kept, reversals=False).visited
    steps = pairwise(path.items())
    return [
        (after - before, edge)
        for (dag, before), (more, after) in steps
        for edge in more.edges - dag.edges
    ]


def _best_size(scores: FamilyScores, dag: Dag) -> int:
    """Return the index of the sample size that gives a graph the largest score."""
    return max(range(len(scores.sample_sizes)), key=lambda size: scores.total(dag, size))


def _climb_far(
    scores: FamilyScores,
    start: Dag,
    size: int,
    constraints: EdgeConstraints,
    options: GraphOptions,
    reversals: bool,
) -> Climb:
    """Climb, and search on with patience only if some single change gained."""
    best = climb(scores, start, size=size, constraints=constraints, reversals=reversals)
    if best.dag == start:
        return best
    return climb(
        scores,
        best.dag,
        size=size,
        patience=options.patience,
        constraints=constraints,
        reversals=reversals,
    )


@recorded(Dag)
def runners_up(
    scores: FamilyScores,
    best: ControlSearch,
    given: Dag,
    constraints: EdgeConstraints,
    options: GraphOptions,
) -> list[Dag]:
    """List graphs of other classes that control rows reject by little, the best first."""
    visited: dict[Dag, float] = {}
    for start in dict.fromkeys((best.dag, given)):
        search = climb(
            scores,
            start,
            size=best.size,
            patience=options.runner_up_patience,
            constraints=constraints,
        )
        visited |= search.visited
    top = max(visited.values())
    classes = {essential_graph(best.dag)}
    others: list[Dag] = []
    for dag, score in sorted(visited.items(), key=lambda item: -item[1]):
        if score < top - options.runner_up_loss or len(others) == options.runners_up:
            break
        members = essential_graph(dag)
        if members not in classes:
            classes.add(members)
            others.append(dag)
    return others
