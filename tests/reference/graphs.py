"""Equivalence classes and best graphs by enumeration of all graphs, for `domix.structure`."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np

from dags import NAMES, labelled_dags
from domix.structure.dag import Dag
from domix.structure.scores import FamilyScores


@cache
def all_dags(n):
    """List all DAGs on n nodes."""
    return [
        Dag.build([[NAMES.index(p) for p in parents] for parents in graph.values()])
        for graph in labelled_dags(n)
    ]


def signature(dag, targets=()):
    """Compute what all graphs of an interventional equivalence class have in common.

    References
    ----------
    A. Hauser and P. Bühlmann, "Characterization and greedy learning of interventional Markov
    equivalence classes of directed acyclic graphs", JMLR 13 (2012).
    """
    skeleton = frozenset(map(frozenset, dag.edges))
    colliders = frozenset(
        (a, v, c)
        for v, parents in enumerate(dag.parents)
        for a, c in combinations(sorted(parents), 2)
        if frozenset((a, c)) not in skeleton
    )
    split = frozenset((a, b) for a, b in dag.edges for t in targets if (a in t) != (b in t))
    return skeleton, colliders, split


def classes(n, targets=()):
    """Group all DAGs on n nodes by their class."""
    found: dict[tuple, list[Dag]] = {}
    for dag in all_dags(n):
        found.setdefault(signature(dag, targets), []).append(dag)
    return list(found.values())


def random_codes(seed, cards=(2, 3, 2, 2), rows=300):
    """Draw rows from random tables of a random graph on as many variables as there are cards."""
    rng = np.random.default_rng(seed)
    dags = all_dags(len(cards))
    dag = dags[rng.integers(len(dags))]
    codes = np.zeros((rows, len(cards)), np.uint8)
    done: set[int] = set()
    while len(done) < len(cards):
        for v, parents in enumerate(dag.parents):
            if v in done or not parents <= done:
                continue
            tables: dict[tuple, np.ndarray] = {}
            for row in codes:
                key = tuple(row[sorted(parents)])
                if key not in tables:
                    tables[key] = rng.dirichlet(np.full(cards[v], 0.5))
                row[v] = rng.choice(cards[v], p=tables[key])
            done.add(v)
    return codes


def random_scores(seed, cards=(2, 3, 2, 2), sizes=(10.0,)):
    """Make the scores of all families on such rows."""
    codes = random_codes(seed, cards)
    return FamilyScores(codes, np.ones(len(codes)), np.array(cards), sizes)
