"""Random graphs, and wrong graphs that differ from them by exactly what they should."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import DataError
from domix.core.graph import topological_order
from domix.worlds.graphs import (
    MOST_PARENTS,
    add_edges,
    count_differences,
    draw_graph,
    list_edges,
    remove_edges,
    reverse_edges,
)

draw_random_dag = partial(draw_graph, by_degree=False)
draw_scale_free = partial(draw_graph, by_degree=True)
SEEDS = st.integers(0, 2**32 - 1)


def skeleton(parents):
    return {frozenset(edge) for edge in list_edges(parents)}


@given(st.integers(5, 30), SEEDS)
def test_random_graphs_have_their_number_of_edges(n, seed):
    for draw, edges in ((draw_random_dag, round(1.5 * n)), (draw_scale_free, 2 * n)):
        parents = draw(n, edges, np.random.default_rng(seed))
        assert len(topological_order(parents)) == n
        assert len(list_edges(parents)) == len(skeleton(parents)) == edges
        assert max(map(len, parents)) <= MOST_PARENTS
        assert parents == draw(n, edges, np.random.default_rng(seed))


@given(st.integers(2, 12), SEEDS)
def test_scale_free_graphs_are_connected(n, seed):
    parents = draw_scale_free(n, 2 * n, np.random.default_rng(seed))
    reached = {0}
    for _ in range(n):
        reached |= {v for edge in skeleton(parents) if edge & reached for v in edge}
    assert len(reached) == n


def test_small_graphs_have_all_edges_that_fit():
    assert len(list_edges(draw_scale_free(3, 6, np.random.default_rng(0)))) == 3
    assert list_edges(draw_random_dag(1, 2, np.random.default_rng(0))) == []


def test_scale_free_graphs_have_hubs():
    def largest(draw):
        counts = []
        for seed in range(50):
            edges = list_edges(draw(30, 60, np.random.default_rng(seed)))
            counts.append(np.bincount(np.ravel(edges)).max())
        return np.mean(counts)

    assert largest(draw_scale_free) > largest(draw_random_dag) + 3


@given(st.integers(6, 15), st.integers(1, 3), SEEDS, st.booleans())
def test_wrong_graphs_differ_by_what_they_say(n, count, seed, scale_free):
    rng = np.random.default_rng(seed)
    parents = (draw_scale_free if scale_free else draw_random_dag)(n, round(1.5 * n), rng)
    true = set(list_edges(parents))

    removed = set(list_edges(remove_edges(parents, count, rng)))
    assert removed < true
    assert len(true - removed) == count

    added = add_edges(parents, count, rng)
    assert true < set(list_edges(added))
    assert len(skeleton(added) - skeleton(parents)) == len(skeleton(added)) - len(true) == count

    reversed_ = reverse_edges(parents, count, rng)
    new = set(list_edges(reversed_)) - true
    assert len(new) == count
    assert {(b, a) for a, b in new} == true - set(list_edges(reversed_))
    assert skeleton(reversed_) == skeleton(parents)

    for wrong in (added, reversed_):
        assert len(topological_order(wrong)) == n
        assert count_differences(parents, wrong) == count


def test_changes_that_do_not_fit_are_refused():
    rng = np.random.default_rng(0)
    pair, complete = ((), (0,)), ((), (0,), (0, 1))
    with pytest.raises(DataError, match="has 1 edges, fewer than 2 to remove"):
        remove_edges(pair, 2, rng)
    with pytest.raises(DataError, match="only 0 edges of the graph can be changed, not 1"):
        add_edges(complete, 1, rng)
    with pytest.raises(DataError, match="only 1 edges of the graph can be changed, not 2"):
        reverse_edges(pair, 2, rng)
