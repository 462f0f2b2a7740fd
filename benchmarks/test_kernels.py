"""Every kernel compared with its reference: `python -m pytest benchmarks`."""

from __future__ import annotations

import numpy as np
import pytest

from domix.query.merged import chunks, merged_tables
from domix.query.probability import (
    entry_indices,
    log_prob,
    log_prob_targets,
    mixture_log_prob,
    posterior,
)
from domix.query.sampling import sample
from reference import joint
from reference.sample import sample as sample_reference
from strategies import planted

ROWS = 100_000


@pytest.fixture(scope="module")
def mix():
    targets = [{}, *({i: 0, (i + 7) % 30: 1, (i + 13) % 30: 0} for i in range(0, 30, 2))]
    return planted(30, targets, seed=1)


@pytest.fixture(scope="module")
def rows(mix):
    return mix.sample(ROWS, rng=1)


@pytest.mark.benchmark(group="table entries of rows")
@pytest.mark.parametrize(
    "entries_of", [entry_indices, joint.entry_indices], ids=["kernel", "numpy"]
)
def test_entry_indices(benchmark, mix, rows, entries_of):
    benchmark(entries_of, mix.network.tables.layout, rows)


@pytest.mark.benchmark(group="log-probability of rows")
@pytest.mark.parametrize("log_prob_of", [log_prob, joint.log_prob], ids=["kernel", "numpy"])
def test_log_prob(benchmark, mix, rows, log_prob_of):
    benchmark(log_prob_of, mix.network.tables, rows)


@pytest.mark.benchmark(group="log-probability of rows under 16 targets")
@pytest.mark.parametrize(
    "log_probs_of", [log_prob_targets, joint.log_prob_targets], ids=["kernel", "numpy"]
)
def test_log_prob_targets(benchmark, mix, rows, log_probs_of):
    benchmark(log_probs_of, mix.network.tables, rows, mix.targets)


@pytest.mark.benchmark(group="density of a mixture of 16 components")
@pytest.mark.parametrize(
    "density_of", [mixture_log_prob, joint.mixture_log_prob], ids=["kernel", "numpy"]
)
def test_mixture_log_prob(benchmark, mix, rows, density_of):
    benchmark(density_of, mix.network.tables, rows, mix.targets, mix.weights)


@pytest.mark.benchmark(group="posterior of 16 components")
@pytest.mark.parametrize("posterior_of", [posterior, joint.posterior], ids=["kernel", "numpy"])
def test_posterior(benchmark, mix, rows, posterior_of):
    benchmark(posterior_of, mix.network.tables, rows, mix.targets, mix.weights)


@pytest.mark.benchmark(group="merged tables of 16 targets")
def test_merge_kernel(benchmark, mix):
    start = np.zeros(len(mix.targets))
    benchmark(lambda: list(chunks(mix.network.tables, mix.targets, start)))


@pytest.mark.benchmark(group="merged tables of 16 targets")
def test_merge_numpy(benchmark, mix):
    tables, base = mix.network.tables, merged_tables(mix.network.tables)
    groups = base.groups

    def merge():
        for g in range(len(base.sizes)):
            part = slice(groups.ptr[g], groups.ptr[g + 1])
            places = dict(zip(groups.variable[part], groups.shift[part], strict=True))
            nodes = groups.nodes[groups.node_ptr[g] : groups.node_ptr[g + 1]]
            for target in mix.targets:
                joint.merge(tables, nodes, places, target)

    benchmark(merge)


@pytest.mark.benchmark(group="sampling")
def test_sample_kernel(benchmark, mix):
    rng = np.random.default_rng(0)
    benchmark(sample, mix.network.tables, ROWS, (), rng)


@pytest.mark.benchmark(group="sampling")
def test_sample_numpy(benchmark, mix):
    rng = np.random.default_rng(0)
    tables = mix.network.tables
    benchmark(lambda: sample_reference(tables, rng.random((ROWS, tables.layout.n))))
