"""The uniqueness theorem beyond the test suite: 4 binary nodes, and mixed cardinalities."""

from __future__ import annotations

from itertools import permutations

import pytest

from dags import ordered_dags
from domix.exact import prove


def prove_all(dags, cards):
    proofs = [prove(parents, cards) for parents in dags]
    assert all(proof.holds for proof in proofs)
    return proofs


def excluded_values(proofs):
    """How many pairs of a DAG and a choice of excluded values were proved."""
    return sum(int(o.detail.split()[0]) for p in proofs for o in p if o.name == "dual.determinant")


@pytest.mark.benchmark(group="theorem")
def test_three_binary(benchmark):
    proofs = benchmark.pedantic(prove_all, (ordered_dags(3), [2] * 3), rounds=1)
    assert excluded_values(proofs) == 8 * 2**3


@pytest.mark.benchmark(group="theorem")
def test_four_binary(benchmark):
    proofs = benchmark.pedantic(prove_all, (ordered_dags(4), [2] * 4), rounds=1)
    assert excluded_values(proofs) == 64 * 2**4 == 1024


@pytest.mark.benchmark(group="theorem")
@pytest.mark.parametrize(
    "cards",
    [*sorted(set(permutations([2, 2, 3]))), pytest.param((3, 2, 3), marks=pytest.mark.large)],
    ids=str,
)
def test_mixed(benchmark, cards):
    benchmark.pedantic(prove_all, (ordered_dags(3), cards), rounds=1)


@pytest.mark.benchmark(group="theorem")
@pytest.mark.parametrize(
    "cards",
    [
        (1, 2, 5),
        *(pytest.param(c, marks=pytest.mark.large) for c in [(2, 3, 4), (4, 3, 2), (3, 3, 3)]),
    ],
    ids=str,
)
def test_complete(benchmark, cards):
    benchmark.pedantic(prove_all, (ordered_dags(3)[-1:], cards), rounds=1)


@pytest.mark.large
@pytest.mark.benchmark(group="theorem")
def test_five_binary(benchmark):
    """The complete DAG of the largest size that the limits allow: 32 choices of excluded values."""
    proofs = benchmark.pedantic(prove_all, (ordered_dags(5)[-1:], [2] * 5), rounds=1)
    assert excluded_values(proofs) == 32
