"""Large exact mixtures are recovered, certified and checked within seconds.

In processor time, and in units of a fixed piece of arithmetic that is timed before and after:
neither a busy machine nor a slow one must fail this.
"""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

from domix import disentangle_population
from domix.exact import certify, check
from exact_instances import large_mixture, prefix_function


def time_arithmetic():
    """Time 20,000 sums and products of fractions: .05 to .1 seconds."""
    start, total, half = time.process_time(), Fraction(0), Fraction(1, 2)
    for i in range(20_000):
        total = Fraction(i % 7 + 1, i % 11 + 2) * (total + half) if i % 50 else Fraction(0)
    return time.process_time() - start


@pytest.mark.parametrize(
    ("n", "m", "chain", "units"),
    [(30, 16, False, 20), (80, 40, False, 80), (40, 40, True, 40)],
    ids=["30 variables, 16 targets", "80 variables, 40 targets", "40 nested targets"],
)
def test_large_mixtures_in_time(n, m, chain, units):
    """Three states and up to three parents; P_mix is a function without a cache.

    In double precision, too, all comes back to a billionth.
    """
    mixture = large_mixture(n, m, seed=1, chain=chain)
    net = mixture.network
    recover, prove, verify = (prefix_function(mixture) for _ in range(3))
    unit = time_arithmetic()
    start = time.process_time()
    result = disentangle_population(net, recover)
    check(certify(net, prove), net, verify)
    taken = time.process_time() - start
    assert taken < units * (unit + time_arithmetic()) / 2
    weights = {c.intervention: c.weight for c in result.components}
    truth = dict(zip(mixture.interventions, mixture.weights, strict=True))
    assert weights == truth
    near = disentangle_population(net.to_float(), lambda assignment: float(recover(assignment)))
    assert {c.intervention: c.weight for c in near.components} == pytest.approx(truth, abs=1e-9)
