"""Estimation where the graph may be wrong: repairs of the given graph, or a graph from the rows."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from domix.em.mixture import Fit
from domix.errors import DomixWarning
from domix.estimation.directions import direction_support, favored_graph
from domix.estimation.edges import find_directions
from domix.estimation.trials.mixtures import (
    draft_mixtures,
    eliminate_mixtures,
    improve_mixtures,
    merge_siblings,
)
from domix.estimation.trials.score import GraphEstimate, expect_edges, score_controls, with_graph
from domix.model.network import Network
from domix.options.graph import GraphOptions
from domix.problems.groups import Estimate, Fitted, estimate_mixtures
from domix.problems.inputs import Inputs
from domix.results.graph import EdgeChange, GraphEdge, GraphReport
from domix.structure.controls import ControlSearch, missing_edges, runners_up, search_controls
from domix.structure.dag import Dag
from domix.structure.edges import GraphMode
from domix.structure.joint import GraphFit, JointSearch
from domix.util.checks import Rng, generator
from domix.util.progress import Report
from domix.work.steps import recorded, stopping

MOST_NAMED = 5
"""Missing edges that a warning names."""


class Estimation(NamedTuple):
    """What was estimated: of which inputs, for each mixture, and under which graph.

    ``lacks_edges`` says whether a warning named edges that a given graph lacks.
    """

    inputs: Inputs
    estimates: list[Estimate]
    graph: GraphReport | None
    lacks_edges: bool = False


def estimate(inputs: Inputs, rng: Rng, report: Report) -> Estimation:
    """Estimate all mixtures, and the graph if it may be changed.

    ``rng`` None is seed 0.
    """
    draws, options = generator(0 if rng is None else rng), GraphOptions()
    if inputs.graph is GraphMode.GIVEN:
        lacks_edges = warn_of_missing_edges(inputs, options)
        estimates = estimate_mixtures(inputs.mixtures, draws, report, inputs.bootstrap)
        return Estimation(inputs, estimates, None, lacks_edges)
    best, estimates = GraphSearch(inputs, draws, report, options).run()
    return Estimation(best.inputs, estimates, report_graph(best, inputs.network, inputs.graph))


class GraphSearch:
    """Search for the graph and the targets with the highest score together.

    Parameters
    ----------
    inputs : Inputs
        With control rows. Repair: edges of its network are added and deleted where control rows
        ask for it, and reversed only where targets do. Learn: its graph is no more than a start.
    draws : numpy.random.Generator
        Every estimation begins with its state at the start.
    report : callable
    options : GraphOptions
    """

    def __init__(
        self, inputs: Inputs, draws: np.random.Generator, report: Report, options: GraphOptions
    ) -> None:
        self._inputs, self._draws, self._report, self._options = inputs, draws, report, options
        self._state = draws.bit_generator.state
        self._learn = inputs.graph is GraphMode.LEARN
        self._given = inputs.constraints.impose(Dag.build(inputs.network.tables.layout.parents))
        expected = Dag.build([[]] * self._given.n) if self._learn else self._given
        self._prior = expect_edges(inputs, expected, options)
        self._scores = score_controls(inputs, options, self._prior)
        self._size = 0
        self._joint = JointSearch(
            self._attempt, inputs.constraints, options, self._admits, self._favored
        )
        self._estimates: dict[GraphEstimate, list[Estimate]] = {}

    def run(self) -> tuple[GraphEstimate, list[Estimate]]:
        """Return the best estimate, in full."""
        self._report("graph of the control rows", None)
        controls = self._search_controls(reversals=self._learn)
        self._size = controls.size
        right = controls.dag == self._given and not self._learn
        best = self._estimate(controls.dag) if right else self._draft(controls.dag)
        if not self._learn:
            # Misfit that more targets explain is no reason to change a graph that is nearly right.
            self._joint.most_targets = len(best.targets)
        for _ in range(self._options.full_estimates):
            found = self._search(best, controls, right)
            if found is best and best in self._estimates:
                found = self._reconsider(best, right)
                if found is best:
                    break
            full = self._finish(found)
            if best in self._estimates and full.score <= best.score + self._options.least_gain:
                break
            best = full
        return best, self._take(best)

    def _take(self, best: GraphEstimate) -> list[Estimate]:
        """Return the estimates of mixtures; they did not converge if the search did not end."""
        estimates = self._estimates[best]
        if not self._joint.exhausted:
            return estimates
        return [replace(estimate, converged=False) for estimate in estimates]

    def _search_controls(self, *, reversals: bool) -> ControlSearch:
        inputs, options = self._inputs, self._options
        return search_controls(
            self._scores, self._given, inputs.constraints, options, reversals=reversals
        )

    def _search(self, best: GraphEstimate, controls: ControlSearch, right: bool) -> GraphEstimate:
        """Change the graph while that raises the score.

        Where controls did not contradict the given graph, only its edges between siblings are
        tried: true targets can be siblings, too.
        """
        joint, options = self._joint, self._options
        if stopping() or (right and not joint.has_siblings(best)):
            return best
        found = joint.improve(best)
        if not stopping() and not right and joint.has_siblings(found):
            others = controls if self._learn else self._search_controls(reversals=True)
            found = joint.compare(found, [others.dag])
            found = joint.polish(found)
            if joint.has_siblings(found):
                runners = runners_up(
                    self._scores, others, self._given, self._inputs.constraints, options
                )
                found = joint.compare(found, runners)
        assert isinstance(found, GraphEstimate)
        return found

    def _reconsider(self, best: GraphEstimate, right: bool) -> GraphEstimate:
        """Change a graph where siblings ask for no more, if rows or nested targets do.

        True targets can be nested, so they do not count where controls left the graph alone.
        """
        if stopping():
            return best
        found = self._joint.reconsider(best)
        if found is best and not right:
            found = self._joint.turn_nested(best)
        assert isinstance(found, GraphEstimate)
        return found

    @recorded(Dag)
    def _favored(self, fit: GraphFit) -> Dag | None:
        """Return the graph of the class that rows favor with the targets of an estimate."""
        assert isinstance(fit, GraphEstimate)
        return favored_graph(fit.class_likelihood, self._inputs.constraints, self._options)

    def _admits(self, dag: Dag, best: Dag) -> bool:
        """Whether control rows allow a change: a repair follows targets only where they do.

        Any misfit of the model, such as binned measurements, can be explained by more edges.
        """
        loss = self._scores.total(best, self._size) - self._scores.total(dag, self._size)
        return self._learn or loss < self._options.control_loss

    def _under(self, dag: Dag) -> Inputs:
        return replace(self._inputs, network=with_graph(self._inputs.network, dag))

    def _score(self, dag: Dag, inputs: Inputs, fits: Sequence[Fitted]) -> GraphEstimate:
        sample_size = self._options.sample_sizes[self._size]
        return GraphEstimate(dag, inputs, tuple(fits), sample_size, self._prior)

    def _draft(self, dag: Dag) -> GraphEstimate:
        inputs = self._under(dag)
        self._draws.bit_generator.state = self._state
        return self._score(dag, inputs, draft_mixtures(inputs.mixtures, self._draws, self._report))

    def _attempt(self, dag: Dag, start: GraphFit) -> GraphEstimate:
        """Estimate under a graph, from the support under another."""
        assert isinstance(start, GraphEstimate)
        inputs = self._under(dag)
        starts = [merge_siblings(f.fit, dag.edges - start.dag.edges) for f in start.fits]
        trial = self._score(dag, inputs, eliminate_mixtures(inputs.mixtures, starts))
        if trial.score < start.score - self._options.trial_loss:
            return trial
        return self._score(dag, inputs, improve_mixtures(inputs.mixtures, trial.fits, self._report))

    def _estimate(self, dag: Dag, starts: Sequence[Fit] | None = None) -> GraphEstimate:
        """Estimate in full, from nothing or from supports under the same graph."""
        inputs = self._under(dag)
        self._draws.bit_generator.state = self._state
        estimates = estimate_mixtures(
            inputs.mixtures, self._draws, self._report, inputs.bootstrap, starts
        )
        full = self._score(dag, inputs, estimates)
        self._estimates[full] = estimates
        return full

    def _finish(self, found: GraphEstimate) -> GraphEstimate:
        """Estimate in full what a trial found, and no worse than the trial."""
        if stopping():
            return self._estimate(found.dag, [f.fit for f in found.fits])
        full = self._estimate(found.dag)
        if full.score < found.score - self._options.least_gain:
            again = self._estimate(found.dag, [f.fit for f in found.fits])
            return max(full, again, key=lambda estimate: estimate.score)
        return full


def warn_of_missing_edges(inputs: Inputs, options: GraphOptions) -> bool:
    """Warn of edges that the given graph lacks and that control rows demand, if there are any."""
    if inputs.control is None or inputs.network.flat_counts is not None:
        return False
    given, names = Dag.build(inputs.network.tables.layout.parents), inputs.network.variables
    scores = score_controls(inputs, options, expect_edges(inputs, given, options))
    missing = sorted(missing_edges(scores, given), reverse=True)
    if missing:
        edges = ", ".join(f"{names[a]} -> {names[b]}" for _, (a, b) in missing[:MOST_NAMED])
        more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        warnings.warn(
            f"control rows contradict the given graph: they demand {edges}{more}. Without such an "
            "edge, what it explains is taken for interventions; pass "
            'graph="repair" to change the graph, and name the edges that you know in '
            "required_edges and forbidden_edges",
            DomixWarning,
            stacklevel=4,
        )
    return bool(missing)


def report_graph(estimate: GraphEstimate, given: Network, mode: GraphMode) -> GraphReport:
    """Report the edges of an estimate, and warn of what was changed of a given graph."""
    before = Dag.build(given.tables.layout.parents)
    edges = tuple(_report_edges(estimate, before, given.variables, GraphOptions()))
    report = GraphReport(str(mode), edges, given.variables)
    # What the user knows of the edges is no news.
    imposed = estimate.inputs.constraints.impose(before)
    if mode is GraphMode.REPAIR and estimate.dag != imposed:
        warnings.warn(
            f"the rows contradict the graph, which was repaired: {report.changes_text()}. To keep "
            "an edge, name it in required_edges; to keep one out, in forbidden_edges; to keep the "
            'whole graph, pass graph="given"',
            DomixWarning,
            stacklevel=4,
        )
    return report


def _report_edges(
    estimate: GraphEstimate, before: Dag, names: Sequence[str], options: GraphOptions
) -> Iterator[GraphEdge]:
    dag = estimate.dag
    constraints = estimate.inputs.constraints
    directed = direction_support(estimate.class_likelihood, constraints, options)
    directions = find_directions(dag, constraints, directed, options.direction_nats)
    for (a, b), direction in directions.items():
        change = EdgeChange.ADDED
        if (a, b) in before.edges:
            change = EdgeChange.GIVEN
        elif (b, a) in before.edges:
            change = EdgeChange.REVERSED
        support = estimate.scores.support((a, b), dag)
        yield GraphEdge(names[a], names[b], change, direction, support, directed.get((a, b)))
    for a, b in sorted(before.edges, key=lambda edge: edge[::-1]):
        if not dag.adjacent(a, b):
            support = estimate.scores.support((a, b), dag)
            yield GraphEdge(names[a], names[b], EdgeChange.REMOVED, None, support)
