"""Essential graphs: which edges data and targets direct, and which they leave open."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import combinations

from domix.structure.dag import Dag, Edge


@dataclass(frozen=True)
class EssentialGraph:
    """An equivalence class of graphs.

    Attributes
    ----------
    directed : frozenset of Edge
        Edges that have this direction in every graph of the class.
    undirected : frozenset of frozenset of int
        The ends of all other edges.
    """

    directed: frozenset[Edge]
    undirected: frozenset[frozenset[int]]


def essential_graph(
    dag: Dag, targets: Iterable[Collection[int]] = (), known: Iterable[Edge] = ()
) -> EssentialGraph:
    """Return the class of graphs that no data distinguish from ``dag``.

    Parameters
    ----------
    dag : Dag
    targets : iterable of collections of int
        Sets of nodes that an intervention sets. An edge between a node that is set and one that is
        not is directed by that intervention. Without targets, this is the class for data without
        interventions.
    known : iterable of Edge
        Edges of ``dag`` whose direction is background knowledge.

    References
    ----------
    A. Hauser and P. Bühlmann, "Characterization and greedy learning of interventional Markov
    equivalence classes of directed acyclic graphs", JMLR 13 (2012). C. Meek, "Causal inference and
    causal explanation with background knowledge", UAI 1995.

    Examples
    --------
    >>> chain = Dag.build([[], [0], [1]])
    >>> sorted(essential_graph(chain).directed)
    []
    >>> sorted(essential_graph(chain, [{0}]).directed)
    [(0, 1), (1, 2)]
    >>> sorted(essential_graph(chain, known=[(0, 1)]).directed)
    [(0, 1), (1, 2)]
    """
    directed = {
        (p, v)
        for v, parents in enumerate(dag.parents)
        for a, c in combinations(sorted(parents), 2)
        if not dag.adjacent(a, c)
        for p in (a, c)
    }
    directed.update(known)
    for target in map(set, targets):
        directed |= {(a, b) for a, b in dag.edges if (a in target) != (b in target)}
    open_edges = dag.edges - directed
    while True:
        new = {edge for edge in open_edges if _is_directed(dag, directed, *edge)}
        if not new:
            break
        directed |= new
        open_edges -= new
    return EssentialGraph(frozenset(directed), frozenset(map(frozenset, open_edges)))


def _is_directed(dag: Dag, directed: set[Edge], a: int, b: int) -> bool:
    """Whether one of Meek's rules directs the edge a -> b of ``dag``."""
    into_b = [z for z in range(dag.n) if (z, b) in directed and z != a]
    # 1: z -> a - b with z and b not adjacent.
    if any((z, a) in directed and not dag.adjacent(z, b) for z in range(dag.n) if z != b):
        return True
    # 2: a -> z -> b.
    if any((a, z) in directed for z in into_b):
        return True
    near = [z for z in into_b if dag.adjacent(a, z)]
    # 3: a - z -> b and a - w -> b with z and w not adjacent, and not both parents of a.
    if any(
        not dag.adjacent(z, w) and not {z, w} <= dag.parents[a] for z, w in combinations(near, 2)
    ):
        return True
    # 4: a - z, z -> w -> b, with z and b not adjacent and a adjacent to w.
    return any(
        (z, w) in directed and dag.adjacent(a, z) and not dag.adjacent(z, b)
        for w in near
        for z in range(dag.n)
        if z not in (a, b, w)
    )
