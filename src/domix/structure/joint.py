"""Graph and targets together: changes of the graph that targets ask for.

The graph and the support are scored as one model,

    S = log P(mixture rows, control rows | targets, tables, graph)
        - penalty(support) - penalty(tables),

where the first penalty is that of :mod:`domix.estimation` and the second the Cheeseman-Stutz
correction on expected counts. The likelihood alone does not direct an edge that a target splits
(:mod:`domix.structure.siblings`); the penalty of the targets does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from domix.core.tables import Target
from domix.options.graph import GraphOptions
from domix.structure.constraints import EdgeConstraints
from domix.structure.dag import Dag, Edge
from domix.structure.essential import EssentialGraph, essential_graph
from domix.structure.scores import FamilyScores
from domix.structure.siblings import count_responses, count_siblings, nearest_members, nested_edges
from domix.structure.tabu import climb
from domix.work.steps import recorded, stopping


class GraphFit(Protocol):
    """An estimate of the targets under one graph."""

    @property
    def dag(self) -> Dag:
        """The graph."""

    @property
    def targets(self) -> Sequence[Target]:
        """The targets of all mixtures."""

    @property
    def score(self) -> float:
        """The score S, in nats."""

    @property
    def scores(self) -> FamilyScores:
        """Scores of families on the expected counts: control rows, and rows left alone."""


class JointSearch:
    """Search over graphs, each with the support that a trial estimation finds under it.

    Parameters
    ----------
    attempt : callable
        Estimates the targets under a graph, starting from the estimate under another.
    constraints : EdgeConstraints
    options : GraphOptions
    admits : callable
        Whether a graph may take the place of another one.
    favored : callable
        The graph of the same Markov equivalence class that the rows favor with the targets of an
        estimate, or None if that is its own.

    Attributes
    ----------
    most_targets : float
        A graph with more targets is not accepted.
    exhausted : bool
        Whether the search ended because it had tried ``options.most_trials`` graphs, or was
        interrupted.
    """

    def __init__(
        self,
        attempt: Callable[[Dag, GraphFit], GraphFit],
        constraints: EdgeConstraints,
        options: GraphOptions,
        admits: Callable[[Dag, Dag], bool],
        favored: Callable[[GraphFit], Dag | None],
    ) -> None:
        self._attempt, self._constraints, self._options = attempt, constraints, options
        self._admits, self._favored = admits, favored
        self._tried: set[Dag] = set()
        self.exhausted, self.most_targets = False, math.inf

    def improve(self, start: GraphFit) -> GraphFit:
        """Orient edges and search on expected counts in turn, until neither gains."""
        best = start
        for _ in range(self._options.rounds):
            oriented = self._orient(best)
            stepped = self._search_expected(oriented)
            best = stepped
            if stepped is oriented:
                break
        return best

    def polish(self, start: GraphFit) -> GraphFit:
        """Try each edge that some target splits once, and improve; on while that gains."""
        best = start
        for _ in range(self._options.rounds):
            turned = self._turn_split_edges(best)
            if turned is best:
                break
            best = self.improve(turned)
        return best

    def compare(self, best: GraphFit, others: Iterable[Dag]) -> GraphFit:
        """Try other graphs while sibling targets remain, and improve those that score higher.

        Each stands for its class: where one leads to fewer targets, a wrong direction may be all
        that keeps its score low.
        """
        for dag in others:
            if not self.has_siblings(best):
                break
            fit = self._try(dag, best)
            if fit is not None and len(fit.targets) < len(best.targets):
                fit = self._follow_rows(fit)
            if fit is not None and self._is_better(fit, best):
                best = self.improve(fit)
        return best

    def reconsider(self, best: GraphFit) -> GraphFit:
        """Turn edges as rows favor it with the same targets, and improve what scores higher."""
        followed = self._follow_rows(best)
        return best if followed is best else self.improve(followed)

    def turn_nested(self, best: GraphFit) -> GraphFit:
        """Reverse edges between nested targets inside the class, and improve what scores higher."""
        asked = nested_edges(best.targets, best.dag.edges)
        if not asked:
            return best
        members = nearest_members(best.dag, asked, self._options.class_members)
        for edge in asked:
            for dag in members.get(edge, [])[: self._options.members_tried]:
                better = self._better(dag, best)
                if better is not None:
                    return self.improve(better)
        return best

    def has_siblings(self, fit: GraphFit) -> bool:
        """Whether one edge, reversed, could explain several targets as one."""
        return any(count_siblings(fit.targets, *edge) for edge in fit.dag.edges)

    def _follow_rows(self, best: GraphFit) -> GraphFit:
        """Try the graph of the class that rows favor; on while that gains."""
        while True:
            dag = self._favored(best)
            better = None if dag is None else self._better(dag, best)
            if better is None:
                return best
            best = better

    def _better(self, dag: Dag, best: GraphFit) -> GraphFit | None:
        """Return the estimate under a graph that was not tried before if its score is higher."""
        fit = self._try(dag, best)
        return fit if fit is not None and self._is_better(fit, best) else None

    def _is_better(self, fit: GraphFit, best: GraphFit) -> bool:
        if len(fit.targets) > self.most_targets:
            return False
        return fit.score > best.score + self._options.least_gain

    def _try(self, dag: Dag, best: GraphFit) -> GraphFit | None:
        """Return the estimate under a graph that was not tried before and may replace another."""
        if dag == best.dag or dag in self._tried or not self._constraints.allow(dag):
            return None
        if not self._admits(dag, best.dag):
            return None
        if stopping() or len(self._tried) == self._options.most_trials:
            self.exhausted = True
            return None
        self._tried.add(dag)
        return self._attempt(dag, best)

    def _orient(self, best: GraphFit) -> GraphFit:
        """Reverse edges that sibling targets ask for, inside the class first."""
        while True:
            fits = (self._better(dag, best) for dag in self._orientations(best))
            better = next((fit for fit in fits if fit is not None), None)
            if better is None:
                return best
            best = better

    def _orientations(self, fit: GraphFit) -> Iterator[Dag]:
        """Yield graphs in which an edge between siblings is reversed or added, best guess first."""
        siblings = {edge: count_siblings(fit.targets, *edge) for edge in sorted(fit.dag.edges)}
        asked = sorted((e for e in siblings if siblings[e]), key=lambda e: -siblings[e])
        if not asked:
            return
        members = nearest_members(fit.dag, asked, self._options.class_members)
        for edge in asked:
            yield from members.get(edge, [])[: self._options.members_tried]
        base = fit.scores.total(fit.dag)
        outside = [
            *self._reversed_outside(fit, [edge for edge in asked if edge not in members]),
            *self._responses(fit),
        ]
        ranked = sorted(((fit.scores.total(dag) - base, dag) for dag in outside), key=_by_gain)
        for gain, dag in ranked[: self._options.outside_tried]:
            if gain > -self._options.outside_loss:
                yield dag

    def _reversed_outside(self, fit: GraphFit, edges: Sequence[Edge]) -> Iterator[Dag]:
        """Yield graphs of other classes with an edge reversed and superfluous edges deleted."""
        for a, b in edges:
            turned = fit.dag.turned(a, b)
            if turned.is_acyclic():
                kept = EdgeConstraints(self._constraints.required | {(b, a)})
                yield climb(
                    fit.scores, turned, constraints=kept, reversals=False, additions=False
                ).dag

    def _responses(self, fit: GraphFit) -> Iterator[Dag]:
        """Yield graphs with an edge from a variable that siblings set to one they differ in."""
        causes = sorted({variable for target in fit.targets for variable, _ in target})
        for a in causes:
            for b in range(fit.dag.n):
                if a == b or fit.dag.adjacent(a, b) or fit.dag.reach[b, a]:
                    continue
                if count_responses(fit.targets, a, b):
                    yield fit.dag.added(a, b)

    def _search_expected(self, fit: GraphFit) -> GraphFit:
        """Search graphs on expected counts, as structural EM does; keep one that scores higher.

        References
        ----------
        N. Friedman, "The Bayesian structural EM algorithm", UAI 1998.
        """
        dag, gain = _climb(fit, self._constraints, self._options)
        if gain <= self._options.least_gain:
            return fit
        return self._better(dag, fit) or fit

    def _turn_split_edges(self, best: GraphFit) -> GraphFit:
        """Reverse each covered edge that some target splits, wherever that raises the score.

        Other covered edges are reversed on the way: that changes neither distribution nor support.
        """
        while True:
            better = next(
                (
                    fit
                    for dag in self._split_members(best)
                    if (fit := self._better(dag, best)) is not None
                ),
                None,
            )
            if better is None:
                return best
            best = better

    def _split_members(self, fit: GraphFit) -> Iterator[Dag]:
        """Yield one graph of each interventional class that reverses one split edge."""
        sets = [frozenset(variable for variable, _ in target) for target in fit.targets]
        seen, tried = {fit.dag}, set[EssentialGraph]()
        stack = [fit.dag]
        while stack:
            graph = stack.pop()
            edges = sorted(graph.covered(), key=lambda e: -count_siblings(fit.targets, *e))
            for a, b in edges:
                member = graph.reversed(a, b)
                if member in seen:
                    continue
                seen.add(member)
                if not any((a in s) != (b in s) for s in sets):
                    if len(seen) < self._options.polished_members:
                        stack.append(member)
                    continue
                members = essential_graph(member, sets)
                if members not in tried:
                    tried.add(members)
                    yield member


@recorded(Dag)
def _climb(fit: GraphFit, constraints: EdgeConstraints, options: GraphOptions) -> tuple[Dag, float]:
    """Return the best graph on the expected counts of an estimate, and what it gains."""
    found = climb(fit.scores, fit.dag, patience=options.step_patience, constraints=constraints)
    return found.dag, found.score - fit.scores.total(fit.dag)


def _by_gain(item: tuple[float, Dag]) -> tuple[float, list[Edge]]:
    return -item[0], sorted(item[1].edges)
