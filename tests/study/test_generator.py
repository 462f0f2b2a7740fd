"""Random instances: their design is that of the paper, and seeds reproduce them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import DataError
from domix.study.instances.generator import random_instance

GRAPHS = ("scale-free", "erdos-renyi")
SEEDS = st.integers(0, 10**6)


@given(
    st.integers(1, 10),
    SEEDS,
    st.sampled_from(GRAPHS),
    st.sampled_from([2, 3, range(1, 5)]),
    st.sampled_from([0.0, 0.4]),
)
def test_instances_respect_the_options(n, seed, graph, cards, zeros):
    instance = random_instance(n, seed, graph=graph, cards=cards, zeros=zeros)
    net, mixture = instance.network, instance.mixture
    assert net.order == net.variables == tuple(f"V{i}" for i in range(n))
    for name in net.variables:
        assert net.cpt(name).sum(axis=-1) == pytest.approx(1)
        assert zeros or (net.cpt(name) > 0).all()
    used = {pair for target in mixture.targets for pair in target}
    for i, k in enumerate(net.space.cards.tolist()):
        assert any((i, v) not in used for v in range(k))
    assert 1 <= len(mixture.targets) <= 16
    assert mixture.weights.sum() == pytest.approx(1)
    again = random_instance(n, seed, graph=graph, cards=cards, zeros=zeros)
    assert again.network == net
    assert again.mixture.targets == mixture.targets
    assert (again.mixture.weights == mixture.weights).all()


@pytest.mark.parametrize("graph", GRAPHS)
def test_edges_and_targets_are_as_in_the_paper(graph):
    edges, counts, sizes = [], [], []
    for seed in range(150):
        instance = random_instance(20, seed, graph=graph)
        edges.append(len(instance.network.tables.layout.parent_index))
        counts.append(len(instance.mixture.targets))
        sizes += map(len, instance.mixture.targets)
    assert min(edges) >= 15
    assert max(edges) <= 100
    assert (min(counts), max(counts)) == (4, 16)
    assert np.mean(counts) == pytest.approx(10, abs=1)
    assert (min(sizes), max(sizes)) == (0, 20)
    assert np.mean(sizes) == pytest.approx(10, abs=1)


def test_scale_free_graphs_have_early_hubs():
    degrees = np.zeros(40)
    for seed in range(40):
        layout = random_instance(40, seed).network.tables.layout
        np.add.at(degrees, layout.parent_index, 1)
        parents = [len(p) for p in layout.parents]
        assert set(parents[max(parents) + 1 :]) == {max(parents)}
        assert max(parents) <= 5
    assert degrees[:10].sum() > 2 * degrees[10:20].sum()


def test_dense_graphs_have_tables_that_fit():
    sizes = [
        random_instance(40, seed, graph="erdos-renyi").network.tables.layout for seed in range(3)
    ]
    assert all(np.diff(layout.offsets).max() <= 2**20 for layout in sizes)


def test_share_of_zeros():
    net = random_instance(30, 0, zeros=0.3).network
    # One of three entries in each row is spared.
    assert (net.tables.values == 0).mean() == pytest.approx(0.2, abs=0.02)


def test_small_network_has_few_targets():
    instance = random_instance(1, 0, cards=2, targets=(10, 10))
    assert len(instance.mixture.targets) == 2
    assert random_instance(1, 0, cards=1).mixture.targets == ((),)


def test_sizes_and_cards_as_given():
    instance = random_instance(3, 5, cards=[2, 3, 4], targets=(5, 5), min_size=2)
    assert instance.network.space.cards.tolist() == [2, 3, 4]
    assert len(instance.mixture.targets) == 5
    assert min(map(len, instance.mixture.targets)) >= 2


@pytest.mark.parametrize(
    ("n", "options", "words"),
    [
        (0, {}, "n must be"),
        (3, {"graph": "star"}, "'star'"),
        (3, {"zeros": 1.0}, "zeros"),
        (3, {"targets": (3, 2)}, "targets"),
        (3, {"targets": (0, 2)}, "targets"),
        (3, {"min_size": 4}, "min_size"),
        (3, {"cards": [2, 2]}, "cards"),
    ],
)
def test_options_out_of_range_are_refused(n, options, words):
    with pytest.raises(DataError, match=words):
        random_instance(n, 0, **options)
