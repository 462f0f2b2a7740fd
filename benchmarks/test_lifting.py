"""Exact lifting in fractions, in integers over a denominator, and in python-flint's rationals.

Mixtures of tests/exact_instances.py, seed 1: three states, up to three parents.
"""

from __future__ import annotations

import pytest

from domix.population import arithmetic
from domix.population.algorithm1 import lift_distribution
from domix.population.readers import read_distribution
from exact_instances import given_as, large_mixture, random_instance
from field_arithmetic import FRACTIONS, flint_rationals


@pytest.fixture(params=["fractions", "integers", "flint"])
def numbers(request, monkeypatch):
    if request.param == "flint":
        pytest.importorskip("flint")
        monkeypatch.setattr(arithmetic, "INTEGERS", flint_rationals())
    elif request.param == "fractions":
        monkeypatch.setattr(arithmetic, "INTEGERS", FRACTIONS)


def time_lifting(benchmark, mixture, form):
    net, p_mix = mixture.network, given_as(mixture, form)
    # A function caches its answers, so the first round is not counted.
    lifting = benchmark.pedantic(
        lambda: lift_distribution(net, read_distribution(net, p_mix)), rounds=3, warmup_rounds=1
    )
    assert lifting.weights == dict(zip(mixture.targets, mixture.weights, strict=True))


@pytest.mark.benchmark(group="random targets")
@pytest.mark.parametrize("form", ["mixture", "function"])
@pytest.mark.parametrize(("n", "m"), [(30, 16), pytest.param(120, 64, marks=pytest.mark.large)])
@pytest.mark.usefixtures("numbers")
def test_random_targets(benchmark, n, m, form):
    time_lifting(benchmark, large_mixture(n, m, seed=1), form)


@pytest.mark.benchmark(group="nested targets")
@pytest.mark.parametrize("form", ["mixture", "function"])
@pytest.mark.usefixtures("numbers")
def test_nested_targets(benchmark, form):
    time_lifting(benchmark, large_mixture(60, 60, seed=1, chain=True), form)


@pytest.mark.benchmark(group="joint table")
@pytest.mark.usefixtures("numbers")
def test_joint_table(benchmark):
    """The mixture is compared with P_mix at every configuration."""
    time_lifting(benchmark, random_instance(1, n=7), "table")
