"""Rows of worlds that a model describes not quite right, drawn by plain NumPy."""

from __future__ import annotations

import numpy as np

from domix import Network

STATES = ["low", "mid", "high"]


class World:
    """A random DAG of variables of three states in topological order, two parents each.

    ``missing`` edges are left out of the graph that is stated. Rows of the mixture are drawn from
    tables that drifted by ``drift`` nats per row on average.
    """

    def __init__(self, seed, *, n=6, missing=0, drift=0.0):
        rng = self._rng = np.random.default_rng(seed)
        self.parents = [sorted(rng.choice(i, min(i, 2), replace=False).tolist()) for i in range(n)]
        self.tables = [rng.dirichlet([1.5] * 3, [3] * len(ps)) for ps in self.parents]
        self.drifted = self.tables
        if drift:
            draws = [rng.gamma(np.maximum(table / drift, 1e-3)) for table in self.tables]
            self.drifted = [draw / draw.sum(axis=-1, keepdims=True) for draw in draws]
        edges = [(i, p) for i, ps in enumerate(self.parents) for p in ps]
        left_out = [edges[e] for e in rng.choice(len(edges), missing, replace=False)]
        self.stated = [
            [p for p in ps if (i, p) not in left_out] for i, ps in enumerate(self.parents)
        ]

    @property
    def network(self):
        """The graph that is stated, with tables that are not used."""
        return Network(
            {f"V{i}": [f"V{p}" for p in ps] for i, ps in enumerate(self.stated)},
            {f"V{i}": STATES for i in range(len(self.stated))},
            {f"V{i}": np.full((3,) * (len(ps) + 1), 1 / 3) for i, ps in enumerate(self.stated)},
        )

    def controls(self, rows):
        """Draw rows to which nothing was done."""
        return self._draw(rows, {}, self.tables)

    def mixture(self, rows, targets=({},)):
        """Draw as many rows of each target, ``{variable: value}``, in codes."""
        parts = [self._draw(rows // len(targets), target, self.drifted) for target in targets]
        return np.concatenate(parts)

    def _draw(self, rows, target, tables):
        codes = np.zeros((rows, len(tables)), np.uint8)
        for i, (table, ps) in enumerate(zip(tables, self.parents, strict=True)):
            edges = table[tuple(codes[:, p] for p in ps)].cumsum(axis=-1)
            draws = (self._rng.random((rows, 1)) > np.broadcast_to(edges, (rows, 3))).sum(axis=1)
            codes[:, i] = target[i] if i in target else np.minimum(draws, 2)
        return codes
