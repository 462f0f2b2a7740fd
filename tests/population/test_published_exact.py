"""Planted mixtures on published networks, with their decimals read as fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from domix import Mixture, PositivityError, disentangle_population, read_network
from domix.exact import certify, check
from domix.study.instances.planted import plant
from exact_instances import given_as
from reference_lifting import is_weakly_positive

SEEDS = range(3)


def planted(data_dir, name, seed):
    net = read_network(data_dir / "networks" / f"{name}.bif", exact=True, normalize=True)
    mixture = plant(net, np.random.default_rng(seed), targets=min(6, len(net.variables) // 2))
    parts = [round(1000 * w) for w in mixture.weights.tolist()]
    weights = [Fraction(part, sum(parts)) for part in parts]
    return Mixture(net, list(zip(mixture.interventions, weights, strict=True)))


def components(mixture):
    return dict(zip(mixture.interventions, mixture.weights.tolist(), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "name", ["cancer", "earthquake", "survey", "sachs", "child", "insurance", "alarm", "hailfinder"]
)
def test_a_planted_mixture_is_recovered_in_fractions(data_dir, name, seed):
    mixture = planted(data_dir, name, seed)
    net = mixture.network
    assert net.is_exact
    assert mixture.is_exact
    result = disentangle_population(net, mixture)
    assert components(result.mixture) == components(mixture)
    assert result.facts["exclusion"] == "global"
    zeros = (net.tables.values == 0).any()
    assert (result.facts["positivity"] == "everywhere") is not zeros
    check(certify(net, mixture), net, mixture)
    if not zeros:
        p_mix = given_as(mixture, "function")
        found = disentangle_population(net, p_mix, compare=100, rng=seed)
        assert components(found.mixture) == components(mixture)


@pytest.mark.parametrize("seed", range(8))
def test_the_entry_that_prevents_lifting_is_named(data_dir, seed):
    """In asia, `either` is certain given its parents, so setting it may have no effect."""
    mixture = planted(data_dir, "asia", seed)
    if is_weakly_positive(mixture):
        result = disentangle_population(mixture.network, mixture)
        assert components(result.mixture) == components(mixture)
    else:
        with pytest.raises(PositivityError, match=r"P\(either=\w+ \| .*\) is 0"):
            disentangle_population(mixture.network, mixture)
