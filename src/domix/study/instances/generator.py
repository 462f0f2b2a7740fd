"""Random networks and mixtures, as in the paper's simulation study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target
from domix.errors import DataError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.util.checks import Rng, generator

__all__ = ["Graph", "Instance", "random_instance"]

CONCENTRATION = 2.0
"""Of the Dirichlet distributions of table rows and of weights."""

LARGEST_TABLE = 2**20
"""Cells. The last nodes of a dense Erdős-Rényi graph have too many parents for any table: an edge
that would make one larger is drawn again."""

DRAWS = 1000
"""How often a target is drawn again that is there already, before the mixture does with fewer."""

Graph = Literal["scale-free", "erdos-renyi"]
Parents = list[list[int]]


@dataclass(frozen=True)
class Instance:
    """A network and a mixture on it that respects exclusion."""

    network: Network
    mixture: Mixture


def random_instance(
    n: int,
    rng: Rng = None,
    *,
    graph: Graph = "scale-free",
    cards: int | Sequence[int] | range = 3,
    zeros: float = 0.0,
    targets: tuple[int, int] = (4, 16),
    min_size: int = 0,
    max_size: int | None = None,
) -> Instance:
    """Draw a network and a mixture.

    The number of edges E is uniform on n to 5n, as far as a DAG has room. Table rows and weights
    are Dirichlet(2). One state of each variable, drawn uniformly, is in no target.

    Parameters
    ----------
    n
        Number of variables: V0, V1, ... in a topological order, each with the states 0, 1, ...
    rng
        None (fresh entropy), a seed, or a generator.
    graph
        ``"scale-free"``: each node gets edges from about E/n older ones, chosen by degree.
        ``"erdos-renyi"``: E pairs of nodes, chosen uniformly.
    cards
        Number of states: of all variables; of each, a sequence of n; or a ``range`` to draw from.
    zeros
        Chance of a table entry to be 0, but for one entry of each row.
    targets
        Least and largest number of targets, drawn uniformly. Where a small network has no room for
        as many different ones, there are fewer.
    min_size, max_size
        Least and largest number of variables in a target, None is n; sizes are uniform between.

    Raises
    ------
    DataError
        An option out of range.

    Source
    ------
    Kumar and Sinha (UAI 2021), Section 5 and Appendix D. Scale-free graphs: Barabási and Albert,
    "Emergence of scaling in random networks", Science 286 (1999).

    Examples
    --------
    >>> instance = random_instance(5, rng=1)
    >>> instance.network.variables, len(instance.mixture.targets)
    (('V0', 'V1', 'V2', 'V3', 'V4'), 5)
    """
    rng = generator(rng)
    sizes = (min_size, n if max_size is None else max_size)
    _check(n, graph, zeros, targets, sizes)
    ks = _cards(n, cards, rng)
    edges = min(int(rng.integers(n, 5 * n, endpoint=True)), n * (n - 1) // 2)
    if graph == "scale-free":
        parents = _scale_free(n, max(1, round(edges / n)), rng)
    else:
        parents = _erdos_renyi(ks, edges, rng)
    names = [f"V{i}" for i in range(n)]
    network = Network(
        {names[i]: [names[p] for p in parents[i]] for i in range(n)},
        {names[i]: range(ks[i]) for i in range(n)},
        {names[i]: _table([ks[p] for p in parents[i]], ks[i], zeros, rng) for i in range(n)},
    )
    drawn = _targets(ks, int(rng.integers(*targets, endpoint=True)), sizes, rng)
    weights = rng.dirichlet(np.full(len(drawn), CONCENTRATION))
    assignments = [network.space.assignment(target) for target in drawn]
    return Instance(
        network, Mixture(network, list(zip(assignments, weights.tolist(), strict=True)))
    )


def _check(
    n: int, graph: str, zeros: float, targets: tuple[int, int], sizes: tuple[int, int]
) -> None:
    if n < 1:
        raise DataError(f"n must be at least 1, not {n}")
    if graph not in ("scale-free", "erdos-renyi"):
        raise DataError(f"graph must be 'scale-free' or 'erdos-renyi', not {graph!r}")
    if not 0 <= zeros < 1:
        raise DataError(f"zeros must be at least 0 and less than 1, not {zeros}")
    if not 1 <= targets[0] <= targets[1]:
        raise DataError(f"targets must be a least number, at least 1, and a largest, not {targets}")
    if not 0 <= sizes[0] <= sizes[1] <= n:
        raise DataError(
            f"min_size and max_size must be between 0 and n = {n}, not {sizes[0]} and {sizes[1]}"
        )


def _cards(n: int, cards: int | Sequence[int] | range, rng: np.random.Generator) -> list[int]:
    if isinstance(cards, int):
        return [cards] * n
    if isinstance(cards, range):
        return [cards[i] for i in rng.integers(len(cards), size=n).tolist()]
    ks = [int(k) for k in cards]
    if len(ks) != n:
        raise DataError(f"cards must be one number for each of {n} variables; there are {len(ks)}")
    return ks


def _scale_free(n: int, m: int, rng: np.random.Generator) -> Parents:
    """From a star of m + 1 nodes, each new node is joined to m older ones, by their degrees."""
    m = min(m, n - 1)
    parents: Parents = [[] for _ in range(n)]
    # Each node as often as it has edges, so that a uniform draw from it is a draw by degree.
    ends: list[int] = []
    for new in range(1, n):
        chosen = {0}
        if new > m:
            chosen = set()
            while len(chosen) < m:
                chosen.add(ends[int(rng.integers(len(ends)))])
        parents[new] = sorted(chosen)
        ends.extend(parents[new])
        ends.extend([new] * len(chosen))
    return parents


def _erdos_renyi(cards: Sequence[int], edges: int, rng: np.random.Generator) -> Parents:
    pairs = [(older, newer) for newer in range(len(cards)) for older in range(newer)]
    parents: Parents = [[] for _ in cards]
    sizes = list(cards)
    left = edges
    for older, newer in rng.permutation(np.array(pairs, dtype=np.int64).reshape(-1, 2)).tolist():
        if left and sizes[newer] * cards[older] <= LARGEST_TABLE:
            parents[newer].append(older)
            sizes[newer] *= cards[older]
            left -= 1
    return [sorted(ps) for ps in parents]


def _table(
    shape: Sequence[int], k: int, zeros: float, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    table = rng.dirichlet(np.full(k, CONCENTRATION), size=tuple(shape))
    if zeros:
        gone = rng.random(table.shape) < zeros
        np.put_along_axis(gone, rng.integers(k, size=(*shape, 1)), False, axis=-1)
        table = np.where(gone, 0.0, table)
        table /= table.sum(axis=-1, keepdims=True)
    return table


def _targets(
    cards: Sequence[int], count: int, sizes: tuple[int, int], rng: np.random.Generator
) -> list[Target]:
    unused = [int(rng.integers(k)) for k in cards]
    found: dict[Target, None] = {}
    for _ in range(count + DRAWS):
        size = int(rng.integers(*sizes, endpoint=True))
        chosen = sorted(rng.choice(len(cards), size=size, replace=False).tolist())
        steps = [int(rng.integers(1, max(cards[i], 2))) for i in chosen]
        target = tuple(
            (i, (unused[i] + step) % cards[i])
            for i, step in zip(chosen, steps, strict=True)
            if cards[i] > 1
        )
        found[target] = None
        if len(found) == count:
            break
    return list(found)
