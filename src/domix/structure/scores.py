r"""Scores of graphs that are sums over the variables: BDeu with several prior strengths.

The score of a variable with q configurations of its parents and k values is

.. math:: \sum_j \Bigl[\log\frac{\Gamma(s/q)}{\Gamma(s/q + N_j)}
    + \sum_v \log\frac{\Gamma(s/(qk) + N_{jv})}{\Gamma(s/(qk))}\Bigr]

with counts :math:`N_{jv}` and equivalent sample size s: the log marginal likelihood of its table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from domix._kernels import _family
from domix.structure.dag import Dag
from domix.util.arrays import Codes, Floats, Ints

MOST_ENTRIES = 60_000
"""Entries of the largest table that a graph may need: rows never fill one so large."""

TOO_LARGE = 1e9
"""Nats that a larger table costs for each nat of its entries: any search leaves it."""


class FamilyScores:
    """The scores of all families, each computed when first asked for.

    Parameters
    ----------
    codes : ndarray of uint8, shape (rows, n)
    weights : ndarray of float64, shape (rows,) or (rows, n)
        How much each row counts, for all variables or for each.
    cards : ndarray of int64, shape (n,)
    sample_sizes : sequence of float
        Equivalent sample sizes.
    """

    def __init__(
        self,
        codes: Codes,
        weights: Floats,
        cards: Ints,
        sample_sizes: Sequence[float],
    ) -> None:
        self.n = len(cards)
        self.sample_sizes = sample_sizes
        self._cards = np.asarray(cards, dtype=np.int64)
        self._columns = np.ascontiguousarray(codes.T)
        self._weights = np.ascontiguousarray(
            np.broadcast_to(weights, (self.n, len(codes))) if weights.ndim == 1 else weights.T
        )
        self._scores: dict[tuple[int, frozenset[int]], tuple[float, ...]] = {}

    def counts(self, node: int, parents: frozenset[int]) -> Floats:
        """Return the counts of a family, shape (configurations of the parents * card,)."""
        family = np.array([*sorted(parents), node], dtype=np.int64)
        out = np.zeros(int(self._cards[family].prod()))
        _family.count(self._columns, self._weights[node], self._cards, family, out)
        return out

    def score(self, node: int, parents: frozenset[int], size: int = 0) -> float:
        """Return the score of a family for the sample size of that index."""
        key = node, parents
        scores = self._scores.get(key)
        if scores is None:
            scores = self._scores[key] = self._compute(node, parents)
        return scores[size]

    def _compute(self, node: int, parents: frozenset[int]) -> tuple[float, ...]:
        entries = self._entries(node, parents)
        if entries > MOST_ENTRIES:
            return (-TOO_LARGE * math.log(entries),) * len(self.sample_sizes)
        counts, card = self.counts(node, parents), int(self._cards[node])
        return tuple(_family.bdeu(counts, card, size) for size in self.sample_sizes)

    def _entries(self, node: int, parents: frozenset[int]) -> int:
        return math.prod(int(self._cards[i]) for i in (*parents, node))

    def total(self, dag: Dag, size: int = 0) -> float:
        """Return the score of a graph."""
        return sum(self.score(v, parents, size) for v, parents in enumerate(dag.parents))

    def table_penalty(self, dag: Dag, size: int = 0) -> float:
        """Return the largest log-likelihood of the counts less the score, in nats.

        This is what free tables cost a graph: the Cheeseman-Stutz correction of a fitted
        log-likelihood.
        """
        penalty = 0.0
        for v, parents in enumerate(dag.parents):
            penalty -= self.score(v, parents, size)
            if self._entries(v, parents) <= MOST_ENTRIES:
                penalty += _family.log_likelihood(self.counts(v, parents), int(self._cards[v]))
        return penalty
