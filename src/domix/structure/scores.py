r"""Scores of graphs that are sums over the variables: BDeu with several prior strengths.

The score of a variable with q configurations of its parents and k values is

.. math:: \sum_j \Bigl[\log\frac{\Gamma(s/q)}{\Gamma(s/q + N_j)}
    + \sum_v \log\frac{\Gamma(s/(qk) + N_{jv})}{\Gamma(s/(qk))}\Bigr]

with counts :math:`N_{jv}` and equivalent sample size s: the log marginal likelihood of its table. A
prior of edges can be added to it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from domix._kernels import _family
from domix.options.graph import GraphOptions
from domix.structure.dag import Dag, Edge
from domix.util.arrays import Bools, Codes, Floats, Ints
from domix.util.numerics import TINY

MOST_ENTRIES = 60_000
"""Entries of the largest table that a graph may need: rows never fill one so large."""

TOO_LARGE = 1e9
"""Nats that a larger table costs for each nat of its entries: any search leaves it."""


SHOWN = 5.0
"""Standard deviations of Pearson's statistic above its mean from which rows show an edge."""


@dataclass(frozen=True)
class EdgePrior:
    """The graph that is expected, and how strongly: whatever differs from it costs a price.

    Directions are free: they are decided by scores and targets alone.

    Attributes
    ----------
    adjacent : ndarray of bool, shape (n, n)
        Whether the expected graph has an edge between two nodes.
    price : float
        Nats for each edge that is missing.
    price_of_new : float
        Nats for each edge between other nodes.
    evident : float
        Nats for each row, of the dependence of two nodes given the other parents: an expected edge
        stays unless rows show that it is weaker. Where tables are large, scores reject true edges:
        rows do not fill the tables, and yet may show the dependence.
    """

    adjacent: Bools
    price: float
    price_of_new: float
    evident: float

    @classmethod
    def build(cls, dag: Dag, rows: int, options: GraphOptions) -> EdgePrior:
        """Expect a graph, with the price of ``options`` for so many rows."""
        price = math.log(max(dag.n * (dag.n - 1), 1)) + options.edge_margin
        new = price + options.edge_strength * rows
        return cls(dag.adjacency | dag.adjacency.T, price, new, options.evident_strength)

    @cached_property
    def of_parent(self) -> Floats:
        """What each parent (row) of a node (column) adds to its log prior, shape (n, n)."""
        return np.where(self.adjacent, self.price, -self.price_of_new)


class FamilyScores:
    """The scores of all families, each computed when first asked for.

    Parameters
    ----------
    codes : ndarray of uint8, shape (rows, n)
    weights : ndarray of float64, shape (rows,) or (n, rows)
        How much each row counts, for all variables or for each.
    cards : ndarray of int64, shape (n,)
    sample_sizes : sequence of float
        Equivalent sample sizes.
    prior : EdgePrior, optional
        Its logarithm is a part of all scores but :meth:`table_penalty`.
    """

    def __init__(
        self,
        codes: Codes,
        weights: Floats,
        cards: Ints,
        sample_sizes: Sequence[float],
        prior: EdgePrior | None = None,
    ) -> None:
        self.n = len(cards)
        self.sample_sizes = sample_sizes
        self._cards = np.asarray(cards, dtype=np.int64)
        self._columns = np.ascontiguousarray(codes.T)
        self._weights = np.broadcast_to(np.ascontiguousarray(weights), (self.n, len(codes)))
        self._expected = prior
        self._prior = np.zeros((self.n, self.n)) if prior is None else prior.of_parent
        self._scores: dict[tuple[int, frozenset[int], int], float] = {}
        self._additions: dict[tuple[int, frozenset[int], int], Floats] = {}
        self._places = np.empty(len(codes), dtype=np.int32)

    def counts(self, node: int, parents: frozenset[int]) -> Floats:
        """Return the counts of a family, shape (configurations of the parents * card,)."""
        family = np.array([*sorted(parents), node], dtype=np.int64)
        out = np.zeros(int(self._cards[family].prod()))
        _family.count(self._columns, self._weights[node], self._cards, family, out)
        return out

    def score(self, node: int, parents: frozenset[int], size: int = 0) -> float:
        """Return the score of a family for the sample size of that index."""
        key = node, parents, size
        score = self._scores.get(key)
        if score is None:
            score = self._marginal_likelihood(node, parents, size)
            score += self._log_prior(node, parents)
            self._scores[key] = score
        return score

    def additions(self, node: int, parents: frozenset[int], size: int = 0) -> Floats:
        """Return the scores of a family with one more parent, shape (n,); -inf where impossible."""
        key = node, parents, size
        scores = self._additions.get(key)
        if scores is None:
            scores = self._additions[key] = self._score_additions(node, parents, size)
        return scores

    def _score_additions(self, node: int, parents: frozenset[int], size: int) -> Floats:
        scores = np.full(self.n, -np.inf)
        entries = self._entries(node, parents)
        if entries > MOST_ENTRIES:
            return scores
        room = min(MOST_ENTRIES, entries * int(self._cards.max()))
        _family.score_additions(
            self._columns,
            self._weights[node],
            self._cards,
            np.array([*sorted(parents), node], dtype=np.int64),
            self.sample_sizes[size],
            self._places,
            np.empty(room),
            scores,
        )
        return np.asarray(scores + self._prior[:, node] + self._log_prior(node, parents))

    def _log_prior(self, node: int, parents: frozenset[int]) -> float:
        return float(self._prior[sorted(parents), node].sum()) if parents else 0.0

    def _marginal_likelihood(self, node: int, parents: frozenset[int], size: int) -> float:
        entries = self._entries(node, parents)
        if entries > MOST_ENTRIES:
            return -TOO_LARGE * math.log(entries)
        counts = self.counts(node, parents)
        return float(_family.bdeu(counts, int(self._cards[node]), self.sample_sizes[size]))

    def _entries(self, node: int, parents: frozenset[int]) -> int:
        return math.prod(int(self._cards[i]) for i in (*parents, node))

    def total(self, dag: Dag, size: int = 0) -> float:
        """Return the score of a graph."""
        return sum(self.score(v, parents, size) for v, parents in enumerate(dag.parents))

    def keeps(self, parent: int, node: int, parents: frozenset[int]) -> bool:
        """Whether an edge is expected, and rows show it or do not show that it is weak.

        They show it if Pearson's statistic of independence, given the other parents, is two
        standard deviations above its mean; the upper bound of its strength is as many above it.
        """
        prior = self._expected
        if prior is None or not prior.adjacent[parent, node]:
            return False
        excess, deviation, rows = self._dependence(parent, node, parents)
        return excess > 2.0 * deviation or excess + 2.0 * deviation > 2.0 * prior.evident * rows

    def refuses(self, parent: int, node: int, parents: frozenset[int]) -> bool:
        """Whether an edge is not expected, and rows do not show it, whatever it scores.

        BDeu gives nearly deterministic tables more parents, for then its prior is weaker.
        """
        prior = self._expected
        if prior is None or prior.adjacent[parent, node]:
            return False
        excess, deviation, _ = self._dependence(parent, node, parents | {parent})
        return excess <= SHOWN * deviation

    def _dependence(
        self, parent: int, node: int, parents: frozenset[int]
    ) -> tuple[float, float, float]:
        """Return Pearson's statistic of a parent, given the others, less its mean.

        Its standard deviation under independence and the weight of the rows come second and third.
        """
        family = sorted(parents)
        cards = self._cards[[*family, node]]
        table = np.moveaxis(self.counts(node, parents).reshape(cards), family.index(parent), -2)
        counts = table.reshape(-1, int(self._cards[parent]), int(self._cards[node]))
        rows, columns = counts.sum(axis=2, keepdims=True), counts.sum(axis=1, keepdims=True)
        expected = rows * columns / np.maximum(rows.sum(axis=1, keepdims=True), TINY)
        statistic = float(((counts - expected) ** 2 / np.where(expected > 0, expected, 1.0)).sum())
        values = [np.maximum((part > 0).sum(axis=(1, 2)) - 1, 0) for part in (rows, columns)]
        freedom = float((values[0] * values[1]).sum())
        return statistic - freedom, math.sqrt(2.0 * freedom), float(counts.sum())

    def support(self, edge: Edge, dag: Dag, size: int = 0) -> float:
        """Return the nats that an edge adds to the log marginal likelihood of its effect's table.

        ``dag`` says what other parents the effect has.
        """
        cause, effect = edge
        others = dag.parents[effect] - {cause}
        with_edge = self._marginal_likelihood(effect, others | {cause}, size)
        return with_edge - self._marginal_likelihood(effect, others, size)

    def table_penalty(self, dag: Dag, size: int = 0) -> float:
        """Return the largest log-likelihood of the counts less the score, in nats.

        This is what free tables cost a graph: the Cheeseman-Stutz correction of a fitted
        log-likelihood.
        """
        penalty = 0.0
        for v, parents in enumerate(dag.parents):
            penalty -= self._marginal_likelihood(v, parents, size)
            if self._entries(v, parents) <= MOST_ENTRIES:
                penalty += _family.log_likelihood(self.counts(v, parents), int(self._cards[v]))
        return penalty
