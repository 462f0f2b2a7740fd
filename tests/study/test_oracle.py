"""The oracle: it reaches the maximum likelihood, and decides which targets are detectable."""

from __future__ import annotations

import time

import numpy as np
import pytest

from domix import Mixture, Network, do
from domix.study.instances.generator import random_instance
from domix.study.scoring.oracle import _Likelihood, detectable, oracle_weights


def log_likelihood(net, targets, weights, rows):
    pairs = zip((net.space.assignment(t) for t in targets), weights, strict=True)
    return Mixture(net, list(pairs)).log_prob(rows).sum()


@pytest.mark.parametrize("seed", range(4))
def test_no_other_weights_have_a_larger_likelihood(seed):
    instance = random_instance(8, seed)
    net, targets = instance.network, instance.mixture.targets
    rows = instance.mixture.sample(5000, seed)
    weights = oracle_weights(net, rows, targets)
    assert weights.sum() == pytest.approx(1)
    best = log_likelihood(net, targets, weights, rows)
    assert best >= log_likelihood(net, targets, instance.mixture.weights, rows)
    for t in range(len(targets)):
        # The log-likelihood is concave, so that a step towards each corner is all there is to try.
        for step in (0.001, 0.01, 0.1):
            other = (1 - step) * weights
            other[t] += step
            assert log_likelihood(net, targets, other, rows) <= best + 1e-3


def test_order_of_targets_does_not_matter():
    instance = random_instance(6, 1)
    rows = instance.mixture.sample(3000, 1)
    targets = instance.mixture.targets
    weights = oracle_weights(instance.network, rows, targets)
    back = oracle_weights(instance.network, rows, targets[::-1])[::-1]
    assert back == pytest.approx(weights, abs=1e-3)


def objective(net, base, targets, weights, rows):
    """Profile likelihood at tables that maximise it given the posterior at these very weights."""
    theta = net.tables.values
    for _ in range(300):
        fitted = net.with_values(theta)
        pairs = zip((net.space.assignment(t) for t in targets), weights, strict=True)
        mixture = Mixture(fitted, list(pairs))
        post = mixture.posterior(rows)
        counts = base.copy()
        for node in range(net.tables.layout.n):
            free = [t for t, target in enumerate(targets) if node not in dict(target)]
            for row, p in zip(rows.tolist(), post[:, free].sum(axis=1), strict=True):
                counts[net.tables.layout.entry(node, row)] += p
        starts, owner = net.tables.layout.row_starts, net.tables.layout.row_of_entry
        theta = counts / np.add.reduceat(counts, starts)[owner]
        if abs(theta - fitted.tables.values).max() < 1e-7:
            break
    return mixture.log_prob(rows).sum() + base @ np.log(fitted.tables.values)


def test_learnt_tables_are_fitted_with_the_weights(chain):
    mixture = Mixture(chain, {do(): 0.4, do(B="high"): 0.35, do(A="off", C="yes"): 0.25})
    learnt = Network.fit(chain.parents, chain.sample(200, rng=1), chain.states)
    rows = mixture.sample(200, 2)
    base = learnt.flat_counts + learnt.pseudocount
    weights = oracle_weights(learnt, rows, mixture.targets)
    best = objective(learnt, base, mixture.targets, weights, rows)
    for other in (mixture.weights, oracle_weights(chain, rows, mixture.targets)):
        assert objective(learnt, base, mixture.targets, other, rows) <= best + 1e-3


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("zeros", [0.0, 0.3])
def test_merged_rows_have_the_likelihood_of_all_rows(known, zeros):
    instance = random_instance(6, 3, zeros=zeros)
    net, targets = instance.network, instance.mixture.targets
    rows = instance.mixture.sample(3000, 1)
    if not known:
        net = Network.fit(net.parents, net.sample(3000, rng=2), net.states)
    likelihood = _Likelihood(net, rows, targets)
    start = np.full(len(targets), 1 / len(targets))
    reached, weights, theta = likelihood.fit(start, likelihood.theta)
    total = log_likelihood(net.to_float().with_values(theta), targets, weights, rows)
    if not known:
        total += (net.flat_counts + net.pseudocount) @ np.log(theta)
    assert reached == pytest.approx(total, abs=1e-6)
    assert len(likelihood.counts) < len(np.unique(rows, axis=0)) / 1.5


def test_counts_without_pseudocount(chain):
    mixture = Mixture(chain, {do(): 0.5, do(B="high"): 0.5})
    learnt = Network.fit(chain.parents, chain.sample(20, rng=1), chain.states, pseudocount=0.0)
    assert (learnt.tables.values == 0).any()
    weights = oracle_weights(learnt, mixture.sample(4000, 2), mixture.targets)
    assert weights == pytest.approx([0.5, 0.5], abs=0.1)


def test_targets_of_large_weight_are_detectable(chain):
    mixture = Mixture(
        chain, {do(): 0.4998, do(B="high"): 0.3, do(A="off"): 0.2, do(A="on", B="low"): 0.0002}
    )
    for net in (chain, Network.fit(chain.parents, chain.sample(5000, rng=1), chain.states)):
        rows = mixture.sample(5000, 2)
        assert detectable(net, rows, mixture) == (True, True, True, False)
        # Without do() some rows are impossible, or as good as that.
        assert detectable(net, rows, mixture, threshold=3000.0)[1:] == (False,) * 3


def test_only_target_is_detectable(chain):
    assert detectable(chain, chain.sample(10, rng=0), Mixture(chain, {do(): 1.0})) == (True,)


def test_target_that_alone_explains_a_row_is_detectable():
    net = Network(
        {"A": [], "B": ["A"]},
        {"A": [0, 1], "B": [0, 1]},
        {"A": [0.5, 0.5], "B": [[1.0, 0.0], [0.5, 0.5]]},
    )
    mixture = Mixture(net, {do(): 0.5, do(A=1): 0.49, do(B=1): 0.01})
    rows = [[0, 1], *net.sample(50, rng=0).tolist(), *net.sample(50, do={"A": 1}, rng=0).tolist()]
    assert detectable(net, np.array(rows, dtype=np.uint8), mixture)[2]


def test_seventy_variables_take_seconds():
    instance = random_instance(70, 5, targets=(7, 7))
    rows = instance.mixture.sample(20_000, 1)
    start = time.perf_counter()
    assert len(detectable(instance.network, rows, instance.mixture)) == 7
    assert time.perf_counter() - start < 30
