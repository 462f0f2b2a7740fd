"""The estimator's kernels beside their twins, on the largest arguments of an estimation.

Sixteen targets on thirty variables, seed 1, 8,192 rows; tables learnt from as many.
"""

from __future__ import annotations

import copy

import numpy as np
import pytest

import twins
from domix import Network, disentangle
from domix._kernels import _ambiguity, _lift, _mixture, _moves, _rows
from reference import rows
from strategies import planted

ROWS = 8192
KERNELS = [
    (_lift, "em_step", twins.lift_step),
    (_lift, "drop_costs", twins.drop_costs),
    (_lift, "advance", twins.advance),
    (_lift, "fingerprints", twins.fingerprints),
    (_lift, "gather", twins.gather),
    (_ambiguity, "log_ratios", twins.log_ratios),
    (_rows, "weigh_entries", rows.weigh_entries),
    (_ambiguity, "mark_informed", twins.touched),
    (_mixture, "normalise_tables", twins.normalise_tables),
    (_mixture, "differential", twins.differential),
    (_moves, "own_counts", twins.own_counts),
    (_moves, "best_transfer", twins.best_transfer),
]


class Listening:
    """Keeps the largest arguments that a kernel was called with."""

    def __init__(self, kernel):
        self.kernel, self.size, self.arguments = kernel, -1, None

    def __call__(self, *arguments):
        size = sum(a.size for a in arguments if isinstance(a, np.ndarray))
        if size > self.size:
            self.size, self.arguments = size, copy.deepcopy(arguments)
        return self.kernel(*arguments)


@pytest.fixture(scope="module")
def heard():
    """Every kernel's arguments, by module and name."""
    targets = [{}, *({i: 0, (i + 7) % 30: 1, (i + 13) % 30: 0} for i in range(0, 30, 2))]
    mix = planted(30, targets, seed=1)
    known = mix.network
    net = Network.fit(known.parents, known.sample(ROWS, rng=3), states=known.states)
    with pytest.MonkeyPatch.context() as patch:
        heard = {}
        for module, name, _ in KERNELS:
            heard[module, name] = Listening(getattr(module, name))
            patch.setattr(module, name, heard[module, name])
        disentangle(net, mix.sample(ROWS, rng=2))
    return heard


@pytest.mark.parametrize("way", ["kernel", "numpy"])
@pytest.mark.parametrize(
    ("module", "name", "twin"),
    [pytest.param(*k, id=f"{k[0].__name__.rsplit('.', 1)[1]}.{k[1]}") for k in KERNELS],
)
def test_kernel(benchmark, heard, module, name, twin, way):
    benchmark.group = f"{module.__name__.rsplit('.', 1)[1]}.{name}"
    arguments = heard[module, name].arguments
    mine, its = copy.deepcopy(arguments), copy.deepcopy(arguments)
    found, expected = getattr(module, name)(*mine), twin(*its)
    if expected is not None:
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    for one, other in zip(mine, its, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    # Sums go on growing from one round to the next, which takes no longer.
    benchmark(twin if way == "numpy" else getattr(module, name), *copy.deepcopy(arguments))
