"""Random networks and mixtures, as in the paper's simulation study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from domix.core.tables import Target, normalize_rows
from domix.errors import DataError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.util.arrays import Floats
from domix.util.checks import Rng, generator

CONCENTRATION = 2.0
"""Concentration of the Dirichlet distributions of CPT rows and of weights."""

MAX_TABLE_SIZE = 2**20
"""Largest number of entries of a CPT. An edge that would exceed it is replaced by another: the last
nodes of a dense Erdős-Rényi graph would have too many parents."""

EXTRA_DRAWS = 1000
"""How many duplicate targets may be drawn before the mixture gets fewer targets."""

Graph = Literal["scale-free", "erdos-renyi"]
Parents = list[list[int]]


@dataclass(frozen=True)
class Instance:
    """A network and a mixture.

    Attributes
    ----------
    network : Network
    mixture : Mixture
        On this network; it respects exclusion.

    Examples
    --------
    >>> instance = random_instance(3, rng=0)
    >>> instance.mixture.network is instance.network
    True
    """

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
    concentration: float = CONCENTRATION,
) -> Instance:
    """Draw a network and a mixture.

    The number of edges E is uniform on n, ..., 5n, or n(n - 1)/2 if that is less. CPT rows and
    weights are Dirichlet(2). One state of each variable, drawn uniformly, is in no target.

    Parameters
    ----------
    n : int
        Number of variables. They are V0, V1, ... in a topological order, with states 0, 1, ...
    rng : None, int or numpy.random.Generator
        None is fresh entropy.
    graph : {"scale-free", "erdos-renyi"}
        Scale-free: each node gets edges from about E/n earlier nodes, chosen by their degree.
        Erdős-Rényi: E pairs of nodes, chosen uniformly.
    cards : int, sequence of int or range
        Number of states of all variables, of each variable, or a range to draw each from.
    zeros : float
        Probability that a CPT entry is 0; one entry of each row is never set to 0.
    targets : tuple of int
        Least and largest number of targets; uniform in between. A small network may not have that
        many different targets, and then gets fewer.
    min_size : int
        Least number of variables in a target.
    max_size : int, optional
        Largest number of variables in a target, None is n; uniform in between.
    concentration : float
        Of the Dirichlet distributions of CPT rows, in place of 2.

    Returns
    -------
    Instance

    Raises
    ------
    DataError
        An option is out of range.

    References
    ----------
    Kumar and Sinha, "Disentangling mixtures of unknown causal interventions", UAI 2021, Section 5
    and Appendix D.

    Barabási and Albert, "Emergence of scaling in random networks", Science 286 (1999), 509-512.

    Examples
    --------
    >>> instance = random_instance(5, rng=1)
    >>> instance.network.variables, len(instance.mixture.targets)
    (('V0', 'V1', 'V2', 'V3', 'V4'), 5)
    """
    rng = generator(rng)
    sizes = (min_size, n if max_size is None else max_size)
    _check_options(n, graph, zeros, targets, sizes)
    ks = draw_cards(n, cards, rng)
    edges = min(int(rng.integers(n, 5 * n, endpoint=True)), n * (n - 1) // 2)
    if graph == "scale-free":
        parents = _draw_scale_free(n, max(1, round(edges / n)), rng)
    else:
        parents = _draw_erdos_renyi(ks, edges, rng)
    names = [f"V{i}" for i in range(n)]

    def draw_cpt(i: int) -> Floats:
        return _draw_cpt([ks[p] for p in parents[i]], ks[i], zeros, concentration, rng)

    network = Network(
        {names[i]: [names[p] for p in parents[i]] for i in range(n)},
        {names[i]: range(ks[i]) for i in range(n)},
        {names[i]: draw_cpt(i) for i in range(n)},
    )
    return Instance(network, draw_mixture(network, targets, sizes, rng))


def draw_mixture(
    network: Network, targets: tuple[int, int], sizes: tuple[int, int], rng: np.random.Generator
) -> Mixture:
    """Draw targets and weights for a network."""
    count = int(rng.integers(*targets, endpoint=True))
    drawn = draw_targets(network.space.cards.tolist(), count, sizes, rng)
    weights = rng.dirichlet(np.full(len(drawn), CONCENTRATION))
    assignments = [network.space.assignment(target) for target in drawn]
    return Mixture(network, list(zip(assignments, weights.tolist(), strict=True)))


def _check_options(
    n: int, graph: str, zeros: float, targets: tuple[int, int], sizes: tuple[int, int]
) -> None:
    if n < 1:
        raise DataError(f"n must be at least 1, not {n}")
    if graph not in ("scale-free", "erdos-renyi"):
        raise DataError(f"graph must be 'scale-free' or 'erdos-renyi', not {graph!r}")
    if not 0 <= zeros < 1:
        raise DataError(f"zeros must be at least 0 and less than 1, not {zeros}")
    if not 1 <= targets[0] <= targets[1]:
        raise DataError(
            f"targets must be (least, largest) with 1 <= least <= largest, not {targets}"
        )
    if not 0 <= sizes[0] <= sizes[1] <= n:
        raise DataError(
            f"min_size and max_size must be between 0 and n = {n}, not {sizes[0]} and {sizes[1]}"
        )


def draw_cards(n: int, cards: int | Sequence[int] | range, rng: np.random.Generator) -> list[int]:
    """Return the number of states of each variable, drawn uniformly from a range."""
    if isinstance(cards, int):
        return [cards] * n
    if isinstance(cards, range):
        return [cards[i] for i in rng.integers(len(cards), size=n).tolist()]
    ks = [int(k) for k in cards]
    if len(ks) != n:
        raise DataError(f"cards must have one number for each of {n} variables, not {len(ks)}")
    return ks


def _draw_scale_free(n: int, m: int, rng: np.random.Generator) -> Parents:
    """Start with a star of m + 1 nodes; join each further node to m earlier ones, by degree."""
    m = min(m, n - 1)
    parents: Parents = [[] for _ in range(n)]
    # Each node as often as its degree, so that a uniform draw from it is a draw by degree.
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


def _draw_erdos_renyi(cards: Sequence[int], edges: int, rng: np.random.Generator) -> Parents:
    pairs = [(older, newer) for newer in range(len(cards)) for older in range(newer)]
    parents: Parents = [[] for _ in cards]
    sizes = list(cards)
    remaining = edges
    for older, newer in rng.permutation(np.array(pairs, dtype=np.int64).reshape(-1, 2)).tolist():
        if remaining and sizes[newer] * cards[older] <= MAX_TABLE_SIZE:
            parents[newer].append(older)
            sizes[newer] *= cards[older]
            remaining -= 1
    return [sorted(ps) for ps in parents]


def _draw_cpt(
    parent_cards: Sequence[int],
    k: int,
    zeros: float,
    concentration: float,
    rng: np.random.Generator,
) -> Floats:
    """Draw a CPT, shape (*parent_cards, k)."""
    table = rng.dirichlet(np.full(k, concentration), size=tuple(parent_cards))
    if zeros:
        is_zero = rng.random(table.shape) < zeros
        np.put_along_axis(is_zero, rng.integers(k, size=(*parent_cards, 1)), False, axis=-1)
        table = normalize_rows(np.where(is_zero, 0.0, table))
    return table


def draw_targets(
    cards: Sequence[int], count: int, sizes: tuple[int, int], rng: np.random.Generator
) -> list[Target]:
    """Draw different targets with sizes between two bounds; they respect exclusion."""
    excluded = [int(rng.integers(k)) for k in cards]
    targets: dict[Target, None] = {}
    for _ in range(count + EXTRA_DRAWS):
        size = int(rng.integers(*sizes, endpoint=True))
        chosen = sorted(rng.choice(len(cards), size=size, replace=False).tolist())
        steps = [int(rng.integers(1, max(cards[i], 2))) for i in chosen]
        target = tuple(
            (i, (excluded[i] + step) % cards[i])
            for i, step in zip(chosen, steps, strict=True)
            if cards[i] > 1
        )
        targets[target] = None
        if len(targets) == count:
            break
    return list(targets)
