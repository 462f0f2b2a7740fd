"""Large exact mixtures are recovered, certified and checked within seconds.

In processor time: a busy machine must not fail this.
"""

from __future__ import annotations

import time

import pytest

from domix import disentangle_population
from domix.exact import certify, check
from exact_instances import large_mixture, prefix_function


@pytest.mark.parametrize(
    ("n", "m", "chain", "seconds"),
    [(30, 16, False, 2), (80, 40, False, 6), (40, 40, True, 10)],
    ids=["30 variables, 16 targets", "80 variables, 40 targets", "40 nested targets"],
)
def test_large_mixtures_in_time(n, m, chain, seconds):
    """Three states and up to three parents; P_mix is a function without a cache.

    In double precision, too, all comes back to a billionth.
    """
    mixture = large_mixture(n, m, seed=1, chain=chain)
    net = mixture.network
    recover, prove, verify = (prefix_function(mixture) for _ in range(3))
    start = time.process_time()
    result = disentangle_population(net, recover)
    check(certify(net, prove), net, verify)
    assert time.process_time() - start < seconds
    weights = {c.intervention: c.weight for c in result.components}
    truth = dict(zip(mixture.interventions, mixture.weights, strict=True))
    assert weights == truth
    near = disentangle_population(net.to_float(), lambda assignment: float(recover(assignment)))
    assert {c.intervention: c.weight for c in near.components} == pytest.approx(truth, abs=1e-9)
