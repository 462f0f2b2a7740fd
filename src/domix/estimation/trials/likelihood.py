"""Largest log-likelihoods of mixtures under the graphs of one class, for the same targets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from domix._kernels import _family
from domix.core.tables import Tables, Target
from domix.query.probability import entry_indices
from domix.structure.dag import Dag
from domix.util.arrays import Codes, Floats, Ints
from domix.util.numerics import TINY, dot

SAMPLE_SIZE = 1.0
"""Equivalent sample size of the tables: small, and the same for all graphs of a class."""

MOST_ROWS = 2**18
"""Rows of a mixture on which the graphs of a class are compared; of more, a sample. Memory and time
grow with the rows times the variables, and so many rows favor a direction by far more nats than are
asked for."""

MOST_STEPS = 100
"""Steps of EM for a graph, which starts at the maximum of another one."""

LEAST_STEP = 0.01
"""Nats that a step must gain for another one to follow."""


@dataclass(frozen=True, eq=False)
class WeightedRows:
    """Rows of one mixture; control rows are a mixture of the target ().

    Attributes
    ----------
    codes : ndarray of uint8, shape (rows, variables)
    counts : ndarray of float64, shape (rows,)
    targets : dict of Target to float
        The weight of each, where fits start.
    """

    codes: Codes
    counts: Floats
    targets: dict[Target, float]

    def sampled(self, most: int) -> WeightedRows:
        """Return at most about ``most`` of the rows, drawn at random; the same at each call."""
        if len(self.codes) <= most:
            return self
        drawn = np.random.default_rng(0).random(len(self.codes)) < most / len(self.codes)
        return WeightedRows(self.codes[drawn], self.counts[drawn], self.targets)


class ClassLikelihood:
    """The log-likelihood of all rows, with the best tables and weights, under several graphs.

    Parameters
    ----------
    mixtures : iterable of WeightedRows
    tables : Tables
        Under the graph that others are compared with.

    Attributes
    ----------
    dag : Dag
        That graph.
    sets : list of set of int
        The variables that each target sets.
    """

    def __init__(self, mixtures: Iterable[WeightedRows], tables: Tables) -> None:
        self._mixtures = [rows.sampled(MOST_ROWS) for rows in mixtures]
        self._tables = tables
        self._cards = tables.layout.cards
        self.dag = Dag.build(tables.layout.parents)
        self._losses: dict[Dag, float] = {}
        self.sets = [{v for v, _ in target} for rows in self._mixtures for target in rows.targets]

    @cached_property
    def _parts(self) -> list[_Part]:
        return [_Part.build(rows) for rows in self._mixtures]

    @cached_property
    def _best(self) -> _Fit:
        """The fit under the graph itself."""
        tables = self._tables
        flat = np.log(np.maximum(tables.values.astype(np.float64), TINY))
        logs = [flat[entry_indices(tables.layout, part.codes)].T for part in self._parts]
        weights = [np.array(list(rows.targets.values())) for rows in self._mixtures]
        return self._maximize(self.dag, range(self.dag.n), self._evaluate(logs, weights))

    def is_split(self, a: int, b: int) -> bool:
        """Whether some target sets one of two variables only."""
        return any((a in target) != (b in target) for target in self.sets)

    def loss(self, dag: Dag) -> float:
        """Return what the log-likelihood loses under another graph of the class, in nats."""
        if dag not in self._losses:
            changed = [v for v in range(dag.n) if dag.parents[v] != self.dag.parents[v]]
            fit = self._maximize(dag, changed, self._best)
            self._losses[dag] = self._best.total - fit.total
        return self._losses[dag]

    def _maximize(self, dag: Dag, nodes: Collection[int], start: _Fit) -> _Fit:
        """Fit the weights, and the tables of some nodes, by EM."""
        families = {v: np.array([*sorted(dag.parents[v]), v]) for v in nodes}
        places = {
            v: [part.places(family, self._cards) for part in self._parts]
            for v, family in families.items()
        }
        fit = start
        for step in range(MOST_STEPS):
            logs = [log.copy() for log in fit.logs]
            for v, family in families.items():
                table = self._learn(family, fit)
                for log, at in zip(logs, places[v], strict=True):
                    log[v] = table[at]
            last, fit = fit.total, self._evaluate(logs, self._weights(fit))
            if step and fit.total - last < LEAST_STEP:
                break
        return fit

    def _learn(self, family: Ints, fit: _Fit) -> Floats:
        """Return the log probabilities of a node given its parents, from expected counts."""
        node = int(family[-1])
        size = int(self._cards[family].prod())
        counts = np.full(size, SAMPLE_SIZE / size)
        for part, shares in zip(self._parts, fit.shares, strict=True):
            weights = np.einsum("t,tr->r", part.unset[:, node], shares) * part.counts
            _family.count(part.columns, weights, self._cards, family, counts)
        table = counts.reshape(-1, int(self._cards[node]))
        logs: Floats = np.log(table / table.sum(axis=1, keepdims=True)).ravel()
        return logs

    def _weights(self, fit: _Fit) -> list[Floats]:
        totals = [
            np.einsum("tr,r->t", s, part.counts)
            for s, part in zip(fit.shares, self._parts, strict=True)
        ]
        return [total / max(total.sum(), TINY) for total in totals]

    def _evaluate(self, logs: Sequence[Floats], weights: Sequence[Floats]) -> _Fit:
        """Compute responsibilities and the log-likelihood."""
        shares, total = [], 0.0
        for part, log, weight in zip(self._parts, logs, weights, strict=True):
            # Sums as in dot: products of matrices would depend on the number of threads.
            joint = np.einsum("tv,vr->tr", part.unset, log) + part.allowed
            joint += np.log(np.maximum(weight, TINY))[:, None]
            top = joint.max(axis=0)
            joint = np.exp(joint - top)
            density = joint.sum(axis=0)
            shares.append(joint / density)
            total += dot(top + np.log(density), part.counts)
        return _Fit(logs, shares, total)


@dataclass(frozen=True, eq=False)
class _Fit:
    """Log probabilities (variables, rows) and responsibilities (targets, rows) of each part."""

    logs: Sequence[Floats]
    shares: Sequence[Floats]
    total: float


@dataclass(frozen=True, eq=False)
class _Part:
    """Rows that some target can give.

    ``unset`` (targets, variables) is 1 where a target leaves a variable alone, and ``allowed``
    (targets, rows) is 0 where it can give a row, else -inf.
    """

    codes: Codes
    columns: Codes
    counts: Floats
    unset: Floats
    allowed: Floats

    @classmethod
    def build(cls, rows: WeightedRows) -> _Part:
        unset = np.ones((len(rows.targets), rows.codes.shape[1]))
        agrees = np.ones((len(rows.targets), len(rows.codes)), dtype=bool)
        for t, target in enumerate(rows.targets):
            for variable, value in target:
                unset[t, variable] = 0.0
                agrees[t] &= rows.codes[:, variable] == value
        # What no target can give, it can give under no graph.
        possible = agrees.any(axis=0)
        codes, agrees = np.ascontiguousarray(rows.codes[possible]), agrees[:, possible]
        allowed = np.where(agrees, 0.0, -np.inf)
        columns = np.ascontiguousarray(codes.T)
        return cls(codes, columns, rows.counts[possible], unset, allowed)

    def places(self, family: Ints, cards: Ints) -> Ints:
        """Return the entry of a node's table that each row reads."""
        at = np.zeros(len(self.codes), dtype=np.int64)
        for v in family:
            at = at * cards[v] + self.columns[v]
        return at
