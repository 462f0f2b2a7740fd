"""Tabu search: the best single change of an edge, even at a loss, and no graph twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from domix.structure.constraints import EdgeConstraints
from domix.structure.dag import Dag
from domix.structure.scores import FamilyScores
from domix.util.arrays import Bools

LEAST_GAIN = 1e-6
"""Nats: scores of equivalent graphs differ by less, through rounding."""


@dataclass(frozen=True)
class Climb:
    """The best graph of a search, and every graph that it visited with its score."""

    dag: Dag
    score: float
    visited: dict[Dag, float]


class _Changes:
    """Score gains of all additions and deletions of one edge, shape (n, n) from row to column.

    ``barred`` changes are not made, whatever they gain.
    """

    def __init__(self, scores: FamilyScores, size: int, dag: Dag) -> None:
        self._scores, self._size = scores, size
        self.gain = np.zeros((dag.n, dag.n))
        self.barred = np.zeros((dag.n, dag.n), dtype=bool)
        for node in range(dag.n):
            self.update(dag, node)

    def update(self, dag: Dag, node: int) -> None:
        """Compute the gains of changes of one node's parents."""
        parents = dag.parents[node]
        scores = self._scores.additions(node, parents, self._size).copy()
        for other in parents:
            scores[other] = self._scores.score(node, parents - {other}, self._size)
        self.gain[:, node] = scores - self._scores.score(node, parents, self._size)
        self.barred[:, node] = False
        for other in np.flatnonzero(self.gain[:, node] > 0).tolist():
            bars = self._scores.keeps if other in parents else self._scores.refuses
            self.barred[other, node] = bars(other, node, parents)


def climb(
    scores: FamilyScores,
    start: Dag,
    *,
    size: int = 0,
    patience: int = 0,
    constraints: EdgeConstraints | None = None,
    reversals: bool = True,
    additions: bool = True,
) -> Climb:
    """Search from a graph until ``patience`` changes in a row bring no new best graph.

    Parameters
    ----------
    scores : FamilyScores
    start : Dag
    size : int
        Index of the equivalent sample size.
    patience : int
        0 ends at the first local maximum.
    constraints : EdgeConstraints, optional
    reversals, additions : bool
        Whether edges may be reversed, and added.
    """
    constraints = EdgeConstraints() if constraints is None else constraints
    addable, deletable = constraints.addable(start.n), constraints.deletable(start.n)
    if not reversals:
        # Deleted and added the other way round, an edge would be reversed after all.
        addable &= ~start.adjacency.T
    dag, score = start, scores.total(start, size)
    best, best_score, idle = dag, score, 0
    visited = {dag: score}
    changes = _Changes(scores, size, dag)
    while idle <= patience:
        step = next(
            (
                (gain, nodes, changed)
                for gain, nodes, changed in _ranked(
                    dag, changes, addable, deletable, reversals, additions
                )
                if changed not in visited
            ),
            None,
        )
        if step is None or (step[0] <= LEAST_GAIN and patience == 0):
            break
        _, nodes, dag = step
        score = scores.total(dag, size)
        visited[dag] = score
        for node in nodes:
            changes.update(dag, node)
        if score > best_score + LEAST_GAIN:
            best, best_score, idle = dag, score, 0
        else:
            idle += 1
    return Climb(best, best_score, visited)


def _ranked(
    dag: Dag, changes: _Changes, addable: Bools, deletable: Bools, reversals: bool, additions: bool
) -> Iterator[tuple[float, tuple[int, ...], Dag]]:
    """Yield the legal changes by falling gain: the gain, the nodes with new parents, the graph."""
    edges, reach, gain = dag.adjacency, dag.reach, changes.gain
    proposals = [np.where(edges & deletable & ~changes.barred, gain, -np.inf)]
    if additions:
        proposals.append(np.where(~edges & addable & ~reach.T & ~changes.barred, gain, -np.inf))
    if reversals:
        # Another path a -> ... -> b besides the edge would make a cycle with b -> a.
        paths = edges.astype(np.float32) @ reach.astype(np.float32)
        legal = edges & deletable & addable.T & (paths < 1.5)
        proposals.append(np.where(legal, gain + gain.T, -np.inf))
    stacked = np.stack(proposals)
    kinds = ("deleted", *(["added"] if additions else []), *(["reversed"] if reversals else []))
    for flat in np.argsort(-stacked, axis=None, kind="stable").tolist():
        kind, a, b = (int(i) for i in np.unravel_index(flat, stacked.shape))
        if stacked[kind, a, b] == -np.inf:
            return
        nodes = (a, b) if kinds[kind] == "reversed" else (b,)
        yield float(stacked[kind, a, b]), nodes, getattr(dag, kinds[kind])(a, b)


def restart(
    dag: Dag, moves: int, rng: np.random.Generator, constraints: EdgeConstraints, most_parents: int
) -> Dag:
    """Return a graph that random legal changes lead to, to search from again."""
    addable, deletable = constraints.addable(dag.n), constraints.deletable(dag.n)
    for _ in range(moves if dag.n > 1 else 0):
        a, b = (int(i) for i in rng.choice(dag.n, 2, replace=False))
        if b in dag.parents[a]:
            a, b = b, a
        if a in dag.parents[b]:
            if not deletable[a, b]:
                continue
            turn = addable[b, a] and rng.random() < 0.5
            if turn and len(dag.parents[a]) >= most_parents:
                continue
            changed = dag.reversed(a, b) if turn else dag.deleted(a, b)
        elif addable[a, b] and len(dag.parents[b]) < most_parents:
            changed = dag.added(a, b)
        else:
            continue
        if changed.is_acyclic():
            dag = changed
    return dag
