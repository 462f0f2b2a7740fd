"""Time to make and to check certificates; checking takes time linear in their size."""

from __future__ import annotations

import pytest

from domix.exact import certify, check
from exact_instances import large_mixture

SIZES = [
    pytest.param((15, 8), {}, id="15-8"),
    pytest.param((30, 16), {}, id="30-16"),
    pytest.param((60, 32), {}, id="60-32"),
    pytest.param((120, 64), {}, id="120-64", marks=pytest.mark.large),
    pytest.param((60, 60), {"chain": True}, id="chain-60", marks=pytest.mark.large),
    pytest.param((10, 400), {}, id="10-400"),
    pytest.param((6, 12), {"k": 32, "most_parents": 1}, id="32-values"),
]


@pytest.mark.benchmark(group="certify")
@pytest.mark.parametrize(("size", "options"), SIZES)
def test_certify(benchmark, size, options):
    mixture = large_mixture(*size, seed=1, **options)
    cert = benchmark.pedantic(certify, (mixture.network, mixture), rounds=1)
    assert dict(cert.components) == dict(zip(mixture.interventions, mixture.weights, strict=True))


@pytest.mark.benchmark(group="check")
@pytest.mark.parametrize(("size", "options"), SIZES)
def test_check(benchmark, size, options):
    mixture = large_mixture(*size, seed=1, **options)
    cert = certify(mixture.network, mixture)
    benchmark.extra_info["megabytes"] = len(cert.to_json()) / 1e6
    benchmark.pedantic(check, (cert, mixture.network, mixture), rounds=1)
